"""First in, first out: by endpoint and by key, whatever fails, and however often the server is killed."""

import json
import os
import re
from collections.abc import Callable, Iterator

import pytest

from harness.app import App
from harness.pipeline import Pipeline
from harness.quick_receiver import FAILURE, OK, QuickReceiver
from harness.receiver import Exchange, Receiver, after, status
from harness.server import Server

KEYS = 1000
# Messages of each key. Fewer for a quick look; the promise is about these.
EACH = int(os.environ.get("E2E_ORDER_EACH", "100"))
# Messages of one key that are published one right after the other.
RUN = 5
# Seconds for the whole crowd, with a binary that was built for debugging on a busy machine.
LONG = 600
QUICK = {"schedule": ["20ms"] * 20, "jitter": 0, "maxAge": None}


class Ledger:
    """What arrived of each key's numbered events. Fails most kinds of ways, for a few of the first attempts."""

    def __init__(self) -> None:
        self.delivered = [-1] * KEYS
        self.total = 0
        self.duplicates = 0
        self.failures = 0
        self.inversions: list[str] = []
        self._failed: set[tuple[int, int]] = set()

    def answer(self, head: bytes, body: bytes) -> bytes | None:
        found = re.fullmatch(rb'\{"key":(\d+),"number":(\d+)\}', body)
        assert found, body
        key, number = int(found[1]), int(found[2])
        last = self.delivered[key]
        if number <= last:
            self.duplicates += 1
            return OK
        # The rule of the head of the line is `block`: nothing is even tried before what came first is delivered.
        if number > last + 1:
            self.inversions.append(f"key {key}: {number} was sent, and {last} was the last that was delivered")
            return OK
        if (key * 31 + number) % 40 == 0 and (key, number) not in self._failed:
            self._failed.add((key, number))
            self.failures += 1
            return None if self.failures % 4 == 0 else FAILURE
        self.delivered[key] = number
        self.total += 1
        return OK


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def quick(ledger: Ledger) -> Iterator[QuickReceiver]:
    receiver = QuickReceiver(ledger.answer)
    yield receiver
    receiver.close()


