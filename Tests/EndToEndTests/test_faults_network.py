"""Hosts of their own for the nodes and the database: two nodes are cut off from it, and come back."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from harness.hosts import Network
from harness.mixed import Mixed
from harness.server import Server
from harness.waiting import until

# Longer than the 10 s after which a silent node is taken for dead; E2E_CUT_SECONDS=30 for what is promised.
CUT = float(os.environ.get("E2E_CUT_SECONDS", "14"))
# Seconds in which a node that is out of touch is replaced, and between two signs of life.
TAKEN_OVER = 15.0
RENEWAL = 2.0
# For the first refusal of a node that is told nothing of the cut: how long it waits for one answer of the database, and a little.
REFUSED = 25.0


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    network = Network(tmp_path, 3)
    yield network
    network.close()


def refusal(node: Server, path: str) -> httpx.Response:
    """Once it answers with 503."""
    api = node.api(may_refuse=True)

    def refused() -> httpx.Response | None:
        answer = api.get(path)
        return answer if answer.status_code == 503 else None

    return until(refused, f"{node.url} refuses", REFUSED)


@pytest.mark.timeout(180 + 2 * CUT)
def test_nodes_that_are_cut_off_from_the_database_lose_nothing_and_break_no_order(network: Network) -> None:
    nodes = [network.node() for _ in range(3)]
    mixed = Mixed(nodes, host=network.outside, publishers=3)
    departures = network.nodes.departures()
    try:
        mixed.begin()
        until(lambda: mixed.count >= 300, "there is a load")
        path = mixed.endpoints["/plain"].app.path
        pulled, swallowed, left = nodes
        cut = time.monotonic()
        network.pull_the_plug(0)
        network.swallow(1)
        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda node: refusal(node, path + "/msg"), (pulled, swallowed)))
        for answer in answers:
            assert answer.json()["code"] == "unavailable" and int(answer.headers["retry-after"]) >= 1
        print(f"refused within {time.monotonic() - cut:.1f} s of the cut")
        until(lambda: len(departures.taken) == 2, "the others are replaced", TAKEN_OVER + RENEWAL)
        before = mixed.count
        until(lambda: mixed.count > before, "the one that is left accepts")
        until(lambda: time.monotonic() >= cut + CUT, "the cut is long enough", CUT)
        network.put_the_plug_in(0)
        network.let_through(1)
        healed = time.monotonic()
        for node in (pulled, swallowed):
            api = node.api(may_refuse=True)
            until(lambda: api.get(path + "/msg").status_code == 200, f"{node.url} is back")
            until(lambda: "begins anew" in node.log, "it knows that it was given up")
            print(f"back {time.monotonic() - healed:.1f} s after the cut was healed")
        assert "begins anew" not in left.log
        mixed.finish()
        repeated = mixed.verify()
        assert max(departures.taken.values()) < TAKEN_OVER + RENEWAL
        assert network.nodes.leases() == 3
        print(
            f"{mixed.count} events, 0 lost; taken over {sorted(departures.taken.values())} s after the last sign of life;"
            f" repeated: {repeated}; slowest 202: {mixed.slowest:.1f} s; refusals: {dict(mixed.refusals)}"
        )
    finally:
        departures.close()
        mixed.close()
