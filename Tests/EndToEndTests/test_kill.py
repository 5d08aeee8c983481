"""kill -9 at any time: whatever was answered with 202 is delivered, nothing is made up, nothing happens twice that is one."""

import json
from collections.abc import Callable

from harness.app import App
from harness.load import Load
from harness.receiver import Receiver, after, status
from harness.server import Server

EVENTS = 3000


def test_every_accepted_event_survives_two_kills_under_load(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    endpoint = app.endpoint(receiver.url("/hook"))
    load = Load(server, app, EVENTS)
    for moment in (EVENTS // 3, 2 * EVENTS // 3):
        load.wait_for_accepted(moment)
        server.kill()
        server.start()
    accepted = load.finish()
    # Each event has one message, though many publishes were cut off by the kill and sent again.
    assert sorted(accepted.values()) == list(range(EVENTS))

    deliveries = receiver.wait_for(
        lambda deliveries: len(deliveries) >= EVENTS and len({delivery.id for delivery in deliveries}) >= EVENTS
    )
    endpoint.verify(*deliveries)
    for delivery in deliveries:
        assert json.loads(delivery.body) == {"number": accepted[delivery.id]}

    messages = App(server.api(), app.id).messages()
    assert sorted(message["id"] for message in messages) == sorted(accepted)
    assert {delivery.id for delivery in deliveries} == set(accepted)

    # Gapless from 1, and each number belongs to one message, however often it was attempted.
    numbered = {(delivery.sequence, delivery.id) for delivery in deliveries}
    assert sorted(sequence for sequence, _ in numbered) == list(range(1, EVENTS + 1))


def test_retries_that_were_due_later_survive_a_kill(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev", "--retry-schedule", "2s,100ms,100ms")
    app = App.create(server.api())
    receiver.script("/hook", status(500))
    endpoint = app.endpoint(receiver.url("/hook"))
    messages = {app.publish({"n": number}) for number in range(20)}
    for message in messages:
        app.settled(message, attempts=1)
    server.kill()
    receiver.script("/hook", status(204))
    server.start()

    retries = [delivery for delivery in receiver.wait_for_count(40) if delivery.attempt == 2]
    assert {delivery.id for delivery in retries} == messages
    endpoint.verify(*receiver.deliveries)
    app = App(server.api(), app.id)
    for message in messages:
        assert [attempt["responseStatusCode"] for attempt in app.settled(message, attempts=2)] == [500, 204]


def test_more_than_memory_holds_survives_a_kill(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    gate = receiver.gate()
    receiver.script("/hook", after(gate, status(204)))
    endpoint = app.endpoint(receiver.url("/hook"))
    backlog = 1500
    accepted = Load(server, app, backlog).finish()
    assert len(accepted) == backlog
    server.kill()
    receiver.script("/hook", status(204))
    server.start()
    deliveries = receiver.wait_for(
        lambda deliveries: len(deliveries) >= backlog and {delivery.id for delivery in deliveries} == set(accepted)
    )
    endpoint.verify(*deliveries)
    numbered = {(delivery.sequence, delivery.id) for delivery in deliveries}
    assert sorted(sequence for sequence, _ in numbered) == list(range(1, backlog + 1))


def test_an_attempt_that_was_cut_off_is_made_again(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    receiver.script("/hook", after(receiver.gate(), status(204)), status(204))
    endpoint = app.endpoint(receiver.url("/hook"))
    message = app.publish()
    receiver.wait_for_count(1)
    server.kill()
    server.start()
    first, second = receiver.wait_for_count(2)
    assert (first.id, second.id) == (message, message)
    assert (first.sequence, second.sequence) == (1, 1)
    endpoint.verify(first, second)


def test_what_was_registered_survives_a_kill(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    api = server.api()
    app = App.create(api, uid="shop", metadata={"plan": "small"})
    api.post("/event-type", {"name": "kept", "description": "Kept"})
    endpoint = app.endpoint(receiver.url("/hook"), uid="ledger", headers={"x-shop": "seoul"}, eventTypes=["kept"])
    gone = app.endpoint(receiver.url("/gone"))
    api.delete(gone.path)
    api.post(f"{endpoint.path}/secret/rotate", {"gracePeriodSeconds": 0})
    app_before, endpoint_before = api.get(app.path).json(), endpoint.get()
    secret_before = api.get(f"{endpoint.path}/secret").json()
    server.kill()
    server.start()

    api = server.api()
    assert api.get("/app/shop").json() == app_before
    assert api.get("/app/shop/endpoint/ledger").json() == endpoint_before
    assert api.get("/app/shop/endpoint/ledger/secret").json() == secret_before
    assert api.get(gone.path).status_code == 404
    assert api.get("/event-type/kept").json()["description"] == "Kept"
    App(api, "shop").publish(event_type="kept")
    [delivery] = receiver.wait_for_count(1)
    assert (delivery.path, delivery.headers["x-shop"]) == ("/hook", "seoul")
