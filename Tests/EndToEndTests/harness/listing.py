"""What Svix's own tests ask of every list (`common_test_list`)."""

from collections.abc import Callable
from typing import Any

from .api import API, places


def check_list(api: API, path: str, make: Callable[[int], str], *, key: str = "id", newest_first: bool = False) -> None:
    """`make` adds a thing and returns its key; the list must have been empty."""
    made = [make(number) for number in range(10)]
    usual = made[::-1] if newest_first else made
    other_way = "ascending" if newest_first else "descending"

    def page(**query: Any) -> tuple[list[str], dict[str, Any]]:
        answer = api.get(path, **query)
        assert answer.status_code == 200, answer.text
        return [item[key] for item in answer.json()["data"]], answer.json()

    assert page()[0] == usual
    found, first = page(limit=1)
    assert found == usual[:1] and first["done"] is False
    for limit in (10, 50):
        found, whole = page(limit=limit)
        assert found == usual and whole["done"] is True
    found, first = page(limit=6)
    assert found == usual[:6] and first["done"] is False
    found, second = page(limit=6, iterator=first["iterator"])
    assert found == usual[6:] and second["done"] is True
    # The page before ends where this one begins.
    assert page(limit=3, iterator=second["prevIterator"])[0] == usual[3:6]
    if key == "id":
        reverse = usual[::-1]
        found, first = page(limit=6, order=other_way)
        assert found == reverse[:6] and first["done"] is False
        found, second = page(limit=6, order=other_way, iterator=first["iterator"])
        assert found == reverse[6:] and second["done"] is True
        assert page(limit=3, order=other_way, iterator=second["prevIterator"])[0] == reverse[3:6]
    assert places(api.get(path, iterator="BAD-$$$ITERATOR")) == [["query", "iterator"]]
    assert places(api.get(path, limit=300)) == [["query", "limit"]]
    assert len(page(limit=250)[0]) == 10
