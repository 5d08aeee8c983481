"""Commands that run on, watched line by line."""

import os
import pty
import queue
import signal
import subprocess
import threading
from pathlib import Path

from .server import BINARY, environment
from .waiting import PATIENCE


class Command:
    """Its stdout and stderr as lines; with `terminal`, both and stdin are one."""

    def __init__(self, *arguments: str, folder: Path, terminal: bool = False, **settings: str) -> None:
        self.output: queue.Queue[str] = queue.Queue()
        self.errors: queue.Queue[str] = queue.Queue()
        command = [str(BINARY), *arguments]
        if terminal:
            self._terminal, inner = pty.openpty()
            self._process = subprocess.Popen(
                command, cwd=folder, env=environment(**settings), stdin=inner, stdout=inner, stderr=inner, start_new_session=True
            )
            os.close(inner)
            self._read(os.fdopen(os.dup(self._terminal), "rb"), self.output)
        else:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment(**settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            self._read(self._process.stdout, self.output)
            self._read(self._process.stderr, self.errors)

    @staticmethod
    def _read(stream, lines: "queue.Queue[str]") -> None:
        def run() -> None:
            try:
                for line in stream:
                    lines.put(line.decode().rstrip("\r\n"))
            except OSError:
                pass  # So a terminal ends.

        threading.Thread(target=run, daemon=True).start()

    def line(self) -> str:
        return self.output.get(timeout=PATIENCE)

    def line_with(self, text: str) -> str:
        while text not in (line := self.line()):
            pass
        return line

    def error_with(self, text: str) -> str:
        while text not in (line := self.errors.get(timeout=PATIENCE)):
            pass
        return line

    def press(self, key: str) -> None:
        os.write(self._terminal, key.encode())

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def exit_code(self) -> int:
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
