"""A receiver whose bytes the test chooses itself: for answers that no HTTP library would give."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator

from .waiting import PATIENCE

# What happens on a connection after a request has been read from it. It ends by returning or with an error of the socket.
Script = Callable[["RawExchange"], None]


class RawExchange:
    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._connection = connection
        # Set when the test is over: a script that goes on for ever looks at it.
        self.closing = closing

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def flood(self, piece: bytes, bytes_max: int) -> int:
        """The same again and again. How many bytes went out before the other side had enough."""
        sent = 0
        while sent < bytes_max and not self.closing.is_set():
            self.send(piece)
            sent += len(piece)
        return sent

    def drip(self, data: bytes, every: float) -> None:
        for index in range(len(data)):
            if self.closing.wait(every):
                return
            self.send(data[index : index + 1])

    def reset(self) -> None:
        """The connection ends with RST, not with FIN."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def wait_for_end(self) -> None:
        """Says nothing until the other side has closed."""
        try:
            while self._connection.recv(65_536):
                pass
        except OSError:
            pass  # An end, too.


class RawReceiver:
    def __init__(self, script: Script) -> None:
        self.requests = 0
        self.connections = 0
        self._script = script
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def open(self) -> int:
        """Connections that neither side has closed."""
        with self._changed:
            return len(self._open)

    def close(self) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._changed:
            still_open = list(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It was closed meanwhile.

    def _accept(self) -> None:
        for connection in self._arrivals():
            with self._changed:
                self.connections += 1
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _arrivals(self) -> Iterator[socket.socket]:
        while True:
            try:
                yield self._listener.accept()[0]
            except OSError:
                return  # The listener was closed.

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(4 * PATIENCE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self._read_request(connection):
                with self._changed:
                    self.requests += 1
                self._script(RawExchange(connection, self._closing))
        except OSError:
            pass  # The server under test had enough, as most tests want it to.
        finally:
            connection.close()
            with self._changed:
                self._open.discard(connection)

    @staticmethod
    def _read_request(connection: socket.socket) -> bool:
        received = b""
        while b"\r\n\r\n" not in received:
            data = connection.recv(65_536)
            if not data:
                return False
            received += data
        head, body = received.split(b"\r\n\r\n", 1)
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        missing = int(fields.get(b"content-length", b"0")) - len(body)
        while missing > 0:
            data = connection.recv(65_536)
            if not data:
                return False
            missing -= len(data)
        return True
