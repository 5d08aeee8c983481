"""What endpoints that hang cost the healthy ones."""

import time
from collections.abc import Callable

from harness.app import App
from harness.receiver import Receiver, after, hang_up, status
from harness.server import Server


def test_hanging_endpoints_do_not_delay_a_healthy_one(serve: Callable[..., Server], receiver: Receiver) -> None:
    app = App.create(serve("--dev", "--request-timeout", "2s", "--retry-schedule", "500ms,500ms,500ms").api())
    gate = receiver.gate()
    hanging = 10
    for number in range(hanging):
        app.endpoint(receiver.script(f"/hangs-{number}", after(gate, status(204))))
    healthy = app.endpoint(receiver.url("/healthy"))
    # Long enough that requests run into their timeout and are retried while others are published.
    published: dict[str, float] = {}
    started = time.time()
    while time.time() - started < 6 or len(published) < 100:
        sent = time.time()
        published[app.publish({"n": len(published)})] = sent
        receiver.wait_for(lambda found: len({delivery.id for delivery in found}) >= len(published), "/healthy")
    deliveries = receiver.to("/healthy")
    assert {delivery.id for delivery in deliveries} == set(published)
    waits = sorted(delivery.at - published[delivery.id] for delivery in deliveries)
    assert waits[len(waits) * 99 // 100] < 1, "a hanging endpoint holds a request for 2 s"
    assert len(receiver.to("/hangs-0")) > 0
    healthy.verify(*deliveries)


def test_an_open_breaker_spends_no_attempts_and_closes_by_itself(serve: Callable[..., Server], receiver: Receiver) -> None:
    app = App.create(serve("--dev", "--retry-schedule", ",".join(["200ms"] * 30)).api())
    endpoint = app.endpoint(receiver.script("/hook", hang_up), channels=["broken"])
    endpoint.set_policy(breaker={"failures": 5, "pause": "500ms", "pauseMax": "1s"})
    # Its ten attempts are a clock that shows that time goes on: two seconds.
    app.endpoint(receiver.script("/clock", *[status(500)] * 10, status(204)), channels=["clock"])
    messages = {app.publish({"n": number}, channels=["broken"]) for number in range(60)}
    app.publish(channels=["clock"])
    receiver.wait_for_count(10, "/clock")
    # Five failures, what was on the wire with them, and a probe now and then. Without a breaker each of the sixty would have been
    # tried several times.
    tried = receiver.to("/hook")
    assert 5 <= len(tried) <= 5 + 16 + 6
    assert len({delivery.id for delivery in tried}) < len(messages)

    receiver.script("/hook", status(204))
    delivered = receiver.wait_for(
        lambda found: {delivery.id for delivery in found[len(tried) :]} == messages, "/hook"
    )
    endpoint.verify(*delivered)


def test_a_breaker_can_be_switched_off(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", hang_up))
    endpoint.set_policy(breaker={"failures": None}, retry={"schedule": ["50ms"] * 40, "jitter": 0, "maxAge": None})
    app.settled(app.publish(), attempts=41)
