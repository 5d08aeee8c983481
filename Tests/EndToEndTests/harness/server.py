"""The binary under test, as a process with a store of its own."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from random import SystemRandom

import httpx

from .api import API
from .waiting import PATIENCE, until

ROOT = Path(__file__).resolve().parents[3]
# Not a GODWIT_ name: the server refuses those that it doesn't know.
BINARY = Path(os.environ.get("E2E_BINARY", ROOT / ".build/debug/godwit"))


def environment(**settings: str) -> dict[str, str]:
    """That of the tests, without any setting of a server that may be running here, and with these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GODWIT_")}
    return inherited | settings


def free_port() -> int:
    """Below the ports that the system hands out itself, so that nobody else gets it while a server restarts."""
    while True:
        port = SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def run(
    *arguments: str | Path, folder: Path, patience: float = PATIENCE, inside: Sequence[str] = (), **settings: str
) -> subprocess.CompletedProcess[str]:
    """One command, to its end. `inside`: the program, with arguments, that starts it."""
    return subprocess.run(
        [*inside, BINARY, *map(str, arguments)],
        cwd=folder,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patience,
    )


class Server:
    """`godwit serve` in a folder of its own. It can be started again on the same store and port."""

    def __init__(
        self, folder: Path, *flags: str, port: int | None = None, store: str | None = None, **settings: str
    ) -> None:
        self.folder = folder
        self.flags = flags
        self.settings = settings
        self.port = port or free_port()
        self.store = store or f"sqlite:{folder}/godwit.db"
        # Where it is reached, and the program, with arguments, that starts it.
        self.address = "127.0.0.1"
        self.inside: Sequence[str] = ()
        # Set while it answers.
        self.ready = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._token: str | None = None

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    @property
    def command(self) -> list[str]:
        return [*self.inside, str(BINARY), "serve", "--store", self.store, "--port", str(self.port), *self.flags]

    @property
    def log(self) -> str:
        """All that it wrote to stderr, over all its lives."""
        return (self.folder / "stderr.log").read_text(errors="replace")

    def start(self) -> "Server":
        with (self.folder / "stderr.log").open("ab") as errors, (self.folder / "stdout.log").open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=environment(**self.settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
            )
        until(self.is_healthy, "the server answers")
        self.ready.set()
        return self

    def is_healthy(self) -> bool:
        assert self._process is None or self._process.poll() is None, f"the server ended: {self.log[-2000:]}"
        return self.answers()

    def answers(self) -> bool:
        """Whether a new connection gets a healthy answer."""
        try:
            return httpx.get(f"{self.url}/api/v1/health", trust_env=False, timeout=5).status_code == 204
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """As the kernel would: without a chance to write anything."""
        self.ready.clear()
        self._process.kill()
        self._process.wait()

    @property
    def number(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def open_files(self) -> int:
        """Files and sockets of the process."""
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))

    def ask_to_stop(self) -> None:
        self.ready.clear()
        self._process.send_signal(signal.SIGTERM)

    def exit_code(self, patience: float = PATIENCE) -> int:
        return self._process.wait(patience)

    def stop(self) -> int:
        self.ask_to_stop()
        return self.exit_code()

    def close(self) -> None:
        """Whatever state it is in."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def attempt(self) -> str:
        """Started where it can't: what it says, on one line."""
        ended = run(*self.command[1:], folder=self.folder, **self.settings)
        assert ended.returncode == 1, (ended.returncode, ended.stderr)
        assert ended.stderr.startswith("godwit: ") and ended.stderr.count("\n") == 1, ended.stderr
        return ended.stderr

    def make_token(self, *flags: str) -> str:
        made = run("token", "--store", self.store, *flags, folder=self.folder, inside=self.inside, **self.settings)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    @property
    def token(self) -> str:
        """For everything in the standard organization."""
        if self._token is None:
            self._token = self.make_token()
        return self._token

    def api(self, token: str | None = None, **options: bool) -> API:
        return API(self.url, token or self.token, **options)
