"""A receiver of webhooks on loopback that answers as it is told and remembers what came."""

import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .waiting import PATIENCE


@dataclass(frozen=True)
class Delivery:
    """One request as it arrived. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.time)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def attempt(self) -> int:
        return int(self.headers["webhook-attempt"])

    @property
    def sequence(self) -> int:
        return int(self.headers["webhook-sequence"])

    @property
    def timestamp(self) -> int:
        return int(self.headers["webhook-timestamp"])


# What a receiver does with one request.
Answer = Callable[["Exchange"], None]


class Receiver:
    """Answers 204 unless a path has a script. Everything that waits is let go by `close`."""

    def __init__(self, *, listening: bool = True, tls: ssl.SSLContext | None = None) -> None:
        self.deliveries: list[Delivery] = []
        # How many connections were ever made.
        self.connections = 0
        self._scheme = "https" if tls else "http"
        self._changed = threading.Condition()
        self._scripts: dict[str, deque[Answer]] = {}
        self._gates: list[threading.Event] = []
        self._sockets: set[socket.socket] = set()
        self.closing = self.gate()
        self._server = HTTPServer(self, tls)
        self._is_listening = False
        self.port: int = self._server.server_address[1]
        if listening:
            self.listen()

    def listen(self) -> None:
        """Before that, the port is taken and connections to it are refused."""
        self._server.server_activate()
        self._is_listening = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    def gate(self) -> threading.Event:
        gate = threading.Event()
        self._gates.append(gate)
        return gate

    def script(self, path: str, *answers: Answer) -> str:
        """One answer for each request to the path; the last one stands for all that follow. Returns the URL."""
        with self._changed:
            self._scripts[path] = deque(answers)
        return self.url(path)

    def to(self, path: str) -> list[Delivery]:
        with self._changed:
            return [delivery for delivery in self.deliveries if delivery.path == path]

    def wait_for(
        self, condition: Callable[[list[Delivery]], bool], path: str | None = None, patience: float = PATIENCE
    ) -> list[Delivery]:
        """What has arrived, as soon as it satisfies the condition."""

        def arrived() -> list[Delivery]:
            return [delivery for delivery in self.deliveries if path in (None, delivery.path)]

        with self._changed:
            satisfied = self._changed.wait_for(lambda: condition(arrived()), patience)
            assert satisfied, f"not within {patience:g} s; arrived: {len(self.deliveries)}, {self.deliveries[-5:]}"
            return arrived()

    def wait_for_count(self, count: int, path: str | None = None) -> list[Delivery]:
        """At least so many."""
        return self.wait_for(lambda deliveries: len(deliveries) >= count, path)

    def accept(self, delivery: Delivery) -> Answer:
        with self._changed:
            self.deliveries.append(delivery)
            self._changed.notify_all()
            script = self._scripts.get(delivery.path)
            if not script:
                return status(204)
            return script.popleft() if len(script) > 1 else script[0]

    def opened(self, connection: socket.socket) -> None:
        with self._changed:
            self.connections += 1
            self._sockets.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._changed:
            self._sockets.discard(connection)

    def close(self) -> None:
        for gate in self._gates:
            gate.set()
        if self._is_listening:
            self._server.shutdown()
        self._server.server_close()
        with self._changed:
            connections = list(self._sockets)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It was closed from the other side.


class Exchange(BaseHTTPRequestHandler):
    """One connection. An answer is a function of this."""

    protocol_version = "HTTP/1.1"
    server: "HTTPServer"
    # The request that is being answered.
    delivery: Delivery
    # A response in two small segments would wait for an acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.server.receiver.opened(self.request)

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            pass  # The server under test gave up on this response, as many tests want it to.
        finally:
            self.server.receiver.closed(self.request)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.delivery = Delivery(self.command, self.path, headers, body)
        answer = self.server.receiver.accept(self.delivery)
        try:
            answer(self)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    # Whatever arrives is recorded, so that a method nobody should use is seen.
    do_GET = do_HEAD = do_PUT = do_POST

    def begin(self, code: int, headers: dict[str, str], length: int) -> None:
        self.send_response_only(code)
        for name, value in ({"content-length": str(length)} | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (OSError, TypeError):
            self.close_connection = True  # The server under test closed the connection.

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, receiver: Receiver, tls: ssl.SSLContext | None) -> None:
        self.receiver = receiver
        self._tls = tls
        super().__init__(("127.0.0.1", 0), Exchange, bind_and_activate=False)
        self.server_bind()

    def finish_request(self, request: socket.socket, client_address: object) -> None:
        # Here, on the connection's own thread: a handshake that fails or hangs must not hold up the others.
        try:
            connection = self._tls.wrap_socket(request, server_side=True) if self._tls else request
        except OSError:
            return
        super().finish_request(connection, client_address)


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(exchange: Exchange) -> None:
        exchange.begin(code, {name.replace("_", "-"): value for name, value in headers.items()}, len(body))
        exchange.wfile.write(body)

    return answer


def after(gate: threading.Event, answer: Answer) -> Answer:
    """Nothing at all before the gate opens."""

    def wait(exchange: Exchange) -> None:
        gate.wait()
        answer(exchange)

    return wait


def drip(gate: threading.Event, every: float = 0.02) -> Answer:
    """A body that comes byte by byte, and would take hours."""

    def answer(exchange: Exchange) -> None:
        exchange.begin(200, {}, 1_000_000)
        while not gate.wait(every):
            exchange.wfile.write(b".")
            exchange.wfile.flush()

    return answer


def hang_up(exchange: Exchange) -> None:
    """The connection is closed without a response."""
    exchange.hang_up()


def and_hang_up(answer: Answer) -> Answer:
    """The connection is closed after the answer, which didn't say so."""

    def both(exchange: Exchange) -> None:
        answer(exchange)
        exchange.wfile.flush()
        exchange.hang_up()

    return both
