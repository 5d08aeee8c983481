"""When a message may be delivered: not before, not after, or not at all any more."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from harness.app import App
from harness.receiver import Receiver, status
from harness.server import Server
from harness.waiting import until


def moment(seconds: float) -> tuple[str, float]:
    """So many from now, as RFC 3339 and as a number."""
    then = datetime.now(UTC) + timedelta(seconds=seconds)
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z"), then.timestamp()


def cancel(app: App, message: str) -> int:
    return app.api.post(f"{app.path}/msg/{message}/cancel").status_code


def test_a_message_waits_until_its_time(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/hook"))
    text, due = moment(2)
    later = app.publish({"n": 1}, deliverAt=text)
    now = app.publish({"n": 2})
    deliveries = receiver.wait_for_count(2)
    assert [delivery.id for delivery in deliveries] == [now, later]
    assert deliveries[0].at < due, "this machine is too slow for this test"
    # What is written and what is waited for are whole milliseconds.
    assert deliveries[1].at >= due - 0.01
    assert deliveries[1].attempt == 1
    endpoint.verify(*deliveries)


def test_a_time_that_has_passed_is_now(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.url("/hook"))
    message = app.publish(deliverAt=moment(-60)[0])
    assert receiver.wait_for_count(1)[0].id == message


def test_a_scheduled_message_survives_a_kill(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    app.endpoint(receiver.url("/hook"))
    text, due = moment(2)
    message = app.publish(deliverAt=text)
    server.kill()
    server.start()
    [delivery] = receiver.wait_for_count(1)
    assert delivery.id == message and delivery.at >= due - 0.01


def test_nothing_is_tried_after_its_last_moment(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500)))
    endpoint.set_policy(retry={"schedule": ["300ms"] * 20, "jitter": 0, "maxAge": None})
    text, last = moment(1.5)
    message = app.publish(doNotDeliverAfter=text)
    # Another one has no such moment, and shows that time went on.
    other = app.publish()
    until(lambda: len(app.attempts(other)) >= 9, "the other one is tried on")
    tried = [delivery for delivery in receiver.deliveries if delivery.id == message]
    assert 1 <= len(tried) <= 6
    assert all(delivery.at <= last + 0.5 for delivery in tried)
    assert time.time() > last + 0.5


@pytest.mark.parametrize("field", ["deliverAt", "doNotDeliverAfter"])
@pytest.mark.parametrize("value", ["tomorrow", "2026-13-01T00:00:00Z", 5, {}])
def test_a_time_that_is_none_is_refused(app: App, field: str, value: object) -> None:
    answer = app.send({"eventType": "a", "payload": {}, field: value})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][-1] == field


def test_a_cancelled_message_is_never_sent(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.url("/hook"))
    text, _ = moment(1.5)
    cancelled = app.publish({"n": 1}, deliverAt=text)
    other = app.publish({"n": 2}, deliverAt=text)
    assert cancel(app, cancelled) < 300
    # Twice is as good as once.
    assert cancel(app, cancelled) < 300
    [delivery] = receiver.wait_for_count(1)
    assert delivery.id == other
    app.publish({"n": 3})
    assert cancelled not in {delivery.id for delivery in receiver.wait_for_count(2)}
    assert app.attempts(cancelled) == []


def test_a_cancelled_retry_is_never_made(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500)))
    endpoint.set_policy(retry={"schedule": ["500ms", "500ms"], "jitter": 0, "maxAge": None})
    cancelled, other = app.publish({"n": 1}), app.publish({"n": 2})
    app.settled(cancelled, attempts=1)
    assert cancel(app, cancelled) < 300
    app.settled(other, attempts=3)
    assert [delivery.id for delivery in receiver.deliveries].count(cancelled) == 1


def test_cancelling_what_is_unknown_is_404(app: App) -> None:
    assert cancel(app, "msg_1srOrx2ZWZBpBUvZwXKQmoEYga2") == 404
