"""SIGTERM: what is on the wire ends and is recorded, what waits stays for the next start, the exit code is 0."""

from collections.abc import Callable

import pytest

from harness.app import App
from harness.load import Load
from harness.receiver import Receiver, after, status
from harness.server import Server
from harness.waiting import until
from harness.wire import Wire, request


def test_an_attempt_on_the_wire_ends_and_is_recorded(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev", "--endpoint-concurrency", "1")
    app = App.create(server.api())
    gate = receiver.gate()
    receiver.script("/slow", after(gate, status(200, b"slow")), status(204))
    endpoint = app.endpoint(receiver.url("/slow"))
    messages = [app.publish({"n": number}) for number in range(5)]
    receiver.wait_for_count(1)
    server.ask_to_stop()
    until(lambda: not server.answers(), "the port is closed")
    assert len(receiver.deliveries) == 1
    gate.set()
    assert server.exit_code() == 0, server.log[-2000:]
    # The four that waited were not begun while the server stopped.
    assert len(receiver.deliveries) == 1

    server.start()
    deliveries = receiver.wait_for_count(5)
    assert sorted(delivery.sequence for delivery in deliveries) == [1, 2, 3, 4, 5]
    assert {delivery.id for delivery in deliveries} == set(messages)
    endpoint.verify(*deliveries)
    app = App(server.api(), app.id)
    for message in messages:
        [attempt] = app.settled(message, attempts=1)
        assert attempt["status"] == 0
    assert app.attempts(deliveries[0].id)[0]["response"] == "slow"


@pytest.mark.parametrize(
    "begun", [b"", b"POST /api/v1/app HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"], ids=["idle", "halfway"]
)
def test_a_client_does_not_hold_it_up(serve: Callable[..., Server], begun: bytes) -> None:
    server = serve("--dev")
    with Wire(server.port) as wire:
        # After an answer the server has surely taken the connection.
        wire.send(request("GET", "/app", server.token))
        assert wire.answer().status == 200
        wire.send(begun)
        server.api().get("/app")
        server.ask_to_stop()
        assert server.exit_code(patience=15) == 0, server.log[-2000:]
        if begun:
            # It is told that its request was not taken.
            assert wire.answer().status == 408
        assert wire.is_closed()


def test_a_stop_under_load_loses_nothing(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    endpoint = app.endpoint(receiver.url())
    load = Load(server, app, 1000)
    load.wait_for_accepted(300)
    assert server.stop() == 0, server.log[-2000:]
    server.start()
    accepted = load.finish()
    deliveries = receiver.wait_for(
        lambda deliveries: len(deliveries) >= 1000 and {delivery.id for delivery in deliveries} == set(accepted)
    )
    endpoint.verify(*deliveries)
    # Nothing was cut off, so nothing had to be sent twice.
    assert len(deliveries) == 1000


def test_a_stop_right_after_a_publish_loses_nothing(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    endpoint = app.endpoint(receiver.url())
    messages = {app.publish({"n": number}) for number in range(50)}
    assert server.stop() == 0
    server.start()
    deliveries = receiver.wait_for(lambda deliveries: {delivery.id for delivery in deliveries} == messages)
    endpoint.verify(*deliveries)
    assert {delivery.sequence for delivery in deliveries} == set(range(1, 51))


def test_it_stops_when_there_is_nothing_to_do(serve: Callable[..., Server]) -> None:
    server = serve()
    assert server.stop() == 0
    assert server.start().stop() == 0
