"""Nodes that are killed one after the other, under a load of all kinds: nothing is lost, and no order broken."""

import os
import time

import pytest

from harness.mixed import Mixed
from harness.nodes import Nodes
from harness.waiting import until

# Shorter, and with fewer nodes, than what is promised is about, so that the suite stays quick: E2E_KILL_SECONDS=120 E2E_KILL_NODES=2,4
# for all of it.
SECONDS = float(os.environ.get("E2E_KILL_SECONDS", "20"))
NODES = [int(count) for count in os.environ.get("E2E_KILL_NODES", "2").split(",")]
# Seconds between two kills.
EVERY = 10.0
# Seconds in which a node that died is replaced, and between two signs of life.
TAKEN_OVER = 15.0
RENEWAL = 2.0


@pytest.mark.timeout(SECONDS + 240)
@pytest.mark.parametrize("count", NODES)
def test_nodes_that_are_killed_in_turn_lose_nothing_and_keep_every_order(cluster: Nodes, count: int) -> None:
    nodes = [cluster.node() for _ in range(count)]
    mixed = Mixed(nodes)
    departures = cluster.departures()
    try:
        mixed.begin()
        begin = time.monotonic()
        kills = 0
        while (kills + 1) * EVERY <= SECONDS:
            until(lambda: mixed.count and time.monotonic() >= begin + (kills + 0.5) * EVERY, "it is time for the next", 2 * EVERY)
            victim = nodes[kills % count]
            victim.kill()
            victim.start()
            kills += 1
        until(lambda: len(departures.taken) == kills, "all that were killed are replaced", TAKEN_OVER + RENEWAL)
        mixed.finish()
        repeated = mixed.verify()
        assert len(departures.taken) == kills, departures.taken
        assert max(departures.taken.values()) < TAKEN_OVER + RENEWAL
        assert cluster.leases() == count
        taken = sorted(departures.taken.values())
        silences = {path: round(mixed.arrivals.longest_silence(path), 1) for path in mixed.accepted}
        print(
            f"{count} nodes, {kills} kills, {mixed.count} events, 0 lost; taken over {taken[0]:.1f} to {taken[-1]:.1f} s after the last"
            f" sign of life; repeated: {repeated}; longest silence: {silences}; slowest 202: {mixed.slowest:.1f} s;"
            f" refusals: {dict(mixed.refusals)}"
        )
    finally:
        departures.close()
        mixed.close()
