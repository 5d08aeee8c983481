"""Nodes whose clocks are wrong, each in another way: it shows nowhere, because the database's clock is the one that counts."""

import struct
import tempfile
import time
from pathlib import Path

import pytest

from harness.app import App
from harness.database import Cluster
from harness.mixed import POLICIES, Mixed
from harness.nodes import Nodes
from harness.receiver import Receiver, status
from harness.server import Server
from harness.shims import compiled
from harness.waiting import until

WRONG = 90
TAKEN_OVER = 15.0
RENEWAL = 2.0
# Seconds by which a time may differ: one is the resolution of `webhook-timestamp`, and the machine is busy.
CLOSE = 3.0


class Clock:
    """What a node takes for the time of day; it may be put on or back while the node runs."""

    def __init__(self, folder: Path, name: str, seconds: int) -> None:
        self._file = folder / f"clock-{name}"
        self._file.write_bytes(struct.pack("=q", 0))
        self.put(seconds)
        self.settings = {"LD_PRELOAD": str(compiled("wrong_clock", folder)), "WRONG_CLOCK": str(self._file)}

    def put(self, seconds: int) -> None:
        """By so much from what it really is."""
        with self._file.open("r+b", buffering=0) as file:
            file.write(struct.pack("=q", 1000 * seconds))


@pytest.fixture
def steps(tmp_path: Path) -> Clock:
    return Clock(tmp_path, "stepping", 0)


@pytest.fixture
def nodes(cluster: Nodes, tmp_path: Path, steps: Clock) -> list[Server]:
    """One is right, one fast, one slow; and one steps."""
    nodes = [cluster.node()]
    for clock in (Clock(tmp_path, "fast", WRONG), Clock(tmp_path, "slow", -WRONG), steps):
        nodes.append(cluster.node(**clock.settings))
    return nodes


@pytest.mark.timeout(240)
def test_clocks_that_differ_and_step_show_nowhere(
    cluster: Nodes, nodes: list[Server], steps: Clock, receiver: Receiver
) -> None:
    right, fast, slow, stepping = nodes
    for node in (fast, slow):
        assert "this machine's clock is not the database's" in node.log
    assert "this machine's clock" not in right.log + stepping.log

    # Retries are due when they are due, whichever node made them so.
    retried = App.create(right.api())
    failing = retried.endpoint(receiver.script("/retried", status(500)))
    failing.set_policy(retry={"schedule": ["2s"], "jitter": 0, "maxAge": None})
    until(lambda: all(node.api().get(failing.path).status_code == 200 for node in nodes), "all know of it")
    messages = [App(node.api(), retried.id).publish({"node": number}) for number, node in enumerate(nodes)]

    mixed = Mixed(nodes, publishers=4, pause=0.15)
    departures = cluster.departures()
    try:
        mixed.begin()
        tried = receiver.wait_for(lambda deliveries: len(deliveries) >= 8, "/retried")
        for message in messages:
            first, second = [delivery.at for delivery in tried if delivery.id == message]
            assert 1.9 <= second - first <= 2 + CLOSE, (message, second - first)
        for number in (WRONG, -WRONG, 3600, 0):
            steps.put(number)
            before = mixed.count
            until(lambda: mixed.count >= before + 100, "it goes on whatever the time is")
        # What the fast one holds is taken over in time.
        fast.kill()
        until(lambda: departures.taken, "the fast one is replaced", TAKEN_OVER + RENEWAL)
        fast.start()
        mixed.finish()
        mixed.verify()
        assert max(departures.taken.values()) < TAKEN_OVER + RENEWAL
        # Receivers see the time that it is, whoever signs.
        for path in POLICIES:
            for arrival in mixed.arrivals.by_path[path]:
                assert abs(arrival.timestamp - arrival.at) <= CLOSE, (path, arrival)
        print(f"{mixed.count} events; longest silence: { {path: mixed.arrivals.longest_silence(path) for path in POLICIES} }")
    finally:
        departures.close()
        mixed.close()


def test_a_database_whose_clock_is_put_on_takes_nobody_for_dead(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="godwit-clock-") as name:
        folder = Path(name)
        # The database's user may enter it.
        folder.chmod(0o755)
        clock = Clock(folder, "database", 0)
        postgres = Cluster("fsync=off", inside=["env", *(f"{key}={value}" for key, value in clock.settings.items())]).start()
        cluster = Nodes(tmp_path, postgres)
        nodes = cluster.pair()
        mixed = Mixed(nodes, pause=0.1)
        try:
            mixed.begin()
            until(lambda: mixed.count >= 100, "there is a load")
            clock.put(WRONG)
            put, before = time.time(), mixed.count
            until(lambda: mixed.count >= before + 100 and time.time() > put + 3 * RENEWAL, "it goes on")
            mixed.finish()
            mixed.verify()
            assert not any("begins anew" in node.log or "taking over" in node.log for node in nodes)
            assert cluster.leases() == 2
            # It is the time of day, also for receivers.
            late = [arrival for arrival in mixed.arrivals.by_path["/plain"] if arrival.at > put + 2 * RENEWAL]
            assert late and all(abs(arrival.timestamp - arrival.at - WRONG) <= CLOSE for arrival in late)
        finally:
            mixed.close()
            cluster.close()
            postgres.close()
