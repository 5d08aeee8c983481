"""Which endpoint gets which message. Sequence numbers are gapless, so the first one proves that nothing came before it."""

from collections.abc import Callable

import pytest

from harness.app import App
from harness.receiver import Receiver, after, status
from harness.server import Server


def test_every_endpoint_that_wants_it_gets_the_message(app: App, receiver: Receiver) -> None:
    endpoints = [app.endpoint(receiver.url(f"/{number}")) for number in range(5)]
    message = app.publish()
    deliveries = receiver.wait_for_count(5)
    assert {delivery.path for delivery in deliveries} == {f"/{number}" for number in range(5)}
    assert {delivery.id for delivery in deliveries} == {message}
    for number, endpoint in enumerate(endpoints):
        endpoint.verify(*receiver.to(f"/{number}"))
    assert len(app.settled(message, attempts=5)) == 5


def test_event_types_are_a_filter(app: App, receiver: Receiver) -> None:
    for name in ("fan.paid", "fan.refunded"):
        app.api.post("/event-type", {"name": name, "description": ""})
    app.endpoint(receiver.url("/paid"), eventTypes=["fan.paid"])
    app.endpoint(receiver.url("/both"), eventTypes=["fan.paid", "fan.refunded"])
    app.endpoint(receiver.url("/all"), eventTypes=[])
    refunded = app.publish(event_type="fan.refunded")
    paid = app.publish(event_type="fan.paid")
    receiver.wait_for_count(5)
    assert numbered(receiver, "/paid") == {1: paid}
    assert numbered(receiver, "/both") == {1: refunded, 2: paid}
    assert numbered(receiver, "/all") == {1: refunded, 2: paid}


def test_channels_are_a_filter(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.url("/seoul"), channels=["seoul"])
    app.endpoint(receiver.url("/all"))
    nowhere = app.publish()
    busan = app.publish(channels=["busan"])
    both = app.publish(channels=["busan", "seoul"])
    receiver.wait_for_count(4)
    assert numbered(receiver, "/seoul") == {1: both}
    assert numbered(receiver, "/all") == {1: nowhere, 2: busan, 3: both}


def test_an_event_type_that_nobody_registered_is_no_filter(app: App) -> None:
    answer = app.api.post(f"{app.path}/endpoint", {"url": "http://127.0.0.1:9/", "eventTypes": ["fan.nobody"]})
    assert answer.status_code == 422
    assert "fan.nobody" in answer.json()["detail"][0]["msg"]


def test_a_disabled_endpoint_gets_nothing_until_it_is_enabled(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/hook"), disabled=True)
    app.endpoint(receiver.url("/other"))
    app.publish()
    receiver.wait_for_count(1, "/other")
    assert app.api.patch(endpoint.path, {"disabled": False}).status_code == 200
    message = app.publish()
    receiver.wait_for_count(1, "/hook")
    assert numbered(receiver, "/hook") == {1: message}


def test_a_deleted_endpoint_gets_nothing_more(serve: Callable[..., Server], receiver: Receiver) -> None:
    app = App.create(serve("--dev", "--retry-schedule", "1s,1s").api())
    endpoint = app.endpoint(receiver.script("/gone", status(500)))
    app.endpoint(receiver.script("/stays", status(500), status(500), status(204)))
    message = app.publish()
    receiver.wait_for_count(1, "/gone")
    app.settled(message, attempts=2)
    assert app.api.delete(endpoint.path).status_code == 204
    app.publish()
    # The other endpoint goes through its whole schedule meanwhile.
    receiver.wait_for_count(4, "/stays")
    assert len(receiver.to("/gone")) == 1


def test_what_was_sent_to_a_deleted_endpoint_stays_in_the_history(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/hook"))
    message = app.publish()
    app.settled(message, attempts=1)
    app.api.delete(endpoint.path)
    assert [attempt["endpointId"] for attempt in app.attempts(message)] == [endpoint.id]


def test_a_deleted_application_is_gone_with_its_endpoints(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/hook"))
    assert app.api.delete(app.path).status_code == 204
    assert app.send({"eventType": "a", "payload": {}}).status_code == 404
    assert app.api.get(endpoint.path).status_code == 404
    assert receiver.deliveries == []


@pytest.mark.parametrize("change", [{"url": "/new"}, {"headers": {"x-new": "1"}}, {"channels": ["seoul"]}])
def test_a_change_of_an_endpoint_counts_from_the_next_message(app: App, receiver: Receiver, change: dict) -> None:
    endpoint = app.endpoint(receiver.url("/old"))
    fields = {"url": receiver.url(change.get("url", "/old"))} | {name: change[name] for name in change if name != "url"}
    assert app.api.put(endpoint.path, fields).status_code == 200
    message = app.publish(channels=["seoul"])
    [delivery] = receiver.wait_for_count(1)
    assert (delivery.path, delivery.id) == (change.get("url", "/old"), message)
    assert delivery.headers.get("x-new") == change.get("headers", {}).get("x-new")


def test_a_hanging_endpoint_does_not_delay_another(app: App, receiver: Receiver) -> None:
    gate = receiver.gate()
    answered: list[str] = []
    late = status(204)

    def answer_late(exchange) -> None:
        answered.append("late")
        late(exchange)

    hanging = app.endpoint(receiver.script("/hangs", after(gate, answer_late)))
    quick = app.endpoint(receiver.url("/quick"))
    messages = {app.publish({"n": number}) for number in range(200)}
    deliveries = receiver.wait_for_count(200, "/quick")
    assert answered == [], "the other endpoint had to answer nothing for this"
    assert {delivery.id for delivery in deliveries} == messages
    quick.verify(*deliveries)
    gate.set()
    late_deliveries = receiver.wait_for_count(200, "/hangs")
    assert {delivery.id for delivery in late_deliveries} == messages
    hanging.verify(*late_deliveries)


def test_an_endpoint_is_never_sent_more_at_a_time_than_allowed(serve: Callable[..., Server], receiver: Receiver) -> None:
    app = App.create(serve("--dev", "--endpoint-concurrency", "3").api())
    gate = receiver.gate()
    app.endpoint(receiver.script("/hook", after(gate, status(204))), channels=["slow"])
    app.endpoint(receiver.url("/marker"), channels=["marker"])
    for number in range(10):
        app.publish({"n": number}, channels=["slow"])
    receiver.wait_for_count(3, "/hook")
    app.publish(channels=["marker"])
    receiver.wait_for_count(1, "/marker")
    assert len(receiver.to("/hook")) == 3
    gate.set()
    assert {delivery.sequence for delivery in receiver.wait_for_count(10, "/hook")} == set(range(1, 11))


def numbered(receiver: Receiver, path: str) -> dict[int, str]:
    return {delivery.sequence: delivery.id for delivery in receiver.to(path)}
