"""Receivers that break the rules of HTTP, or wait for ever: each gives a failure with a name, and leaves nothing behind."""

from collections.abc import Callable, Iterator

import pytest

from harness.app import App
from harness.raw_receiver import RawExchange, RawReceiver, Script
from harness.server import Server
from harness.waiting import until

MIB = 1 << 20


def drip_head(exchange: RawExchange) -> None:
    exchange.drip(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 10_000, every=0.05)


def drip_body(exchange: RawExchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    exchange.drip(b"." * 1_000_000, every=0.05)


def reset_in_the_body(exchange: RawExchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhello")
    exchange.reset()


def reset_at_once(exchange: RawExchange) -> None:
    exchange.reset()


def short_body(exchange: RawExchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhello")
    raise ConnectionAbortedError("it ends here")


def two_lengths(exchange: RawExchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\nhello")
    exchange.wait_for_end()


def endless_headers(exchange: RawExchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\n")
    exchange.flood(b"x-header: " + b"y" * 1000 + b"\r\n", 100 * MIB)


def one_endless_header(exchange: RawExchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nx-header: ")
    exchange.flood(b"y" * 10_000, 100 * MIB)


def huge_body(exchange: RawExchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (100 * MIB))
    exchange.flood(b"x" * 65_536, 100 * MIB)


def endless_chunks(exchange: RawExchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    exchange.flood((b"400\r\n" + b"x" * 1024 + b"\r\n") * 16, 100 * MIB)


def interim_storm(exchange: RawExchange) -> None:
    exchange.flood(b"HTTP/1.1 102 Processing\r\n\r\n", MIB)


def silence(exchange: RawExchange) -> None:
    exchange.wait_for_end()


def no_http(exchange: RawExchange) -> None:
    exchange.send(b"SSH-2.0-OpenSSH_9.9\r\n")
    exchange.wait_for_end()


TIMED_OUT = {"first_byte_timed_out", "response_timed_out", "body_idle_timed_out"}
CASES: dict[str, tuple[Script, set[str]]] = {
    "a head that drips": (drip_head, TIMED_OUT),
    "a body that drips": (drip_body, {"response_timed_out"}),
    "a reset in the body": (reset_in_the_body, {"connection_closed"}),
    "a reset at once": (reset_at_once, {"connection_closed"}),
    "less than the length": (short_body, {"connection_closed", "malformed_response"}),
    "two lengths": (two_lengths, {"malformed_response"}),
    "endless headers": (endless_headers, {"malformed_response"}),
    "one endless header": (one_endless_header, {"malformed_response"}),
    "100 MB": (huge_body, {"response_too_large"}),
    "endless chunks": (endless_chunks, {"response_too_large"}),
    "a storm of 1xx": (interim_storm, {"malformed_response"}),
    "silence": (silence, TIMED_OUT),
    "no HTTP": (no_http, {"malformed_response"}),
}


@pytest.fixture
def raw() -> Iterator[Callable[[Script], RawReceiver]]:
    started: list[RawReceiver] = []

    def start(script: Script) -> RawReceiver:
        started.append(RawReceiver(script))
        return started[-1]

    yield start
    for receiver in started:
        receiver.close()


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(
        tmp_path_factory.mktemp("impatient"), "--dev", "--request-timeout", "1s", "--retry-schedule", "100ms"
    ).start()
    yield server
    assert server.stop() == 0, server.log[-2000:]


@pytest.mark.parametrize(("script", "codes"), CASES.values(), ids=CASES.keys())
def test_a_failure_has_a_name(
    impatient: Server, raw: Callable[[Script], RawReceiver], script: Script, codes: set[str]
) -> None:
    app = App.create(impatient.api())
    receiver = raw(script)
    app.endpoint(receiver.url("/hook"))
    attempts = app.settled(app.publish(), attempts=2)
    assert {attempt["failure"]["code"] for attempt in attempts} <= codes, attempts
    assert all(attempt["failure"]["detail"] for attempt in attempts)
    assert all(attempt["responseDurationMs"] < 5000 for attempt in attempts)
    assert attempts[-1]["nextAttempt"] is None
    # A connection on which that happened is not used for anything else.
    until(lambda: receiver.open == 0, "the connections are closed")
    assert receiver.connections == 2


def test_bad_receivers_leave_nothing_open(impatient: Server, raw: Callable[[Script], RawReceiver]) -> None:
    app = App.create(impatient.api())
    before = impatient.open_files
    receivers = [raw(script) for script, _ in CASES.values()]
    for receiver in receivers:
        app.endpoint(receiver.url("/hook"))
    messages = [app.publish({"n": number}) for number in range(5)]
    for message in messages:
        app.settled(message, attempts=2 * len(receivers))
    until(lambda: sum(receiver.open for receiver in receivers) == 0, "the connections are closed")
    # Some room for connections of the client's own.
    until(lambda: impatient.open_files <= before + 8, f"{before} files are open as before")


def test_a_loop_of_redirects_is_not_even_entered(impatient: Server, raw: Callable[[Script], RawReceiver]) -> None:
    def redirect(exchange: RawExchange) -> None:
        exchange.send(b"HTTP/1.1 302 Found\r\nlocation: /hook\r\ncontent-length: 0\r\n\r\n")

    app = App.create(impatient.api())
    receiver = raw(redirect)
    app.endpoint(receiver.url("/hook"))
    attempts = app.settled(app.publish(), attempts=2)
    assert [attempt["responseStatusCode"] for attempt in attempts] == [302, 302]
    assert receiver.requests == 2
