"""Svix's e2e_attempt.rs and e2e_auth.rs, with the same assertions; see Docs/svix-parity.md."""

from datetime import datetime, timedelta, timezone

import pytest

from harness.api import API, places
from harness.app import App
from harness.receiver import Receiver, status
from harness.server import Server
from harness.waiting import until


def ids(app: App, path: str, key: str = "id", **query: object) -> list[str]:
    answer = app.api.get(f"{app.path}{path}", **query)
    assert answer.status_code == 200, answer.text
    return [found[key] for found in answer.json()["data"]]


def test_a_response_can_be_expunged(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.script("/", status(200, b"secret answer")))
    message = app.publish()
    [attempt] = app.settled(message, attempts=1)
    path = f"{app.path}/msg/{message}/attempt/{attempt['id']}"
    assert app.api.get(path).json()["response"] == "secret answer"
    assert app.api.delete(f"{path}/content").status_code == 204
    assert app.api.get(path).json()["response"] == "EXPUNGED"


def test_attempted_messages_are_listed_and_filtered(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url(), uid="parity-attempted")
    messages = [app.publish(event_type=f"parity.t{n}", channels=[f"c{n}"]) for n in range(3)]
    for message in messages:
        app.settled(message, attempts=1)
    for name in (endpoint.id, "parity-attempted"):
        assert ids(app, f"/endpoint/{name}/msg") == messages[::-1]
    path = f"/endpoint/{endpoint.id}/msg"
    assert ids(app, path, channel="c1") == [messages[1]]
    assert ids(app, path, event_types="parity.t0") == [messages[0]]
    assert ids(app, path, event_types="parity.t0,parity.t2") == [messages[2], messages[0]]


def test_the_status_of_attempted_messages(app: App, receiver: Receiver) -> None:
    waiting = app.endpoint(receiver.script("/waits", status(500)))
    waiting.set_policy(retry={"schedule": ["1h"], "jitter": 0, "maxAge": None})
    failing = app.endpoint(receiver.script("/fails", status(500)))
    failing.set_policy(retry={"schedule": [], "jitter": 0, "maxAge": None})
    working = app.endpoint(receiver.url("/works"))
    message = app.publish()
    app.settled(message, attempts=3)
    for endpoint, code, text in ((working, 0, "success"), (failing, 2, "fail"), (waiting, 3, "sending")):
        path = f"/endpoint/{endpoint.id}/msg"
        assert ids(app, path, "statusText") == [text]
        for asked in (0, 2, 3):
            assert ids(app, path, status=asked) == ([message] if asked == code else [])


def test_destinations_are_listed_with_deleted_ones(app: App, receiver: Receiver) -> None:
    endpoints = [app.endpoint(receiver.url(f"/{n}")) for n in range(3)]
    message = app.publish()
    app.settled(message, attempts=3)
    assert app.api.delete(endpoints[1].path).status_code == 204
    path = f"/msg/{message}/endpoint"
    found = ids(app, path)
    assert sorted(found) == sorted(endpoint.id for endpoint in endpoints)
    first = app.api.get(f"{app.path}{path}", limit=2).json()
    assert [each["id"] for each in first["data"]] == found[:2] and first["done"] is False
    second = app.api.get(f"{app.path}{path}", limit=2, iterator=first["iterator"]).json()
    assert [each["id"] for each in second["data"]] == found[2:] and second["done"] is True
    assert ids(app, path, limit=2, iterator=second["prevIterator"]) == found[:2]


@pytest.mark.parametrize(
    "query",
    ["event_types=parity.a,parity.b", "event_types[]=parity.a&event_types[]=parity.b", "event_types[0]=parity.a&event_types[1]=parity.b"],
)
def test_event_types_are_named_in_three_ways(app: App, receiver: Receiver, query: str) -> None:
    endpoint = app.endpoint(receiver.url())
    messages = [app.publish(event_type=f"parity.{name}", channels=[name]) for name in "abc"]
    for message in messages:
        app.settled(message, attempts=1)
    answer = app.api.get(f"{app.path}/attempt/endpoint/{endpoint.id}?{query}")
    assert {found["msgId"] for found in answer.json()["data"]} == set(messages[:2])
    assert ids(app, f"/attempt/endpoint/{endpoint.id}", "msgId", channel="c") == [messages[2]]


@pytest.mark.parametrize(("code", "count", "text"), [(200, 1, "success"), (403, 3, "fail"), (500, 3, "fail")])
def test_so_many_attempts_are_made(app: App, receiver: Receiver, code: int, count: int, text: str) -> None:
    app.endpoint(receiver.script("/", status(code)))
    attempts = app.settled(app.publish(), attempts=count)
    assert (attempts[-1]["responseStatusCode"], attempts[-1]["statusText"]) == (code, text)


