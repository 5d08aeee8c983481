"""A store moves to PostgreSQL and back: while its server runs, through kills, and with everything that waited."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.app import App
from harness.database import Cluster
from harness.load import Load
from harness.receiver import Receiver, after, status
from harness.server import BINARY, Server, environment, run
from harness.waiting import PATIENCE, until

EVENTS = 3000
DELIVERED = 40


def migrate(folder: Path, source: str, destination: str, *flags: str) -> subprocess.CompletedProcess[str]:
    return run("migrate", "--from", source, "--to", destination, *flags, folder=folder, patience=4 * PATIENCE)


def moved(folder: Path, source: str, destination: str, *flags: str) -> dict[str, Any]:
    done = migrate(folder, source, destination, *flags, "--output", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(folder: Path, source: str, destination: str, *flags: str) -> str:
    done = migrate(folder, source, destination, *flags)
    assert (done.returncode, done.stdout) == (1, ""), (done.returncode, done.stdout, done.stderr)
    return done.stderr


def finished(folder: Path, source: str, destination: str) -> dict[str, int]:
    """Rows by table."""
    report = moved(folder, source, destination, "--finish")
    assert report["finished"] and report["equal"] and report["pauseMilliseconds"] >= 0
    for table in report["tables"]:
        assert table["equal"] and table["rows"] == table["rowsAtDestination"], table
        assert table["checksum"] == table["checksumAtDestination"], table
    return {table["table"]: table["rows"] for table in report["tables"]}


def kill_half_way(folder: Path, source: str, destination: str, rows: Callable[[], int]) -> None:
    """With -9, once some messages have arrived and long before all have."""
    process = subprocess.Popen(
        [BINARY, "migrate", "--from", source, "--to", destination],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: rows() > 0, "messages arrive")
    process.kill()
    process.wait()


def answers(app: App) -> dict[str, Any]:
    """What the API says of everything that stands still."""
    api = app.api
    endpoints = list(app.pages("/endpoint"))
    return {
        "app": api.get(app.path).json(),
        "endpoints": endpoints,
        "secrets": [api.get(f"{app.path}/endpoint/{endpoint['id']}/secret").json() for endpoint in endpoints],
        "stats": [api.get(f"{app.path}/endpoint/{endpoint['id']}/stats").json() for endpoint in endpoints],
        "event types": api.get("/event-type", limit=250, with_content="true").json(),
        "messages": app.messages(),
        "tagged": list(app.pages("/msg?tag=odd")),
        "attempts": [list(app.pages(f"/attempt/endpoint/{endpoint['id']}")) for endpoint in endpoints],
    }


def test_a_store_moves_to_postgres_and_back(
    tmp_path: Path, serve: Callable[..., Server], receiver: Receiver, postgres: Cluster
) -> None:
    # Whatever failed once waits for an hour, so that it stands still while it is compared.
    server = serve("--dev", "--retry-schedule", "1h,1h")
    api = server.api()
    api.post("/event-type", {"name": "payment.approved", "description": "Zwölf Boxkämpfer \0 ﷐0"})
    app = App.create(api, uid="shop", name="가게", metadata={"plan": "small"})
    gone = App.create(api, uid="gone")
    app.endpoint(receiver.url("/fine"))
    receiver.script("/failing", status(500, b"\x00\xff no text"))
    failing = app.endpoint(receiver.url("/failing"), channels=["later"])
    failing.set_policy(breaker={"failures": None})
    for number in range(DELIVERED):
        app.publish({"number": number, "text": "\0"}, tags=["odd" if number % 2 else "even"], eventId=f"e-{number}")
    key = {"idempotency_key": "once"}
    once = app.send({"eventType": "payment.approved", "payload": {"once": True}}, **key).json()
    waiting = [app.publish({"waits": number}, channels=["later"]) for number in range(DELIVERED)]
    raw = {"eventType": "payment.approved", "payload": {}, "transformationsParams": {"rawPayload": "a\0b", "headers": {}}}
    app.send(raw | {"channels": ["later"]})
    Load(server, gone, EVENTS).finish()
    receiver.wait_for(lambda all: len(all) >= DELIVERED + 1 + DELIVERED + 1, "/fine")
    for message in waiting:
        app.settled(message, attempts=2)
    token = server.token
    database = postgres.database()
    address = postgres.address(database)

    # Live: killed half-way, then run to its end, then once more with what was published meanwhile.
    def messages_there() -> int:
        made = postgres.query("SELECT to_regclass('godwit.messages') IS NOT NULL", database) == "t"
        return int(postgres.query("SELECT count(*) FROM godwit.messages", database)) if made else 0

    kill_half_way(tmp_path, server.store, address, messages_there)
    assert messages_there() < EVENTS
    assert not moved(tmp_path, server.store, address)["finished"]
    app.publish({"late": True}, channels=["later"])
    api.delete(gone.path)
    assert App.create(api, uid="gone").id != gone.id
    moved(tmp_path, server.store, address)

    # The last pass needs the source for itself.
    assert "in use" in refused(tmp_path, server.store, address, "--finish")
    receiver.wait_for(lambda all: len(all) == 2 * DELIVERED + 3, "/fine")
    until(lambda: len(failing.attempts()) == DELIVERED + 2, "all attempts are recorded")
    before = answers(app)
    source = server.store
    assert server.stop() == 0

    # Before it has finished, a server starts on the source and not on the destination.
    server.store = address
    early = subprocess.run(server.command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=PATIENCE)
    assert early.returncode == 1 and "isn't complete" in early.stderr, early.stderr
    rows = finished(tmp_path, source, address)
    assert rows["messages"] == EVENTS + 2 * DELIVERED + 3
    assert rows["deliveries"] == 3 * DELIVERED + 5

    # The source is given up.
    assert "was moved" in refused(tmp_path, source, address, "--finish")
    late = run("serve", "--store", source, "--port", str(server.port), folder=tmp_path)
    assert late.returncode == 1 and "was moved to 'postgres://127.0.0.1" in late.stderr, late.stderr
    assert "was moved" in run("token", "--store", source, folder=tmp_path).stderr

    server.start()
    there = App(server.api(token), app.id)
    assert answers(there) == before
    repeated = there.send({"eventType": "payment.approved", "payload": {"once": True}}, **key)
    assert repeated.json() == once
    assert there.send({"eventType": "payment.approved", "payload": {}, "eventId": "e-1"}).status_code == 409

    # And back, with what happened there.
    there.publish({"there": True}, channels=["later"])
    until(lambda: len(list(there.pages(f"/attempt/endpoint/{failing.id}"))) == DELIVERED + 3, "the attempt is recorded")
    receiver.wait_for(lambda all: len(all) == 2 * DELIVERED + 4, "/fine")
    back = f"sqlite:{tmp_path}/back.db"
    assert "isn't empty" in refused(tmp_path, address, source)

    def messages_back() -> int:
        try:
            with sqlite3.connect(f"file:{tmp_path}/back.db?mode=ro", uri=True) as database:
                return database.execute("SELECT count(*) FROM messages").fetchone()[0]
        except sqlite3.OperationalError:
            return 0

    kill_half_way(tmp_path, address, back, messages_back)
    moved(tmp_path, address, back)
    before = answers(there)
    assert "in use" in refused(tmp_path, address, back, "--finish")
    assert server.stop() == 0
    finished(tmp_path, address, back)
    assert "was moved to '" in run("serve", "--store", address, "--port", str(server.port), folder=tmp_path).stderr

    server.store = back
    server.start()
    again = App(server.api(token), app.id)
    assert answers(again) == before

    # Everything that waited is delivered, each with the number that it had.
    receiver.script("/failing", status(204))
    seen = {delivery.id: delivery.sequence for delivery in receiver.to("/failing")}
    assert sorted(seen.values()) == list(range(1, DELIVERED + 4))
    for message in seen:
        assert again.resend(message, failing).status_code == 202
    again.publish({"back": True}, channels=["later"])
    arrived = receiver.wait_for(lambda all: len(all) >= 2 * len(seen) + 1, "/failing")
    after = {delivery.id: delivery.sequence for delivery in arrived}
    assert {message: after[message] for message in seen} == seen
    assert sorted(after.values()) == list(range(1, DELIVERED + 5))
    failing.verify(*arrived)


def test_what_was_in_flight_is_delivered_by_the_new_server(
    tmp_path: Path, serve: Callable[..., Server], receiver: Receiver, postgres: Cluster
) -> None:
    server = serve("--dev", "--retry-schedule", "1s,1s,1s,1s,1s,1s")
    app = App.create(server.api())
    receiver.script("/failing", status(500))
    receiver.script("/hanging", after(receiver.gate(), status(204)))
    endpoints = {path: app.endpoint(receiver.url(path)) for path in ("/failing", "/hanging")}
    for endpoint in endpoints.values():
        endpoint.set_policy(breaker={"failures": None})
    accepted = {app.publish({"number": number}) for number in range(50)}
    receiver.wait_for_count(1, "/failing")
    receiver.wait_for_count(1, "/hanging")
    server.kill()
    with sqlite3.connect(server.store.removeprefix("sqlite:")) as database:
        query = "SELECT count(*) FROM deliveries WHERE state = 'in_flight'"
        assert database.execute(query).fetchone()[0] > 0
    address = postgres.address(postgres.database())
    finished(tmp_path, server.store, address)
    before = {path: len(receiver.to(path)) for path in endpoints}
    for path in endpoints:
        receiver.script(path, status(204))
    server.store = address
    server.start()
    for path, endpoint in endpoints.items():
        arrived = receiver.wait_for(lambda all: {delivery.id for delivery in all[before[path] :]} == accepted, path)
        endpoint.verify(*arrived)
        numbered = {(delivery.sequence, delivery.id) for delivery in arrived}
        assert sorted(sequence for sequence, _ in numbered) == list(range(1, 51))


def test_moves_that_would_do_harm_are_refused(tmp_path: Path, serve: Callable[..., Server], postgres: Cluster) -> None:
    server, other = serve("--dev"), serve("--dev")
    source, busy, address = server.store, other.store, postgres.address(postgres.database())
    App.create(server.api())
    App.create(other.api())

    assert "in use" in refused(tmp_path, source, busy)
    assert other.stop() == 0
    assert "isn't empty" in refused(tmp_path, source, busy)
    moved(tmp_path, source, address)
    assert "unfinished move from another store" in refused(tmp_path, busy, address)
    assert "itself the destination" in refused(tmp_path, address, f"sqlite:{tmp_path}/third.db")
    assert "there is no store" in refused(tmp_path, f"sqlite:{tmp_path}/nothing.db", address)
    assert not (tmp_path / "nothing.db").exists()
    assert server.stop() == 0

    # Under another name it is the same store still.
    (tmp_path / "link.db").symlink_to(source.removeprefix("sqlite:"))
    assert "same store" in refused(tmp_path, source, f"sqlite:{tmp_path}/link.db")

    older = tmp_path / "older.db"
    shutil.copy(busy.removeprefix("sqlite:"), older)
    with sqlite3.connect(older) as database:
        database.execute("DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)")
    assert "older godwit" in refused(tmp_path, f"sqlite:{older}", f"sqlite:{tmp_path}/fourth.db")

    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as database:
        database.execute("CREATE TABLE theirs (id)")
    assert "another program" in refused(tmp_path, busy, f"sqlite:{foreign}")


def test_addresses_that_are_none_are_wrong_usage(tmp_path: Path) -> None:
    for source, destination in [
        ("sqlite:a.db", "sqlite:a.db"),
        ("a.db", "sqlite:b.db"),
        ("sqlite:a.db", "mysql://user:geheim@host/x"),
        ("sqlite:", "sqlite:b.db"),
    ]:
        done = migrate(tmp_path, source, destination)
        assert (done.returncode, done.stdout) == (64, ""), done
        assert "geheim" not in done.stderr
    unreachable = refused_with_secret(tmp_path)
    assert "geheim" not in unreachable


def refused_with_secret(folder: Path) -> str:
    return refused(folder, "postgres://user:geheim@127.0.0.1:1/none", f"sqlite:{folder}/b.db")
