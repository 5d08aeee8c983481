"""The programs of Examples/: real receivers, as a reader would run them."""

import os
import socket
import subprocess
import tempfile
import threading
from collections import Counter
from pathlib import Path

import httpx

from .receiver import Exchange, Receiver, status
from .server import ROOT, free_port
from .waiting import PATIENCE, until

EXAMPLES = ROOT / "Examples"
# `swift build` makes them; they stand beside the debug build of the server.
BUILT = ROOT / ".build/debug"
PYTHON = ROOT / ".build/python/bin/python"

SWIFT = {"hummingbird": "HummingbirdReceiver", "nio": "NIOReceiver", "toss": "TossPaymentsReceiver"}


def command(name: str) -> list[str]:
    if name == "python":
        return [str(PYTHON), str(EXAMPLES / "python/receiver.py")]
    binary = BUILT / SWIFT[name]
    assert binary.exists(), f"there is no {binary}: run `swift build` first"
    return [str(binary)]


def environment(**settings: str) -> dict[str, str]:
    """Only what a shell gives to any program, and these."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ} | settings


def ended(name: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """One that is expected to end by itself."""
    return subprocess.run(
        command(name), cwd=folder, env=environment(**settings), capture_output=True, text=True, timeout=PATIENCE
    )


class Example:
    """A receiver in a folder of its own. It can be started again, with other settings, on the same port and files."""

    def __init__(self, name: str, folder: Path, path: str = "/webhooks") -> None:
        self.name = name
        self.folder = folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.url = self.base + path
        self.lines: list[str] = []
        self._process: subprocess.Popen[str] | None = None

    def start(self, **settings: str) -> "Example":
        with (self.folder / "stderr.log").open("ab") as errors:
            self._process = subprocess.Popen(
                command(self.name),
                cwd=self.folder,
                env=environment(PORT=str(self.port), **settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        until(self._listens, f"{self.name} listens")
        return self

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        for line in process.stdout:
            self.lines.append(line.rstrip("\n"))

    def _listens(self) -> bool:
        assert self._process and self._process.poll() is None, (self.folder / "stderr.log").read_text()[-2000:]
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0

    def get(self, path: str) -> str:
        answer = httpx.get(self.base + path, trust_env=False, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.text.strip()

    def effects(self, id: str) -> int:
        """How many effects a webhook had."""
        if self.name == "nio":
            return sum(line.split(" ")[0] == id for line in self.lines)
        return int(self.get(f"/effects/{id}"))

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def stop(self) -> int:
        """As an operator would. What it printed is complete then."""
        assert self._process
        self._process.terminate()
        code = self._process.wait(PATIENCE)
        self._reader.join()
        return code

    def close(self) -> None:
        if self._process and self._process.poll() is None:
            self.kill()


class ShellExample:
    """Examples/shell/verify.sh behind a server, which a shell hasn't."""

    name = "shell"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counted: Counter[str] = Counter()
        self.receiver = Receiver()
        self.url = self.receiver.url("/webhooks")
        self._lock = threading.Lock()

    def start(self, **settings: str) -> "ShellExample":
        self._settings = environment(SEEN=str(self.folder / "seen"), **settings)
        self.receiver.script("/webhooks", self._answer)
        return self

    def _answer(self, exchange: Exchange) -> None:
        if exchange.command != "POST":
            return status(405)(exchange)
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            headers, body = Path(name, "headers"), Path(name, "body")
            headers.write_text("".join(f"{name}: {value}\n" for name, value in exchange.headers.items()))
            body.write_bytes(exchange.delivery.body)
            done = subprocess.run(
                [EXAMPLES / "shell/verify.sh", headers, body], env=self._settings, capture_output=True, text=True
            )
        said, _, id = done.stdout.strip().partition(" ")
        with self._lock:
            if said == "verified":
                self.counted[id] += 1
        assert done.returncode in (0, 1), done.stderr
        status(200 if done.returncode == 0 else 401)(exchange)

    def effects(self, id: str) -> int:
        with self._lock:
            return self.counted[id]

    def close(self) -> None:
        self.receiver.close()
