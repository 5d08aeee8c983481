"""A list of applications leaves out what is asked to be left out, whole and in pages."""

from random import SystemRandom

import pytest
from harness.api import API, places
from harness.server import Server

NONE, DISABLED, PLAY = (f"exclude_apps_with_{what}_endpoints" for what in ("no", "disabled", "svix_play"))
HERE, THERE = "https://example.com/hook", "https://play.svix.com/in/e_abc/"
ENDPOINTS = {
    "empty": [],
    "live": [(HERE, False)],
    "disabled": [(HERE, True), (HERE, True)],
    "half": [(HERE, True), (HERE, False)],
    "play": [(THERE, False), ("https://PLAY.svix.com/in/x", True)],
    "mixed": [(THERE, False), (HERE, True)],
    "lookalike": [("https://notplay.svix.com.example/in", False)],
}


@pytest.fixture(scope="module")
def api(godwit: Server) -> API:
    name = "org_" + "".join(SystemRandom().choices("23456789abcdefghjkmnpqrstuvwxyz", k=12))
    api = godwit.api(godwit.make_token("--org", name))
    for uid, endpoints in ENDPOINTS.items():
        assert api.post("/app", {"name": uid, "uid": uid}).status_code == 201
        for url, disabled in endpoints:
            assert api.post(f"/app/{uid}/endpoint", {"url": url, "disabled": disabled}).status_code == 201
    return api


@pytest.mark.parametrize(
    ("filters", "left_out"),
    [
        ({}, set()),
        ({NONE: "false", DISABLED: "false", PLAY: "false"}, set()),
        ({NONE: "true"}, {"empty"}),
        ({DISABLED: "true"}, {"disabled"}),
        ({PLAY: "true"}, {"play"}),
        ({NONE: "true", DISABLED: "true", PLAY: "true"}, {"empty", "disabled", "play"}),
    ],
)
@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("limit", [1, 2, 4, 250])
def test_what_is_left_out(api: API, filters: dict, left_out: set[str], order: str, limit: int) -> None:
    expected = [uid for uid in ENDPOINTS if uid not in left_out]
    if order == "descending":
        expected.reverse()
    pages = [api.get("/app", order=order, limit=limit, **filters).json()]
    while not pages[-1]["done"]:
        assert len(pages[-1]["data"]) == limit
        pages.append(api.get("/app", order=order, limit=limit, iterator=pages[-1]["iterator"], **filters).json())
    assert [app["uid"] for page in pages for app in page["data"]] == expected
    back = api.get("/app", order=order, limit=limit, iterator=pages[-1]["prevIterator"], **filters).json()
    before = expected[: len(expected) - len(pages[-1]["data"])]
    assert [app["uid"] for app in back["data"]] == before[-limit:]
    assert back["done"] == (len(before) <= limit)


def test_a_filter_is_true_or_false(api: API) -> None:
    refused = api.get("/app", **{NONE: "maybe"})
    assert (refused.status_code, places(refused)) == (422, [["query", NONE]])
