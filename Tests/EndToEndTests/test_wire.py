"""HTTP as it may arrive: in chunks, byte by byte, several requests at once, or only half."""

import json
from collections.abc import Callable, Iterator

import pytest

from harness.app import App
from harness.receiver import Receiver
from harness.server import Server
from harness.wire import Wire, chunks, request

EVENT = b'{"eventType":"a","payload":{ "n" : 1 }}'


@pytest.fixture
def wire(godwit: Server) -> Iterator[Wire]:
    with Wire(godwit.port) as wire:
        yield wire


@pytest.mark.parametrize("path", ["/app", "{app}/msg"])
def test_a_chunked_body_is_a_body(godwit: Server, app: App, wire: Wire, receiver: Receiver, path: str) -> None:
    app.endpoint(receiver.url())
    body = EVENT if path != "/app" else b'{"name":"chunked"}'
    head = request("POST", path.format(app=app.path), godwit.token, transfer_encoding="chunked")
    wire.send(head + chunks(body[:5], body[5:6], body[6:]))
    assert wire.answer().status == (202 if path != "/app" else 201)
    if path != "/app":
        assert receiver.wait_for_count(1)[0].body == b'{ "n" : 1 }'


@pytest.mark.parametrize("path", ["/app", "{app}/msg"])
def test_a_chunked_body_has_the_same_limit(godwit: Server, app: App, wire: Wire, path: str) -> None:
    wire.send(request("POST", path.format(app=app.path), godwit.token, transfer_encoding="chunked"))
    for _ in range(17):
        wire.send(b"10000\r\n" + b" " * 65_536 + b"\r\n")
    answer = wire.answer()
    assert answer.status == 413
    assert app.messages() == []


@pytest.mark.parametrize("path", ["/app", "{app}/msg"])
def test_a_request_may_come_byte_by_byte(godwit: Server, app: App, wire: Wire, path: str) -> None:
    body = EVENT if path != "/app" else b'{"name":"slow"}'
    wire.dribble(request("POST", path.format(app=app.path), godwit.token, body))
    assert wire.answer().status == (202 if path != "/app" else 201)


def test_pipelined_requests_are_answered_in_order(godwit: Server, app: App, wire: Wire, receiver: Receiver) -> None:
    app.endpoint(receiver.url())
    publish = request("POST", f"{app.path}/msg", godwit.token, EVENT)
    look = request("GET", app.path, godwit.token)
    nothing = request("GET", "/nothing", godwit.token)
    wire.send(publish + look + publish + publish + nothing + look + publish)
    answers = [wire.answer() for _ in range(7)]
    assert [answer.status for answer in answers] == [202, 200, 202, 202, 404, 200, 202]
    assert [json.loads(answers[place].content)["id"] for place in (1, 5)] == [app.id, app.id]
    published = [json.loads(answers[place].content)["id"] for place in (0, 2, 3, 6)]
    assert published == sorted(published)
    # In the order of the connection, so are the sequence numbers.
    deliveries = receiver.wait_for_count(4)
    assert {delivery.sequence: delivery.id for delivery in deliveries} == dict(enumerate(published, start=1))


def test_fifty_publishes_in_one_write(godwit: Server, app: App, wire: Wire) -> None:
    wire.send(request("POST", f"{app.path}/msg", godwit.token, EVENT) * 50)
    assert [wire.answer().status for _ in range(50)] == [202] * 50
    assert len(app.messages()) == 50


@pytest.mark.parametrize("path", ["/app", "{app}/msg"])
def test_who_expects_100_continue_gets_it(godwit: Server, app: App, wire: Wire, path: str) -> None:
    body = EVENT if path != "/app" else b'{"name":"careful"}'
    whole = request("POST", path.format(app=app.path), godwit.token, body, expect="100-continue")
    head, body = whole[: -len(body)], whole[-len(body) :]
    wire.send(head)
    assert wire.head()[0] == 100
    wire.send(body)
    assert wire.answer().status == (202 if path != "/app" else 201)


