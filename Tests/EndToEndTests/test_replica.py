"""Lists are read from a replica, and nobody notices: neither that it is behind, nor that it is gone."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.app import App
from harness.database import Bouncer, Cluster, Standby
from harness.receiver import Receiver
from harness.server import Server
from harness.waiting import until

# Far below what one look at a dead server takes, on a busy machine.
SOON = 1.5


@pytest.fixture(scope="module")
def primary() -> Iterator[Cluster]:
    primary = Cluster("fsync=off").start()
    yield primary
    primary.close()


@pytest.fixture(scope="module")
def standby(primary: Cluster) -> Iterator[Standby]:
    standby = primary.standby()
    standby.start()
    yield standby
    standby.close()


def read_there(standby: Standby, database: str) -> int:
    """How often the lists of messages were read on it. It counts a second late."""
    return int(standby.query("SELECT coalesce(sum(idx_scan), 0) FROM pg_stat_user_tables WHERE relname LIKE 'messages%'", database))


def lists_are_complete(app: App, rounds: int) -> float:
    """What was accepted is in the next list. The longest time that a list took."""
    longest = 0.0
    for number in range(rounds):
        message = app.publish({"number": number})
        began = time.monotonic()
        newest = app.api.get(f"{app.path}/msg", limit=1).json()["data"]
        longest = max(longest, time.monotonic() - began)
        assert [found["id"] for found in newest] == [message]
    return longest


def is_read_there(standby: Standby, database: str, app: App) -> bool:
    before = read_there(standby, database)
    lists_are_complete(app, 5)
    return read_there(standby, database) > before


def test_lists_come_from_the_replica_and_show_what_was_just_accepted(
    serve: Callable[..., Server], primary: Cluster, standby: Standby, receiver: Receiver
) -> None:
    database = primary.database()
    server = serve("--dev", "--store-replica", standby.address(database), store=primary.address(database))
    app = App.create(server.api())
    endpoint = app.endpoint(receiver.url("/hook"))

    def is_used() -> bool:
        return is_read_there(standby, database, app)

    until(is_used, "lists are read from the replica")
    # Behind: whatever it has is too old, until it has all.
    standby.query("SELECT pg_wal_replay_pause()")
    assert lists_are_complete(app, 20) < SOON
    message = app.publish()
    app.settled(message, attempts=1)
    standby.query("SELECT pg_wal_replay_resume()")
    until(is_used, "the replica has caught up")
    # Gone, and back.
    standby.stop("immediate")
    assert lists_are_complete(app, 20) < SOON
    standby.start()
    until(is_used, "the replica is back")
    # There, but answers nothing: that costs whoever is first 2 s.
    standby.freeze()
    try:
        lists_are_complete(app, 1)
        time_after = lists_are_complete(app, 20)
    finally:
        standby.thaw()
    assert time_after < SOON
    until(is_used, "the replica answers again")
    counted = app.api.get(f"{endpoint.path}/stats").json()
    assert counted["success"] + counted["pending"] + counted["sending"] == len(app.messages())
    assert len(endpoint.attempts()) <= len(app.messages())
    assert server.stop() == 0


def test_pgbouncer_may_stand_before_the_replica(
    serve: Callable[..., Server], primary: Cluster, standby: Standby, tmp_path: Path
) -> None:
    bouncer = Bouncer(standby, tmp_path / "bouncer")
    try:
        database = primary.database()
        server = serve("--dev", "--store-replica", standby.address(database, port=bouncer.port), store=primary.address(database))
        app = App.create(server.api())
        until(lambda: is_read_there(standby, database, app), "lists are read from the replica")
        assert server.stop() == 0
    finally:
        bouncer.close()


def test_what_is_wrong_with_the_replica_is_said(
    serve: Callable[..., Server], primary: Cluster, standby: Standby, tmp_path: Path
) -> None:
    database = primary.database()
    store = primary.address(database)
    until(lambda: database in standby.query("SELECT datname FROM pg_database"), "the replica has the database")

    def refusal(replica: str, store: str = store) -> str:
        said = Server(tmp_path, "--store-replica", replica, store=store).attempt()
        assert "hunter2" not in said
        return said

    assert "--store-replica" not in refusal(standby.address("postgres"))
    assert "is none of this database" in refusal(standby.address("postgres"))
    assert "store-replica (GODWIT_STORE_REPLICA): a replica is a PostgreSQL" in refusal("mysql://godwit:hunter2@127.0.0.1/x")
    assert "a store on SQLite has no replica" in refusal(standby.address(database), store=f"sqlite:{tmp_path}/godwit.db")
    # One that isn't there yet is waited for by nobody.
    standby.stop()
    server = serve("--dev", store=store, GODWIT_STORE_REPLICA=standby.address(database))
    assert "the replica can't be reached" in server.log
    app = App.create(server.api())
    assert lists_are_complete(app, 5) < SOON
    assert server.stop() == 0
