"""Lists come in pages that leave nothing out and repeat nothing."""

from typing import Any

import pytest

from harness.api import API
from harness.app import App
from harness.receiver import Receiver, status


def test_a_list_can_be_walked_forwards_and_back(app: App) -> None:
    published = [app.publish({"n": number}) for number in range(25)]
    pages = walk(app.api, f"{app.path}/msg", limit=10)
    assert [len(page["data"]) for page in pages] == [10, 10, 5]
    assert ids(pages) == published[::-1]
    assert [page["done"] for page in pages] == [False, False, True]

    back = app.api.get(f"{app.path}/msg", limit=10, iterator=pages[2]["prevIterator"]).json()
    assert back["data"] == pages[1]["data"]
    first = app.api.get(f"{app.path}/msg", limit=10, iterator=back["prevIterator"]).json()
    assert first["data"] == pages[0]["data"]


def test_what_is_added_meanwhile_repeats_nothing(app: App) -> None:
    before = [app.publish({"n": number}) for number in range(6)]
    first = app.api.get(f"{app.path}/msg", limit=3).json()
    app.publish()
    rest = app.api.get(f"{app.path}/msg", limit=10, iterator=first["iterator"]).json()
    assert ids([first, rest]) == before[::-1]
    assert rest["done"] is True


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (250, [5])])
def test_endpoints_come_in_pages_of_any_size(app: App, limit: int, sizes: list[int]) -> None:
    made = [app.endpoint(f"http://127.0.0.1:9/{number}").id for number in range(5)]
    pages = walk(app.api, f"{app.path}/endpoint", limit=limit)
    assert [len(page["data"]) for page in pages] == sizes
    assert ids(pages) == made[::-1]
    ascending = walk(app.api, f"{app.path}/endpoint", limit=limit, order="ascending")
    assert ids(ascending) == made


def test_an_empty_list_is_done(app: App) -> None:
    for path in ("/msg", "/endpoint"):
        assert app.api.get(f"{app.path}{path}").json() == {"data": [], "iterator": None, "done": True}


def test_messages_are_filtered_by_type_channel_and_time(app: App) -> None:
    paid = app.publish(event_type="list.paid", channels=["seoul"])
    refunded = app.publish(event_type="list.refunded", channels=["busan", "seoul"], tags=["vip"])

    def found(**query: str) -> list[str]:
        return ids([app.api.get(f"{app.path}/msg", **query).json()])

    assert found(event_types="list.paid") == [paid]
    assert found(event_types="list.paid,list.refunded") == [refunded, paid]
    assert found(channel="busan") == [refunded]
    assert found(channel="seoul") == [refunded, paid]
    assert found(tag="vip") == [refunded]
    assert found(before="2020-01-01T00:00:00Z") == []
    assert found(after="2020-01-01T00:00:00Z") == [refunded, paid]


def test_attempts_are_filtered_by_status(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500), status(404), status(204)))
    message = app.publish()
    attempts = app.settled(message, attempts=3)

    def codes(**query: str) -> list[int]:
        page = app.api.get(f"{app.path}/attempt/msg/{message}", **query).json()
        return [attempt["responseStatusCode"] for attempt in page["data"]]

    assert codes(status="0") == [204]
    assert codes(status_code_class="500") == [500]
    assert codes(status_code_class="400") == [404]
    assert codes(endpoint_id=endpoint.id) == [204, 404, 500]
    assert codes(limit="1") == [204]
    pages = walk(app.api, f"{app.path}/attempt/endpoint/{endpoint.id}", limit=2)
    assert ids(pages) == [attempt["id"] for attempt in attempts][::-1]


def test_a_message_is_found_by_its_event_id(app: App) -> None:
    message = app.publish(eventId="order-17")
    assert app.api.get(f"{app.path}/msg/order-17").json()["id"] == message


def walk(api: API, path: str, **query: Any) -> list[dict[str, Any]]:
    pages = [api.get(path, **query).json()]
    while not pages[-1]["done"]:
        assert len(pages) < 50
        pages.append(api.get(path, **query, iterator=pages[-1]["iterator"]).json())
    return pages


def ids(pages: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for page in pages for item in page["data"]]