def test_without_a_response_the_code_is_zero(app: App) -> None:
    nobody = Receiver(listening=False)
    app.endpoint(nobody.url())
    attempts = app.settled(app.publish(), attempts=3)
    assert {attempt["responseStatusCode"] for attempt in attempts} == {0}
    nobody.close()


def test_an_empty_schedule_is_one_attempt(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.script("/", status(500))).set_policy(retry={"schedule": [], "jitter": 0, "maxAge": None})
    [attempt] = app.settled(app.publish(), attempts=1)
    assert attempt["statusText"] == "fail"


def test_pages_go_forward_and_back(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    messages = [app.publish() for _ in range(28)]
    for path in (f"/attempt/endpoint/{endpoint.id}", f"/endpoint/{endpoint.id}/msg", "/msg"):
        until(lambda: len(ids(app, path, limit=50)) == len(messages), "all are attempted")
        everything = ids(app, path, limit=50)
        pages, query = [], {"limit": 10}
        while True:
            page = app.api.get(f"{app.path}{path}", **query).json()
            pages.append(page)
            if page["done"]:
                break
            query = {"limit": 10, "iterator": page["iterator"]}
        assert [found["id"] for page in pages for found in page["data"]] == everything
        back = app.api.get(f"{app.path}{path}", limit=10, iterator=pages[2]["prevIterator"]).json()
        assert [found["id"] for found in back["data"]] == everything[10:20]
        assert ids(app, path, limit=10, iterator=back["prevIterator"]) == everything[:10]


def test_attempts_are_filtered_by_status_class_and_time(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/", status(500), status(404), status(200)))
    message = app.publish()
    app.settled(message, attempts=3)
    for path in (f"/attempt/endpoint/{endpoint.id}", f"/attempt/msg/{message}"):
        everything = ids(app, path)
        assert ids(app, path, status=0) == everything[:1]
        for asked, place in ((200, 0), (400, 1), (500, 2)):
            assert ids(app, path, status_code_class=asked) == [everything[place]]
        now = datetime.now(timezone.utc)
        assert ids(app, path, before=(now + timedelta(hours=1)).isoformat()) == everything
        assert ids(app, path, before=(now - timedelta(hours=1)).isoformat()) == []
        assert ids(app, path, after=(now + timedelta(hours=1)).isoformat()) == []
        middle = app.api.get(f"{app.path}{path}").json()["data"][1]["timestamp"]
        assert ids(app, path, after=middle, before=(now + timedelta(hours=1)).isoformat())[-1:] != everything[-1:]
    assert ids(app, f"/attempt/msg/{message}", endpoint_id=endpoint.id) == everything
    assert places(app.api.get(f"{app.path}/attempt/msg/{message}", iterator="BAD-$$$ITERATOR")) == [["query", "iterator"]]


def test_a_token_of_an_application_ends_there(app: App, godwit: Server) -> None:
    other = App.create(app.api)
    visitor = godwit.api(app.api.post(f"/auth/app-portal-access/{app.id}", {}).json()["token"])
    assert visitor.post("/app", {"name": "X"}).status_code == 403
    assert visitor.get("/app").status_code == 403
    assert visitor.put(app.path, {"name": "X"}).status_code == 403
    assert visitor.delete(app.path).status_code == 403
    assert visitor.get(other.path).status_code == 404
    assert visitor.get(app.path).status_code == 200


def test_dashboard_access_needs_no_body(app: App) -> None:
    answer = app.api.post(f"/auth/dashboard-access/{app.id}")
    assert answer.status_code == 200 and {"url", "token"} <= answer.json().keys()


def test_portal_access_makes_the_application(api: API) -> None:
    path = "/auth/app-portal-access/parity-portal"
    assert api.post(path, {}).status_code == 404
    assert api.post(path, {"application": {"name": "Portal", "uid": "parity-portal"}}).status_code == 200
    assert api.post(path, {"application": {"name": "Other", "uid": "parity-portal"}}).status_code == 200
    assert api.get("/app/parity-portal").json()["name"] == "Portal"
    for body, kind in (({"name": "X", "uid": "other"}, "application_uid_mismatch"), ({"name": "X"}, "application_uid_missing")):
        refused = api.post("/auth/app-portal-access/parity-other", {"application": body})
        assert places(refused) == [["body", "application", "uid"]]
        assert refused.json()["detail"][0]["type"] == kind
