"""Publishers for very many events in a strict order: several requests on their way over one connection."""

import threading
from collections.abc import Iterator, Sequence

from .server import Server
from .waiting import PATIENCE
from .wire import Wire, request

# How many publishes one connection has on their way.
WINDOW = 50


class Pipeline:
    """One connection for each list of events. Each list is accepted in its order, however often the server is killed: what has no
    answer is sent again in the same order under the same idempotency keys, and a server accepts a connection's requests in order."""

    def __init__(self, server: Server, path: str, lists: Sequence[Sequence[tuple[str, bytes]]]) -> None:
        """`lists`: of idempotency keys and bodies."""
        self.accepted = 0
        self.failure: BaseException | None = None
        self._server = server
        self._path = path
        self._token = server.token
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._run, args=(events,), daemon=True) for events in lists]
        for thread in self._threads:
            thread.start()

    def wait_for_accepted(self, count: int, patience: float = 4 * PATIENCE) -> None:
        with self._changed:
            done = self._changed.wait_for(lambda: self.failure or self.accepted >= count, patience)
        assert done and not self.failure, (self.accepted, self.failure)

    def finish(self, patience: float = 4 * PATIENCE) -> None:
        for thread in self._threads:
            thread.join(patience)
            assert not thread.is_alive(), f"the publishers did not come to an end; accepted: {self.accepted}"
        assert self.failure is None, self.failure

    def _run(self, events: Sequence[tuple[str, bytes]]) -> None:
        try:
            sent = 0
            while sent < len(events):
                for count in self._publish(events[sent:]):
                    sent += count
                    with self._changed:
                        self.accepted += count
                        self._changed.notify_all()
        except BaseException as failure:
            with self._changed:
                self.failure = failure
                self._changed.notify_all()

    def _publish(self, events: Sequence[tuple[str, bytes]]) -> Iterator[int]:
        """How many more were accepted, each time; ends with the connection."""
        assert self._server.ready.wait(PATIENCE), "the server did not come back"
        answered = 0
        try:
            with Wire(self._server.port) as wire:
                for start in range(0, len(events), WINDOW):
                    window = events[start : start + WINDOW]
                    answered = 0
                    wire.send(b"".join(self._request(key, body) for key, body in window))
                    for _ in window:
                        answer = wire.answer()
                        assert answer.status == 202, (answer.status, answer.content)
                        answered += 1
                    count, answered = answered, 0
                    yield count
        except OSError:
            pass  # The server was killed.
        if answered:
            yield answered

    def _request(self, key: str, body: bytes) -> bytes:
        return request("POST", self._path, self._token, body, content_type="application/json", idempotency_key=key)