@pytest.mark.parametrize("path", ["/app", "{app}/msg"])
def test_a_connection_is_kept_unless_the_client_closes_it(godwit: Server, app: App, wire: Wire, path: str) -> None:
    body = EVENT if path != "/app" else b'{"name":"kept"}'
    good = 202 if path != "/app" else 201
    for _ in range(3):
        wire.send(request("POST", path.format(app=app.path), godwit.token, body))
        assert wire.answer().status == good
    wire.send(request("POST", path.format(app=app.path), godwit.token, b"{"))
    assert wire.answer().status == 422
    wire.send(request("POST", path.format(app=app.path), godwit.token, body, connection="close"))
    assert wire.answer().status == good
    assert wire.is_closed()


def test_http_1_0_is_answered_and_closed(godwit: Server, app: App) -> None:
    for path, body, good in (("/app", b'{"name":"old"}', 201), (f"{app.path}/msg", EVENT, 202)):
        with Wire(godwit.port) as wire:
            wire.send(request("POST", path, godwit.token, body).replace(b"HTTP/1.1", b"HTTP/1.0", 1))
            assert wire.answer().status == good
            assert wire.is_closed()


@pytest.mark.parametrize("path", ["/app", "{app}/msg"])
def test_a_request_that_is_cut_off_stores_nothing(godwit: Server, app: App, path: str) -> None:
    whole = request("POST", path.format(app=app.path), godwit.token, b'{"name":"cut","eventType":"a","payload":{}}')
    for length in (1, 20, len(whole) // 2, len(whole) - 1):
        with Wire(godwit.port) as wire:
            wire.send(whole[:length])
    with Wire(godwit.port) as wire:
        wire.send(whole[:-1])
        wire.end()
        assert wire.is_closed() or wire.answer().status >= 400
    assert godwit.answers()
    assert app.messages() == []
    app.publish()


def test_a_client_that_leaves_before_the_answer_harms_nobody(godwit: Server, app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    for _ in range(20):
        with Wire(godwit.port) as wire:
            wire.send(request("POST", f"{app.path}/msg", godwit.token, EVENT))
    app.publish()
    # Whatever of them was stored is delivered; sequence numbers have no gap.
    stored = {message["id"] for message in app.messages()}
    deliveries = receiver.wait_for(
        lambda deliveries: stored <= {delivery.id for delivery in deliveries}
        and {delivery.sequence for delivery in deliveries} == set(range(1, len({delivery.id for delivery in deliveries}) + 1))
    )
    endpoint.verify(*deliveries)


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/v1/app HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/v1/app HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        b"POST /api/v1/app HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/v1/app/x/msg HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET /api/v1/app HTTP/1.1\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
    ids=[
        "no HTTP",
        "no target",
        "TLS",
        "version",
        "negative length",
        "two lengths",
        "chunk",
        "chunk of a publish",
        "huge header",
    ],
)
def test_what_is_no_http_ends_the_connection_and_nothing_else(godwit: Server, data: bytes) -> None:
    with Wire(godwit.port) as wire:
        try:
            wire.send(data)
            wire.end()
        except ConnectionError:
            pass  # It had seen enough.
        said = wire.rest()
    assert said == b"" or said.startswith(b"HTTP/1.1 4"), said
    assert godwit.answers()


def test_a_smuggled_request_is_not_seen(godwit: Server, app: App) -> None:
    """Both framings in one request: who reads it by length sees another request than who reads it by chunks."""
    hidden = request("POST", f"{app.path}/msg", godwit.token, EVENT)
    for path in ("/app", f"{app.path}/msg"):
        with Wire(godwit.port) as wire:
            head = request("POST", path, godwit.token, b"0\r\n\r\n" + hidden).split(b"\r\n\r\n")[0]
            wire.send(head + b"\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + hidden)
            assert wire.answer().status >= 400
    assert app.messages() == []


def test_many_connections_at_once(serve: Callable[..., Server]) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    wires = [Wire(server.port) for _ in range(200)]
    for wire in wires:
        wire.send(request("POST", f"{app.path}/msg", server.token, EVENT))
    assert {wire.answer().status for wire in wires} == {202}
    for wire in wires:
        wire.__exit__()
    assert len(app.messages()) == 200


@pytest.mark.parametrize("path", ["/app", "/nowhere", "/health", "/app/x/msg"])
def test_an_answer_to_head_has_no_body(godwit: Server, path: str) -> None:
    with Wire(godwit.port) as wire:
        wire.send(request("HEAD", path, godwit.token))
        wire.send(request("GET", "/app", godwit.token))
        wire.head()
        # The next bytes are the next answer's.
        assert wire.answer().status == 200
