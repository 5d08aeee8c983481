"""Tasks that go on in the background: they end, survive a kill, are listed, and are told of."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from random import SystemRandom
from typing import Any

import pytest

from harness.api import API, places
from harness.app import App
from harness.receiver import Receiver, status
from harness.server import Server
from harness.waiting import until


@pytest.fixture
def api(godwit: Server) -> Iterator[API]:
    """An organization of its own."""
    name = "org_" + "".join(SystemRandom().choices("23456789abcdefghjkmnpqrstuvwxyz", k=12))
    api = godwit.api(godwit.make_token("--org", name))
    yield api
    api.close()


def finished(api: API, task: str) -> dict[str, Any]:
    def done() -> dict[str, Any] | None:
        found = api.get(f"/background-task/{task}")
        assert found.status_code == 200, found.text
        return found.json() if found.json()["status"] != "running" else None

    found = until(done, "the task ends")
    assert found["status"] == "finished", found
    return found


def span(**ago: float) -> dict[str, str]:
    now = datetime.now(timezone.utc)
    return {"since": (now - timedelta(**ago)).isoformat(), "until": now.isoformat()}


def test_all_contents_are_expunged(api: API) -> None:
    app, other = App.create(api), App.create(api)
    messages = [app.publish({"n": n}) for n in range(30)]
    kept = other.publish()
    started = api.post(f"{app.path}/msg/expunge-all-contents")
    assert started.status_code == 202 and started.json()["task"] == "application.purge_content"
    assert finished(api, started.json()["id"])["data"]["messagesExpunged"] == 30
    assert {found["id"] for found in app.messages() if found["payload"] == {"expired": True}} == set(messages)
    assert other.api.get(f"{other.path}/msg/{kept}").json()["payload"] != {"expired": True}
    later = app.publish({"n": 31})
    assert app.api.get(f"{app.path}/msg/{later}").json()["payload"] == {"n": 31}
    assert api.post("/app/nobody/msg/expunge-all-contents").status_code == 404


def test_applications_are_counted(api: API, receiver: Receiver) -> None:
    busy, idle = App.create(api, uid="busy"), App.create(api)
    for path in ("/1", "/2"):
        busy.endpoint(receiver.url(path))
    for _ in range(3):
        busy.publish()
    receiver.wait_for_count(6)
    body = span(hours=1) | {"appIds": ["busy", "nobody", idle.id, busy.id]}
    started = api.post("/stats/usage/app", body)
    assert started.status_code == 202
    assert (started.json()["task"], started.json()["unresolvedAppIds"]) == ("application.stats", ["nobody"])
    data = finished(api, started.json()["id"])["data"]
    assert data["appStats"] == [
        {"appId": busy.id, "appUid": "busy", "messageDestinations": 6},
        {"appId": idle.id, "appUid": None, "messageDestinations": 0},
    ]
    # Without names, all of the organization and nothing else.
    everything = finished(api, api.post("/stats/usage/app", span(hours=1)).json()["id"])["data"]["appStats"]
    assert {each["appId"] for each in everything} == {busy.id, idle.id}
    then = {"since": "2020-01-01T00:00:00Z", "until": "2020-06-01T00:00:00Z"}
    assert {each["messageDestinations"] for each in finished(api, api.post("/stats/usage/app", then).json()["id"])["data"]["appStats"]} == {0}


def test_spans_and_names_that_cannot_be_counted_are_refused(api: API) -> None:
    assert places(api.post("/stats/usage/app", {})) == [["body", "since"], ["body", "until"]]
    assert places(api.post("/stats/usage/app", span(hours=1) | {"appIds": ["nobody"]})) == [["body", "appIds"]]
    for wrong in (
        {"since": "2020-01-01T00:00:00Z", "until": "2024-01-01T00:00:00Z"},
        {"since": "2024-01-01T00:00:00Z", "until": "2020-01-01T00:00:00Z"},
        {"since": "2026-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"},
    ):
        refused = api.post("/stats/usage/app", wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_range")


def test_event_types_that_endpoints_name_are_listed(api: API, receiver: Receiver) -> None:
    named, open_to_all, none = App.create(api), App.create(api), App.create(api)
    for name in ("bg.a", "bg.b", "bg.c"):
        assert api.post("/event-type", {"name": name, "description": ""}).status_code == 201
    named.endpoint(receiver.url(), eventTypes=["bg.b", "bg.a"])
    gone = named.endpoint(receiver.url("/gone"), eventTypes=["bg.c"])
    api.delete(gone.path)
    open_to_all.endpoint(receiver.url())
    started = api.put("/stats/usage/event-types", {})
    assert (started.status_code, started.json()["task"]) == (202, "event-type.aggregate")
    assert finished(api, started.json()["id"])["data"]["event_types"] == [
        {"appId": named.id, "explicitlySubscribedEventTypes": ["bg.a", "bg.b"], "hasCatchAllEndpoint": False},
        {"appId": open_to_all.id, "explicitlySubscribedEventTypes": [], "hasCatchAllEndpoint": True},
        {"appId": none.id, "explicitlySubscribedEventTypes": [], "hasCatchAllEndpoint": False},
    ]


def test_tasks_and_replays_are_one_list(api: API, receiver: Receiver, godwit: Server) -> None:
    app = App.create(api)
    endpoint = app.endpoint(receiver.url())
    made = []
    for number in range(6):
        if number % 2:
            made.append(api.post(f"{endpoint.path}/recover", {"since": "2026-01-01T00:00:00Z"}).json()["id"])
        else:
            made.append(api.put("/stats/usage/event-types", {}).json()["id"])
        assert finished(api, made[-1])["id"] == made[-1]
    path = "/background-task"

    def listed(**query: object) -> tuple[list[str], dict]:
        answer = api.get(path, **query)
        assert answer.status_code == 200, answer.text
        return [found["id"] for found in answer.json()["data"]], answer.json()

    assert listed()[0] == made[::-1] and listed(order="ascending")[0] == made
    first, page = listed(limit=4)
    assert first == made[:1:-1] and not page["done"]
    second, page = listed(limit=4, iterator=page["iterator"])
    assert second == made[1::-1] and page["done"]
    assert listed(limit=2, iterator=page["prevIterator"])[0] == made[3:1:-1]
    assert listed(task="endpoint.recover")[0] == made[::-2] and listed(task="message.broadcast")[0] == []
    assert listed(status="finished", task="event-type.aggregate", limit=1)[0] == [made[4]]
    assert listed(status="running")[0] == listed(status="failed")[0] == []
    assert places(api.get(path, status="paused")) == [["query", "status"]]
    assert places(api.get(path, iterator="BAD-$$$ITERATOR")) == [["query", "iterator"]]
    assert places(api.get(path, limit=251)) == [["query", "limit"]]
    stranger = godwit.api(godwit.make_token("--org", "org_tasks_stranger"))
    for each in made[:2]:
        assert stranger.get(f"{path}/{each}").status_code == 404
    assert stranger.get(path).json()["data"] == []
    assert api.get(f"{path}/qtask_2q1S5SCrBzkCkPHBDSfkLlQnh2b").status_code == 404
    assert godwit.api(godwit.make_token("--app", app.id)).get(path).status_code in (403, 404, 401)
    stranger.close()


def test_what_was_sent_is_told_by_recover_and_bulk_replay(api: API, receiver: Receiver) -> None:
    app = App.create(api)
    endpoint = app.endpoint(receiver.script("/hook", *[status(500)] * 2, *[status(404)], status(200)))
    endpoint.set_policy(retry={"schedule": [], "jitter": 0, "maxAge": None}, breaker={"failures": None})
    for number in range(4):
        app.settled(app.publish({"n": number}), attempts=1)
    by_class = api.post(f"{endpoint.path}/bulk-replay", {"since": "2026-01-01T00:00:00Z", "statusCodeClass": 400}).json()
    assert finished(api, by_class["id"])["data"]["messagesSent"] == 1
    receiver.wait_for_count(5, "/hook")
    recovered = api.post(f"{endpoint.path}/recover", {"since": "2026-01-01T00:00:00Z"}).json()
    assert finished(api, recovered["id"])["data"]["messagesSent"] == 2
    assert len(receiver.wait_for_count(7, "/hook")) == 7


def test_the_end_of_a_task_is_told(api: API, receiver: Receiver) -> None:
    assert api.post("/operational-webhook/endpoint", {"url": receiver.url("/told")}).status_code == 201
    app = App.create(api)
    endpoint = app.endpoint(receiver.url())
    tasks = [
        api.put("/stats/usage/event-types", {}).json(),
        api.post(f"{endpoint.path}/replay-missing", {"since": "2026-01-01T00:00:00Z"}).json(),
    ]

    def told() -> dict[str, Any]:
        events = [json.loads(delivery.body) for delivery in receiver.to("/told")]
        return {event["data"]["taskId"]: event["data"] for event in events if event["type"] == "background_task.finished"}

    until(lambda: len(told()) == 2, "both are told")
    for task in tasks:
        assert {"task": task["task"], "status": "finished"}.items() <= told()[task["id"]].items()
    assert told()[tasks[0]["id"]]["data"]["event_types"][0]["appId"] == app.id


def test_a_task_goes_on_after_a_kill(serve: Callable[..., Server]) -> None:
    server = serve("--dev")
    api = server.api()
    app = App.create(api)
    for start in range(0, 3000, 100):
        for number in range(start, start + 100):
            app.publish({"n": number})
    task = api.post(f"{app.path}/msg/expunge-all-contents").json()["id"]
    server.kill()
    server.start()
    api = server.api()
    assert finished(api, task)["data"]["messagesExpunged"] == 3000
    assert all(found["payload"] == {"expired": True} for found in App(api, app.id).messages())
