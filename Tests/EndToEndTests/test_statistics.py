"""Statistics follow what happens to deliveries, and hold over a kill."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from harness.api import places
from harness.app import App, Endpoint
from harness.receiver import Receiver, status
from harness.server import Server
from harness.waiting import until


def stats(endpoint: Endpoint, **query: object) -> dict[str, int]:
    answer = endpoint.app.api.get(f"{endpoint.path}/stats", **query)
    assert answer.status_code == 200, answer.text
    return {name: count for name, count in answer.json().items() if count}


def attempts(endpoint: Endpoint, **query: object) -> dict[str, int]:
    answer = endpoint.app.api.get(f"{endpoint.path}/attempt-stats", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_messages_count_once_and_attempts_each_time(app: App, receiver: Receiver) -> None:
    works = app.endpoint(receiver.url("/works"))
    fails = app.endpoint(receiver.script("/fails", status(500)))
    waits = app.endpoint(receiver.script("/waits", status(503)))
    waits.set_policy(retry={"schedule": ["1h"], "jitter": 0, "maxAge": None}, breaker={"failures": None})
    messages = [app.publish() for _ in range(3)]
    until(lambda: stats(fails) == {"fail": 3}, "all have failed for good")
    until(lambda: stats(works) == {"success": 3}, "all are delivered")
    assert attempts(works) == {"success": 3, "fail": 0, "canceled": 0}
    assert attempts(fails) == {"success": 0, "fail": 9, "canceled": 0}
    until(lambda: stats(waits).get("sending", 0) >= 1, "some wait for a retry")
    app.resend(messages[0], works)
    until(lambda: attempts(works)["success"] == 4, "it is sent again")
    assert stats(works) == {"success": 3}
    for message in messages:
        assert app.api.post(f"{app.path}/msg/{message}/cancel").json() == {"cancelled": 1}
    assert stats(waits) == {"canceled": 3}
    assert attempts(waits)["canceled"] == 3


def test_what_is_scheduled_is_pending(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    later = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
    app.publish(deliverAt=later)
    assert stats(endpoint) == {"pending": 1}
    assert attempts(endpoint) == {"success": 0, "fail": 0, "canceled": 0}


def test_a_new_endpoint_has_none(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    assert app.api.get(f"{endpoint.path}/stats").json() == {"success": 0, "pending": 0, "sending": 0, "fail": 0, "canceled": 0}


def test_a_span_bounds_what_is_counted(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    app.publish()
    until(lambda: stats(endpoint) == {"success": 1}, "it is delivered")
    now = datetime.now(timezone.utc)
    hours = timedelta(hours=1)
    assert stats(endpoint, since=(now - hours).isoformat()) == {"success": 1}
    assert stats(endpoint, since=(now - 3 * hours).isoformat(), until=(now - 2 * hours).isoformat()) == {}
    assert attempts(endpoint, since=(now - 30 * hours).isoformat(), until=(now - 26 * hours).isoformat())["success"] == 0
    assert attempts(endpoint, since=now.isoformat())["success"] == 1, "hours are whole"


@pytest.mark.parametrize("path", ["stats", "attempt-stats"])
def test_spans_that_cannot_be_are_refused(app: App, receiver: Receiver, path: str) -> None:
    endpoint = app.endpoint(receiver.url())
    now = datetime.now(timezone.utc)
    for since, end in (
        (now - timedelta(days=29), None),
        (now - timedelta(days=1), now + timedelta(hours=1)),
        (now, now - timedelta(hours=1)),
        (now - timedelta(days=60), now - timedelta(days=30)),
    ):
        query = {"since": since.isoformat()} | ({"until": end.isoformat()} if end else {})
        refused = app.api.get(f"{endpoint.path}/{path}", **query)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_range"), query
    assert app.api.get(f"{endpoint.path}/{path}", since=(now - timedelta(days=28)).isoformat()).status_code == 200
    assert places(app.api.get(f"{endpoint.path}/{path}", since="yesterday")) == [["query", "since"]]
    assert app.api.get(f"{app.path}/endpoint/nobody/{path}").status_code == 404


def test_counts_survive_a_kill_and_count_nothing_twice(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev", "--retry-schedule", "100ms")
    app = App.create(server.api())
    path = app.endpoint(receiver.script("/hook", status(500), status(204))).path
    for number in range(200):
        app.publish({"n": number})
    server.kill()
    server.start()
    app = App(server.api(), app.id)
    endpoint = Endpoint(app, path.rsplit("/", 1)[1], "")
    until(lambda: stats(endpoint) == {"success": 200}, "all are delivered and counted")
    counted = attempts(endpoint)
    recorded = endpoint.attempts()
    assert counted["success"] == len([each for each in recorded if each["status"] == 0])
    assert counted["fail"] == len([each for each in recorded if each["status"] != 0])
