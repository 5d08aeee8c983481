"""A database whose disk is slow, or full."""

import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.app import App
from harness.database import Cluster
from harness.mixed import Mixed
from harness.receiver import Receiver
from harness.server import Server
from harness.shims import compiled
from harness.waiting import until

# Milliseconds for which each of the disk's writes takes longer, and seconds of that.
SLOW = 300
SPAN = 3.0
# Publishes are answered after the commit that is under way and their own; each makes two waits for the disk at most.
ANSWERED = 4 * SLOW / 1000 + 2.0
# Bytes that a node's memory may grow by meanwhile.
GROWTH = 100 << 20
# Bytes of the small disk, and of what lies around on it.
DISK = 20 << 20
BALLAST = 6 << 20


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that the database's user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="godwit-disk-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def memory(node: Server) -> int:
    return int(Path(f"/proc/{node.number}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_slow_disk_makes_commits_larger_and_nothing_fail(serve: Callable[..., Server], shared: Path) -> None:
    speed = shared / "milliseconds"
    speed.write_text("0")
    shim = compiled("slow_disk", shared)
    cluster = Cluster(inside=["env", f"LD_PRELOAD={shim}", f"SLOW_DISK={speed}"]).start()
    try:
        node = serve("--dev", store=cluster.address(cluster.database()))
        mixed = Mixed([node], publishers=5, pause=0.01)
        try:
            mixed.begin()
            until(lambda: mixed.count >= 100, "there is a load")
            speed.write_text(str(SLOW))
            before, begin, used = mixed.count, time.monotonic(), memory(node)
            until(lambda: time.monotonic() >= begin + SPAN, "it was slow for long enough")
            accepted, grown = mixed.count - before, memory(node) - used
            speed.write_text("0")
            mixed.finish()
            mixed.verify()
        finally:
            mixed.close()
        assert not mixed.refusals, mixed.refusals
        assert mixed.slowest < ANSWERED
        assert grown < GROWTH
        # One after the other they would be fewer than this.
        assert accepted > 2 * SPAN * 1000 / SLOW, accepted
        assert "could not be stored" not in node.log and "could not be renewed" not in node.log
        print(f"{accepted} accepted in {SPAN:g} s of {SLOW} ms for each write; slowest 202: {mixed.slowest:.2f} s; {grown >> 10} KiB")
    finally:
        cluster.close()


def test_a_full_disk_refuses_and_loses_nothing(serve: Callable[..., Server], shared: Path, receiver: Receiver) -> None:
    disk = shared / "disk"
    disk.mkdir()
    owner = pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
    mount = f"mount -t tmpfs -o size={DISK},mode=700,uid={owner.pw_uid} godwit-e2e {disk} && exec \"$@\""
    # Seen by the database alone, and gone with it.
    cluster = Cluster("fsync=off", "autovacuum=off", inside=["unshare", "-m", "sh", "-c", mount, "sh"]).start()
    try:
        cluster.query(f"CREATE TABLESPACE small LOCATION '{disk}'")
        cluster.query("CREATE DATABASE small TABLESPACE small")
        cluster.query(f"COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; head -c {BALLAST} /dev/zero > {disk}/ballast'")
        node = serve("--dev", "--retry-schedule", "200ms,200ms", store=cluster.address("small"))
        app = App.create(node.api(may_refuse=True))
        endpoint = app.endpoint(receiver.url("/hook"))
        accepted: list[str] = []

        def publish() -> str | None:
            # Nothing that could be compressed.
            event = {"eventType": "a", "payload": {"text": os.urandom(30_000).hex()}}
            answer = app.send(event)
            if answer.status_code == 202:
                accepted.append(answer.json()["id"])
                return accepted[-1]
            assert (answer.status_code, answer.json()["code"]) == (503, "storage_full"), answer.text
            assert int(answer.headers["retry-after"]) >= 1
            return None

        until(lambda: publish() is None, "the disk is full")
        assert accepted and app.api.get(app.path).status_code == 200 and node.answers()
        receiver.wait_for(lambda deliveries: {delivery.id for delivery in deliveries} >= set(accepted))
        cluster.query(f"COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; rm {disk}/ballast'")
        until(publish, "it accepts again by itself")
        deliveries = receiver.wait_for(lambda deliveries: {delivery.id for delivery in deliveries} >= set(accepted))
        assert {message["id"] for message in app.messages()} == set(accepted) == {delivery.id for delivery in deliveries}
        numbered = {(delivery.sequence, delivery.id) for delivery in deliveries}
        assert sorted(sequence for sequence, _ in numbered) == list(range(1, len(accepted) + 1))
        until(lambda: len(endpoint.attempts()) >= len(accepted), "the outcomes that found no room are written")
        assert node.stop() == 0, node.log[-2000:]
        print(f"{len(accepted)} accepted, {len(deliveries) - len(accepted)} twice")
    finally:
        cluster.close()
