"""A receiver built with the kit, as a process that is killed and started again on the same file."""

import json
import os
import signal
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx

from .app import Endpoint
from .server import BINARY, ROOT, Server, free_port
from .waiting import PATIENCE, until

NAME = "receiver-program"
PROGRAM = BINARY.with_name(NAME) if BINARY.with_name(NAME).exists() else ROOT / ".build/debug" / NAME


@dataclass(frozen=True)
class Effect:
    id: str
    body: str
    # Seconds since 1970.
    at: int


class ReceiverProgram:
    def __init__(self, folder: Path, server: Server, endpoint: Endpoint, **settings: str) -> None:
        self.port = free_port()
        self.file = folder / "receiver.db"
        self.starts = 0
        self._output = folder / "receiver.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = settings | {
            "PORT": str(self.port),
            "FILE": str(self.file),
            "FEED": f"{server.url}/api/v1{endpoint.path}/feed",
            "TOKEN": server.token,
            "SECRET": endpoint.secret,
        }

    @property
    def log(self) -> str:
        return self._output.read_text(errors="replace")

    def start(self) -> "ReceiverProgram":
        settings = {f"RECEIVER_{name}": value for name, value in self._settings.items()}
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [PROGRAM], env=os.environ | settings, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        self.starts += 1
        until(self._answers, "the receiver answers")
        return self

    def _answers(self) -> bool:
        assert self._process.poll() is None, f"the receiver ended: {self.log[-2000:]}"
        return self.standing() is not None

    def standing(self) -> dict[str, int] | None:
        """Its place in the feed; None while it doesn't answer."""
        try:
            answer = httpx.Client(trust_env=False, timeout=5).get(f"http://127.0.0.1:{self.port}/standing")
            return json.loads(answer.content) if answer.status_code == 200 else None
        except httpx.TransportError:
            return None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def wait_until_complete(self, head: int, patience: float = PATIENCE, scheduled: int = 0) -> None:
        """Until it has everything up to a number but what is scheduled for later, and says so itself."""
        complete = {"cursor": head, "head": head, "missing": 0, "scheduled": scheduled}
        until(lambda: self.standing() == complete, f"the receiver has all {head}", patience)

    def effects(self) -> list[Effect]:
        """In the order in which they happened. Only while it doesn't run."""
        with sqlite3.connect(self.file) as file:
            return [Effect(*row) for row in file.execute("SELECT id, body, at FROM effects ORDER BY number")]
