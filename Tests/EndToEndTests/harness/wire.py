"""A connection whose bytes the test chooses itself."""

import json
import socket
from dataclasses import dataclass
from typing import Any

from .api import check_answer
from .waiting import PATIENCE


@dataclass(frozen=True)
class WireAnswer:
    status: int
    headers: dict[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class Wire:
    """One TCP connection to the server under test."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def dribble(self, data: bytes) -> None:
        """Each byte in a segment of its own."""
        for index in range(len(data)):
            self._socket.sendall(data[index : index + 1])

    def end(self) -> None:
        """Nothing more will be sent."""
        self._socket.shutdown(socket.SHUT_WR)

    def head(self) -> tuple[int, dict[str, str]]:
        """The next status and headers, be they interim ones."""
        while b"\r\n\r\n" not in self._received:
            self._read()
        head, self._received = self._received.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = (line.split(":", 1) for line in lines)
        return int(first.split(" ")[1]), {name.lower(): value.strip() for name, value in fields}

    def answer(self) -> WireAnswer:
        """The next whole answer, which keeps every answer's promises."""
        status, headers = self.head()
        length = int(headers.get("content-length", 0))
        while len(self._received) < length:
            self._read()
        content, self._received = self._received[:length], self._received[length:]
        answer = WireAnswer(status, headers, content)
        check_answer(status, headers.get("content-type"), answer)
        return answer

    def is_closed(self) -> bool:
        """Waits for the end of what the server sends; anything further than that is not an end."""
        try:
            return self._received == b"" and self._socket.recv(1) == b""
        except ConnectionError:
            return True

    def rest(self) -> bytes:
        """Everything up to the end of the connection, which the server has to bring about."""
        try:
            while data := self._socket.recv(65_536):
                self._received += data
        except ConnectionError:
            pass  # An end, too.
        return self._received

    def _read(self) -> None:
        data = self._socket.recv(65_536)
        if not data:
            raise ConnectionError(f"the server closed the connection; so far: {self._received!r}")
        self._received += data


def request(method: str, path: str, token: str, body: bytes = b"", **headers: str) -> bytes:
    """A request with its length; another framing is said by the headers."""
    lines = [f"{method} /api/v1{path} HTTP/1.1", "host: localhost", f"authorization: Bearer {token}"]
    if "transfer_encoding" not in headers:
        lines.append(f"content-length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunks(*parts: bytes) -> bytes:
    """A body in chunked coding."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part) + b"0\r\n\r\n"
