"""Publishers that don't give up: they send an event again, with the same key, until the server has accepted it."""

import threading
import time
from collections.abc import Iterator

import httpx

from .app import App
from .server import Server
from .waiting import PATIENCE


class Load:
    """Numbered events from several threads. What was answered with 202 is in `accepted`, by message."""

    def __init__(self, server: Server, app: App, events: int, publishers: int = 6, *, may_refuse: bool = False) -> None:
        """`may_refuse`: the server may answer 503; then the event is sent again."""
        self.accepted: dict[str, int] = {}
        # Answers with 503.
        self.refused = 0
        self.failure: BaseException | None = None
        self._server = server
        self._app = app.id
        self._may_refuse = may_refuse
        self._numbers: Iterator[int] = iter(range(events))
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(publishers)]
        for thread in self._threads:
            thread.start()

    def wait_for_accepted(self, count: int) -> None:
        with self._changed:
            done = self._changed.wait_for(lambda: self.failure or len(self.accepted) >= count, 2 * PATIENCE)
            assert done and not self.failure, (len(self.accepted), self.failure)

    def finish(self, patience: float = 2 * PATIENCE) -> dict[str, int]:
        for thread in self._threads:
            thread.join(patience)
            assert not thread.is_alive(), "the publishers did not come to an end"
        assert self.failure is None, self.failure
        return self.accepted

    def _run(self) -> None:
        try:
            app = App(self._server.api(may_refuse=self._may_refuse), self._app)
            while (number := self._next()) is not None:
                message = self._publish(app, number)
                with self._changed:
                    self.accepted[message] = number
                    self._changed.notify_all()
        except BaseException as failure:
            with self._changed:
                self.failure = failure
                self._changed.notify_all()

    def _next(self) -> int | None:
        with self._changed:
            return next(self._numbers, None)

    def _publish(self, app: App, number: int) -> str:
        event = {"eventType": "load.event", "payload": {"number": number}}
        for _ in range(100):
            try:
                answer = app.send(event, idempotency_key=f"event-{number}")
            except httpx.TransportError:
                assert self._server.ready.wait(PATIENCE), "the server did not come back"
                continue
            if answer.status_code == 503 and self._may_refuse:
                assert 1 <= int(answer.headers["retry-after"]) <= 5
                self.refused += 1
                time.sleep(0.1)
                continue
            assert answer.status_code == 202, answer.text
            return answer.json()["id"]
        raise AssertionError(f"event {number} was not accepted in 100 tries")