@pytest.mark.timeout(2 * LONG)
def test_no_inversion_in_100_000_messages_over_1_000_keys_through_faults_and_kills(
    serve: Callable[..., Server], quick: QuickReceiver, ledger: Ledger
) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    endpoint = app.endpoint(quick.url("/hook"))
    # The breaker has tests of its own; here it would only make the failures rarer.
    endpoint.set_policy(order={"mode": "fifo-per-key", "key": {"from": "ordering-key"}, "headOfLine": "block"}, retry=QUICK)
    publishers = 4
    pipeline = Pipeline(server, f"{app.path}/msg", [events(range(first, KEYS, publishers)) for first in range(publishers)])
    whole = KEYS * EACH
    for moment in (whole // 3, 2 * whole // 3):
        pipeline.wait_for_accepted(moment, LONG)
        server.kill()
        server.start()
    pipeline.finish(LONG)
    assert pipeline.accepted == whole
    # Once more while only deliveries are left, if any are.
    quick.wait_for(lambda: ledger.inversions or ledger.total >= whole * 8 // 10, "most are delivered", LONG)
    server.kill()
    server.start()
    quick.wait_for(lambda: ledger.inversions or ledger.total >= whole, f"{whole} are delivered", LONG)

    assert ledger.inversions == []
    assert ledger.delivered == [EACH - 1] * KEYS
    assert ledger.failures > whole // 50
    # A kill may repeat what was on the wire, and no more than that.
    assert ledger.duplicates < whole // 10


def events(keys: range) -> list[tuple[str, bytes]]:
    """Those of the keys in turn, a few of each in a row: they are on their way together, and would overtake each other."""
    return [
        (
            f"{key}-{number}",
            b'{"eventType":"order.changed","orderingKey":"key-%d","payload":{"key":%d,"number":%d}}' % (key, key, number),
        )
        for first in range(0, EACH, RUN)
        for key in keys
        for number in range(first, min(first + RUN, EACH))
    ]


def test_fifo_sends_one_at_a_time_in_the_order_of_publishing(app: App, receiver: Receiver) -> None:
    busy: list[int] = []
    overlaps: list[int] = []

    def answer(exchange: Exchange) -> None:
        busy.append(1)
        if len(busy) > 1:
            overlaps.append(exchange.delivery.sequence)
        status(204)(exchange)
        exchange.wfile.flush()
        busy.pop()

    endpoint = app.endpoint(receiver.script("/hook", answer))
    endpoint.set_policy(order={"mode": "fifo"})
    messages = [app.publish({"n": number}) for number in range(100)]
    deliveries = receiver.wait_for_count(100)
    assert [delivery.id for delivery in deliveries] == messages
    assert [delivery.sequence for delivery in deliveries] == list(range(1, 101))
    assert overlaps == []
    endpoint.verify(*deliveries)


def test_unordered_is_the_default_and_does_not_wait(app: App, receiver: Receiver) -> None:
    gate = receiver.gate()
    endpoint = app.endpoint(receiver.script("/hook", after(gate, status(204)), status(204)))
    assert endpoint.policy()["order"]["mode"] == "unordered"
    app.publish()
    receiver.wait_for_count(1)
    app.publish()
    receiver.wait_for_count(2)


@pytest.mark.parametrize(
    ("key", "fields", "headers"),
    [
        ({"from": "ordering-key"}, lambda value: {"orderingKey": value}, lambda value: {}),
        ({"from": "pointer", "pointer": "/order/id"}, lambda value: {"payload": {"order": {"id": value}}}, lambda value: {}),
        ({"from": "header", "header": "x-tenant"}, lambda value: {}, lambda value: {"x_tenant": value}),
    ],
    ids=["ordering key", "JSON pointer", "header"],
)
def test_a_key_waits_for_itself_and_for_nobody_else(
    app: App, receiver: Receiver, key: dict, fields: Callable[[str], dict], headers: Callable[[str], dict]
) -> None:
    def publish(value: str) -> str:
        answer = app.send({"eventType": "order.changed", "payload": {}} | fields(value), **headers(value))
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    gate = receiver.gate()
    endpoint = app.endpoint(receiver.script("/hook", after(gate, status(204)), status(204)))
    endpoint.set_policy(order={"mode": "fifo-per-key", "key": key})
    head = publish("a")
    receiver.wait_for_count(1)
    behind = publish("a")
    others = [publish("b") for _ in range(5)]
    # All of the other key, in order, and nothing of the first one.
    assert [delivery.id for delivery in receiver.wait_for_count(6)] == [head, *others]
    gate.set()
    assert receiver.wait_for_count(7)[-1].id == behind


@pytest.mark.parametrize("mode", ["unordered", "fifo", "fifo-per-key"])
def test_sequence_numbers_are_gapless_in_every_mode(app: App, receiver: Receiver, mode: str) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500), status(204)))
    endpoint.set_policy(order={"mode": mode}, retry=QUICK)
    for number in range(30):
        app.publish({"n": number}, orderingKey=f"key-{number % 3}")
    deliveries = receiver.wait_for(lambda found: {delivery.sequence for delivery in found} >= set(range(1, 31)))
    numbered = {(delivery.sequence, json.loads(delivery.body)["n"]) for delivery in deliveries}
    assert sorted(numbered) == [(number + 1, number) for number in range(30)]


def test_an_order_that_is_none_is_refused(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/hook"))
    before = endpoint.policy()
    for order in (
        {"mode": "lifo"},
        {"headOfLine": "jump"},
        {"mode": "fifo-per-key", "key": {"from": "pointer", "pointer": "order/id"}},
        {"mode": "fifo-per-key", "key": {"from": "nowhere"}},
        {"skipAfter": 0},
    ):
        assert app.api.patch(f"{endpoint.path}/policy", {"order": order}).status_code == 422, order
    assert endpoint.policy() == before
