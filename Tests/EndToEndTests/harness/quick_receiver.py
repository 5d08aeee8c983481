"""A receiver for very many deliveries: one thread, no library, nothing kept but what the test keeps itself."""

import asyncio
import re
import threading
from collections.abc import Callable

from .waiting import PATIENCE

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
FAILURE = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"

# Head and body of a request; the answer's bytes, or nothing to hang up without one. It must not wait.
Answer = Callable[[bytes, bytes], bytes | None]

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class QuickReceiver:
    def __init__(self, answer: Answer, host: str = "127.0.0.1") -> None:
        self.answer = answer
        self._host = host
        # What the answer function raised: it is the test's own error, and ends the waiting.
        self.failure: BaseException | None = None
        self.changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._listener = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(PATIENCE)
        self.port: int = self._listener.sockets[0].getsockname()[1]

    def url(self, path: str = "/") -> str:
        return f"http://{self._host}:{self.port}{path}"

    def wait_for(self, condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        """Looks again whenever something has arrived."""
        with self.changed:
            satisfied = self.changed.wait_for(lambda: self.failure or condition(), patience)
        assert self.failure is None, self.failure
        assert satisfied, f"{what}: not within {patience:g} s"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._listener.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: Connection(self), self._host, 0, backlog=1024)


class Connection(asyncio.Protocol):
    def __init__(self, receiver: QuickReceiver) -> None:
        self._receiver = receiver
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            while self._answer_first():
                pass
        except BaseException as failure:
            self._receiver.failure = failure
            self._transport.abort()
        with self._receiver.changed:
            self._receiver.changed.notify_all()

    def _answer_first(self) -> bool:
        """Whether there was a whole request."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self._received[:end]
        length = LENGTH.search(head)
        total = end + 4 + (int(length[1]) if length else 0)
        if len(self._received) < total:
            return False
        body = self._received[end + 4 : total]
        self._received = self._received[total:]
        answer = self._receiver.answer(head, body)
        if answer is None:
            self._transport.abort()
            return False
        self._transport.write(answer)
        return True
