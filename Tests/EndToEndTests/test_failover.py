"""The primary dies for good, its standby is promoted, and the servers follow by themselves."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.app import App
from harness.database import Cluster, Standby
from harness.load import Load
from harness.nodes import Nodes
from harness.receiver import Receiver
from harness.waiting import until

EVENTS = 600


class Pair(Cluster):
    """Every commit is on both before it is answered."""

    def __init__(self) -> None:
        super().__init__("fsync=off")
        self.start()
        self.other: Standby = self.standby("fsync=off")
        self.other.start()
        self.set("synchronous_standby_names=standby")
        self.reload()
        until(lambda: self.query("SELECT sync_state FROM pg_stat_replication") == "sync", "the standby is asked about each commit")

    def address(self, database: str, user: str = "godwit", port: int | None = None) -> str:
        both = super().address(database, user, port)
        if "test" not in database:
            return both
        return both.replace(f":{self.port}", f":{self.port},127.0.0.1:{self.other.port}")

    def close(self) -> None:
        self.other.close()
        super().close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    yield pair
    pair.close()


def refusal(app: App) -> httpx.Response | None:
    answer = app.send({"eventType": "a", "payload": {}})
    return answer if answer.status_code == 503 else None


def is_gapless(receiver: Receiver, path: str) -> bool:
    numbered = {delivery.id: delivery.sequence for delivery in receiver.to(path)}
    return sorted(numbered.values()) == list(range(1, len(numbered) + 1))


@pytest.mark.parametrize("count", [1, 2])
def test_a_failover_loses_nothing_and_keeps_the_order(tmp_path: Path, pair: Pair, receiver: Receiver, count: int) -> None:
    nodes = Nodes(tmp_path, pair)
    try:
        servers = [nodes.node() for _ in range(count)]
        app = App.create(servers[0].api(may_refuse=True))
        endpoint = app.endpoint(receiver.url("/hook"))
        ordered = app.endpoint(receiver.url("/ordered"))
        ordered.set_policy(order={"mode": "fifo"})
        loads = [Load(server, app, EVENTS, publishers=3, may_refuse=True) for server in servers]
        loads[0].wait_for_accepted(EVENTS // 6)
        pair.stop("immediate")
        # One that does not know the end of a commit asks for that first, for up to 15 s, and refuses nobody meanwhile.
        if count == 2:
            until(lambda: any(load.refused for load in loads), "a server knows that the database is gone")
        pair.other.promote()
        promoted = time.monotonic()
        until(lambda: app.api.get(f"{app.path}/msg").status_code == 200, "the server writes to the other one")
        accepted: dict[str, int] = {}
        for load in loads:
            accepted |= load.finish()
        assert sorted(accepted.values()) == list(range(EVENTS))
        for path in ("/hook", "/ordered"):
            receiver.wait_for(lambda deliveries: {delivery.id for delivery in deliveries} >= set(accepted), path)
            until(lambda path=path: is_gapless(receiver, path), "no number is missing")
        print(f"all delivered {time.monotonic() - promoted:.1f} s after the promotion")
        # Whatever came twice: the first times are in order.
        numbers = {delivery.id: delivery.sequence for delivery in receiver.to("/ordered")}
        in_order = dict.fromkeys(delivery.id for delivery in receiver.to("/ordered"))
        assert [numbers[id] for id in in_order] == list(range(1, len(numbers) + 1))
        endpoint.verify(*receiver.to("/hook")[:20])

        if count == 1:
            the_former_primary_is_not_written_to(pair, nodes.database, app)
        for server in servers:
            assert server.stop() == 0
    finally:
        nodes.close()


def the_former_primary_is_not_written_to(pair: Pair, database: str, app: App) -> None:
    """It comes back and believes that it is one still, and is the first that the server asks."""
    pair.set("synchronous_standby_names=")
    pair.start()
    messages = "SELECT count(*) FROM godwit.messages"
    rows = pair.query(messages, database)
    sessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'godwit'"
    pair.other.query(sessions)
    until(lambda: refusal(app), "it is not written to")
    pair.query("ALTER SYSTEM SET default_transaction_read_only = on")
    pair.reload()
    until(lambda: not refusal(app), "it is passed over")
    assert pair.query(messages, database) == rows
