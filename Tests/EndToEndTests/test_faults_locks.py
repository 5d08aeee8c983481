"""Somebody else locks what the nodes need: they refuse meanwhile, lose nothing, and never lock each other out."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.app import App
from harness.database import Session
from harness.load import Load
from harness.mixed import Mixed
from harness.nodes import Nodes
from harness.receiver import Receiver
from harness.server import Server
from harness.waiting import until

# Seconds for which a table is locked: longer than a transaction waits for a lock.
LOCKED = 12.0
# Seconds in which whoever publishes is answered: two transactions that wait for a lock in vain, one of them for what was sent before.
ANSWERED = 25.0
EVENTS = 50
ENDPOINTS = 12


@pytest.fixture
def session(cluster: Nodes) -> Iterator[Session]:
    session = cluster.postgres.session(cluster.database)
    yield session
    session.close()


def deadlocks(cluster: Nodes) -> int:
    return int(cluster.postgres.query(f"SELECT deadlocks FROM pg_stat_database WHERE datname = '{cluster.database}'"))


@pytest.mark.timeout(180)
def test_tables_that_somebody_locks(cluster: Nodes, session: Session) -> None:
    nodes = cluster.pair()
    mixed = Mixed(nodes, publishers=2, pause=0.1)
    try:
        mixed.begin()
        until(lambda: mixed.count >= 100, "there is a load")
        path = mixed.endpoints["/plain"].app.path
        session.run("BEGIN; LOCK TABLE godwit.messages IN ACCESS EXCLUSIVE MODE")
        locked, before = time.monotonic(), mixed.count
        until(lambda: mixed.refusals[503] > 0, "publishes are refused", LOCKED)
        # It is not the nodes that are in trouble: both keep their lease, and what needs no message is answered.
        assert all(node.answers() for node in nodes)
        until(lambda: time.monotonic() >= locked + LOCKED, "it was locked for long enough")
        assert mixed.count - before <= 8 and cluster.leases() == 2
        assert not any("given up" in node.log for node in nodes)
        session.run("COMMIT")
        until(lambda: mixed.count >= before + 100, "it goes on by itself")
        assert nodes[0].api().get(f"{path}/msg").status_code == 200

        storm(cluster, session)
        before = mixed.count
        until(lambda: mixed.count >= before + 50, "it goes on by itself")
        mixed.finish()
        repeated = mixed.verify()
        assert mixed.slowest < ANSWERED
        assert deadlocks(cluster) == 0, cluster.postgres.log[-4000:]
        assert not any("given up" in node.log for node in nodes)
        print(f"{mixed.count} events; repeated: {repeated}; slowest 202: {mixed.slowest:.1f} s; refusals: {dict(mixed.refusals)}")
    finally:
        mixed.close()


def storm(cluster: Nodes, session: Session) -> None:
    """Short locks on all that is written to, one after the other, a table that is written anew, and a session that sits on rows."""
    for _ in range(3):
        for table in ("deliveries", "endpoint_sequences", "attempts", "nodes", "changes"):
            session.run(f"BEGIN; LOCK TABLE godwit.{table} IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(0.2); COMMIT")
    for table in ("deliveries", "messages", "endpoint_sequences"):
        session.run(f"VACUUM FULL godwit.{table}")
    # In the order in which nodes lock them: else this session would be one of a circle.
    session.run("BEGIN; SELECT 1 FROM godwit.endpoint_sequences ORDER BY endpoint_key FOR UPDATE")
    waiting = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{cluster.database}' AND wait_event_type = 'Lock'"
    until(lambda: cluster.postgres.query(waiting) == "2", "both nodes wait for the rows")
    session.run("ROLLBACK")


@pytest.mark.timeout(180)
def test_nodes_that_write_to_the_same_endpoints_never_wait_for_each_other_in_a_circle(
    cluster: Nodes, receiver: Receiver
) -> None:
    first, second = cluster.pair()
    apps = [App.create(first.api()), App.create(second.api())]
    policies = [{}, {"order": {"mode": "fifo"}}, {"rateLimit": {"perSecond": 1000}}]
    for app in apps:
        for number in range(ENDPOINTS):
            endpoint = app.endpoint(receiver.url(f"/{app.id}-{number}"))
            if policy := policies[number % 3]:
                endpoint.set_policy(**policy)
    until(lambda: all(app_is_known(node, app) for node in (first, second) for app in apps), "both know of all")
    # What is new, and what is done again by hand, at both nodes.
    loads = [Load(node, app, EVENTS, publishers=3) for node in (first, second) for app in apps]
    over = threading.Event()

    def resend(node: Server, app: App) -> None:
        there = App(node.api(), app.id)
        endpoints = list(there.pages("/endpoint"))
        while not over.is_set():
            for endpoint in endpoints:
                since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 5))
                there.api.post(f"{app.path}/endpoint/{endpoint['id']}/recover", {"since": since})

    with ThreadPoolExecutor() as pool:
        resent = [pool.submit(resend, node, apps[0]) for node in (first, second)]
        accepted = [load.finish() for load in loads]
        over.set()
        for each in resent:
            each.result()
    # Both loads of an application use the same keys: each event is one.
    of_app = {app.id: accepted[index] | accepted[index + 2] for index, app in enumerate(apps)}
    for app in apps:
        assert sorted(of_app[app.id].values()) == list(range(EVENTS))
        for number in range(ENDPOINTS):
            receiver.wait_for(
                lambda deliveries: {delivery.id for delivery in deliveries} == set(of_app[app.id]), f"/{app.id}-{number}"
            )
    assert deadlocks(cluster) == 0, cluster.postgres.log[-4000:]


def app_is_known(node: Server, app: App) -> bool:
    return len(list(App(node.api(), app.id).pages("/endpoint"))) == ENDPOINTS
