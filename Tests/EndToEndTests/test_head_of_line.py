"""What happens behind a message that fails, where order is kept: block, skip or park."""

import json

import pytest

from harness.app import App, Endpoint
from harness.receiver import Delivery, Exchange, Receiver, status
from harness.waiting import until


class Picky:
    """Fails whatever carries one of these numbers, until told to be content."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = set(numbers)

    def __call__(self, exchange: Exchange) -> None:
        number = json.loads(exchange.delivery.body)["n"]
        status(500 if number in self.numbers else 204)(exchange)


def numbers(deliveries: list[Delivery]) -> list[int]:
    return [json.loads(delivery.body)["n"] for delivery in deliveries]


def ordered(app: App, receiver: Receiver, picky: Picky, schedule: list[str], **order: object) -> Endpoint:
    endpoint = app.endpoint(receiver.script("/hook", picky))
    endpoint.set_policy(order=order, retry={"schedule": schedule, "jitter": 0, "maxAge": None})
    return endpoint


def test_block_waits_until_the_head_is_delivered(app: App, receiver: Receiver) -> None:
    picky = Picky(0)
    ordered(app, receiver, picky, ["200ms"] * 20, mode="fifo", headOfLine="block")
    for number in range(3):
        app.publish({"n": number})
    receiver.wait_for_count(3)
    picky.numbers.clear()
    deliveries = receiver.wait_for(lambda found: 2 in numbers(found))
    heads = len(deliveries) - 2
    assert heads >= 4 and numbers(deliveries) == [0] * heads + [1, 2]


def test_block_goes_on_after_the_head_is_a_dead_letter(app: App, receiver: Receiver) -> None:
    ordered(app, receiver, Picky(0), ["100ms"], mode="fifo", headOfLine="block")
    for number in range(3):
        app.publish({"n": number})
    assert numbers(receiver.wait_for_count(4)) == [0, 0, 1, 2]


def test_skip_goes_on_after_so_many_attempts_and_the_head_is_still_retried(app: App, receiver: Receiver) -> None:
    ordered(app, receiver, Picky(0), ["100ms", "1s", "1s"], mode="fifo", headOfLine="skip", skipAfter=2)
    head = app.publish({"n": 0})
    for number in (1, 2):
        app.publish({"n": number})
    assert numbers(receiver.wait_for_count(4))[:4] == [0, 0, 1, 2]
    attempts = app.settled(head, attempts=4)
    assert [attempt["responseStatusCode"] for attempt in attempts] == [500] * 4
    assert numbers(receiver.deliveries).count(0) == 4


def test_park_keeps_a_key_and_lets_the_others_go_on(app: App, receiver: Receiver) -> None:
    picky = Picky(0)
    endpoint = ordered(
        app, receiver, picky, ["100ms"], mode="fifo-per-key", key={"from": "ordering-key"}, headOfLine="park"
    )
    head = app.publish({"n": 0}, orderingKey="a")
    app.publish({"n": 1}, orderingKey="a")
    app.publish({"n": 2}, orderingKey="b")
    app.settled(head, attempts=2)
    app.publish({"n": 3}, orderingKey="a")
    app.publish({"n": 4}, orderingKey="b")
    deliveries = receiver.wait_for(lambda found: {2, 4} <= set(numbers(found)))
    assert set(numbers(deliveries)) == {0, 2, 4}, "the key is parked behind its dead letter"

    # Sent again by hand, and delivered: the key goes on, in its order.
    picky.numbers.clear()
    assert app.resend(head, endpoint).status_code == 202
    deliveries = receiver.wait_for(lambda found: {1, 3} <= set(numbers(found)))
    assert [number for number in numbers(deliveries) if number in (1, 3)] == [1, 3]


@pytest.mark.parametrize(
    "rule", [{"headOfLine": "block"}, {"headOfLine": "skip", "skipAfter": 5}, {"headOfLine": "park"}], ids=str
)
def test_a_cancelled_head_holds_up_nobody(app: App, receiver: Receiver, rule: dict) -> None:
    ordered(app, receiver, Picky(0), ["10s"] * 3, mode="fifo", **rule)
    head = app.publish({"n": 0})
    receiver.wait_for_count(1)
    app.settled(head, attempts=1)
    behind = app.publish({"n": 1})
    assert app.api.post(f"{app.path}/msg/{head}/cancel").status_code < 300
    until(lambda: app.attempts(behind), "what was behind it is sent")
    assert numbers(receiver.deliveries) == [0, 1]
