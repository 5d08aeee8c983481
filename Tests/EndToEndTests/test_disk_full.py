"""A full disk: publishes are refused, what was accepted is delivered, and it goes on when there is room again."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.app import App
from harness.receiver import Receiver, after, status
from harness.server import Server, environment
from harness.waiting import PATIENCE, until

# A file system of its own for the store, which nobody outside sees and which ends with the shell. The rest is orders on stdin.
SCRIPT = """
disk=$1; shift
mount -t tmpfs -o size=6m,mode=700 godwit-e2e "$disk" || exit 70
head -c 3000000 /dev/zero > "$disk/ballast"
while read -r order; do
    case $order in
    start) "$@" & server=$! ;;
    room) rm "$disk/ballast" ;;
    kill) kill -KILL $server; wait $server; echo killed ;;
    stop) kill -TERM $server; wait $server; exit $? ;;
    esac
done
kill -KILL $server
"""
EVENT = {"eventType": "a", "payload": {"text": "x" * 20_000}}


class ServerOnASmallDisk(Server):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "--dev", "--retry-schedule", "200ms,200ms", GODWIT_JWT_SECRET="kept-outside-of-the-disk")
        disk = folder / "disk"
        disk.mkdir()
        self.store = f"sqlite:{disk}/godwit.db"
        with (folder / "stderr.log").open("ab") as errors:
            self._process = subprocess.Popen(
                ["unshare", *new_namespace(), "sh", "-c", SCRIPT, "sh", str(disk), *self.command],
                cwd=folder,
                env=environment(**self.settings),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def start(self) -> "ServerOnASmallDisk":
        self._order("start")
        until(self.is_healthy, "the server answers")
        return self

    def make_room(self) -> None:
        self._order("room")

    def kill(self) -> None:
        self._order("kill")
        for line in self._process.stdout:
            if line == "killed\n":
                return

    def stop(self) -> int:
        self._order("stop")
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(PATIENCE)

    def _order(self, order: str) -> None:
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerOnASmallDisk]:
    server = ServerOnASmallDisk(tmp_path)
    yield server
    server.close()


def fill(app: App) -> list[str]:
    """Publishes until the disk is full. Returns what was accepted."""
    accepted: list[str] = []
    while (answer := app.send(EVENT)).status_code == 202:
        accepted.append(answer.json()["id"])
        assert len(accepted) < 400, "the disk does not get full"
    assert accepted
    assert (answer.status_code, answer.json()["code"]) == (503, "storage_full")
    assert int(answer.headers["retry-after"]) >= 1
    # A checkpoint of the log may make room for a few more; then it is full again.
    while (answer := app.send(EVENT)).status_code == 202:
        accepted.append(answer.json()["id"])
        assert len(accepted) < 400, "the disk does not stay full"
    assert answer.status_code == 503
    return accepted


def accepted_again(app: App) -> str:
    def publish() -> str | None:
        answer = app.send(EVENT)
        return answer.json()["id"] if answer.status_code == 202 else None

    return until(publish, "it accepts events again")


def test_nothing_that_was_accepted_is_lost(server: ServerOnASmallDisk, receiver: Receiver) -> None:
    app = App.create(server.start().api(may_refuse=True))
    endpoint = app.endpoint(receiver.url("/hook"))
    accepted = fill(app)
    # It still answers what needs no room.
    assert server.answers()
    assert app.api.get(app.path).status_code == 200
    receiver.wait_for(lambda deliveries: set(accepted) <= {delivery.id for delivery in deliveries})

    server.make_room()
    accepted.append(accepted_again(app))
    deliveries = receiver.wait_for(lambda deliveries: set(accepted) <= {delivery.id for delivery in deliveries})
    endpoint.verify(*deliveries)
    # What was refused was not stored, nor delivered.
    assert {message["id"] for message in app.messages()} == set(accepted) == {delivery.id for delivery in deliveries}
    assert {delivery.sequence for delivery in deliveries} == set(range(1, len(accepted) + 1))
    # The outcomes that could not be written are written now.
    until(lambda: all(app.attempts(message) for message in accepted), "every outcome is recorded")
    assert {attempt["status"] for attempt in endpoint.attempts()} == {0}
    assert server.stop() == 0, server.log[-2000:]


def test_nothing_is_lost_when_it_is_killed_then(server: ServerOnASmallDisk, receiver: Receiver) -> None:
    app = App.create(server.start().api(may_refuse=True))
    endpoint = app.endpoint(receiver.script("/hook", after(receiver.gate(), status(204))))
    accepted = fill(app)
    server.kill()
    receiver.script("/hook", status(204))
    server.make_room()
    server.start()

    app = App(server.api(may_refuse=True), app.id)
    accepted.append(accepted_again(app))
    deliveries = receiver.wait_for(lambda deliveries: {delivery.id for delivery in deliveries} >= set(accepted))
    endpoint.verify(*deliveries)
    for message in accepted:
        assert [attempt["status"] for attempt in app.settled(message, attempts=1)] == [0]
    assert {message["id"] for message in app.messages()} == set(accepted)
    assert server.stop() == 0, server.log[-2000:]


def new_namespace() -> list[str]:
    """What this user may have. There is no skipping: the promise is one of the product."""
    for flags in (["-m"], ["-U", "-r", "-m"]):
        if subprocess.run(["unshare", *flags, "true"], capture_output=True).returncode == 0:
            return flags
    pytest.fail("this kernel gives no mount namespace (unshare -m), which the small disk of this test needs")
