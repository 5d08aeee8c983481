"""A proxy that does to webhooks what networks do, and worse."""

import http.client
import random
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HostileProxy:
    """Of the requests it swallows 5 % with 200, delivers 5 % twice, drops 4 % before or after the receiver had them, and holds 5 %
    back until others have passed, or for a moment when there are none."""

    def __init__(self, port: int, seed: int = 0, always: str | None = None) -> None:
        """`always`: the fate of every request."""
        self.fates: Counter[str] = Counter()
        self.forwarded = 0
        self.changed = threading.Condition()
        self._target = port
        self._always = always
        self._random = random.Random(seed)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = proxy.deliver(self.path, dict(self.headers.items()), body)
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        class Listener(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # The sender hung up; so did we.

        self._server = Listener(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for_forwarded(self, count: int, patience: float) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.forwarded >= count, patience), (self.forwarded, self.fates)

    def deliver(self, path: str, headers: dict[str, str], body: bytes) -> int | None:
        """The answer's status; None: no answer."""
        fate = self._fate()
        if fate == "swallow":
            return 200
        if fate == "drop before":
            return None
        if fate == "hold":
            with self.changed:
                seen = self.forwarded
                self.changed.wait_for(lambda: self.forwarded >= seen + 3, 0.2)
        status = self._forward(path, headers, body)
        if fate == "twice":
            twins = [threading.Thread(target=self._forward, args=(path, headers, body)) for _ in range(2)]
            for twin in twins:
                twin.start()
            for twin in twins:
                twin.join()
        return None if fate == "drop after" else status

    def _fate(self) -> str:
        with self.changed:
            number = self._random.randrange(100)
            fate = self._always or (
                "swallow" if number < 5
                else "twice" if number < 10
                else "hold" if number < 15
                else "drop before" if number < 17
                else "drop after" if number < 19
                else "pass"
            )  # fmt: skip
            self.fates[fate] += 1
            return fate

    def _forward(self, path: str, headers: dict[str, str], body: bytes) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._target, timeout=30)
        try:
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            status = 502
        finally:
            connection.close()
        with self.changed:
            self.forwarded += 1
            self.changed.notify_all()
        return status
