"""The store on PostgreSQL: the same promises, also when the server or the database goes away and comes back."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.app import App
from harness.authority import Authority
from harness.database import Bouncer, Cluster
from harness.load import Load
from harness.receiver import Receiver, after, status
from harness.server import Server
from harness.waiting import until

EVENTS = 1000


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster().start()
    yield cluster
    cluster.close()


@pytest.fixture
def fragile() -> Iterator[Cluster]:
    """One that may be stopped."""
    cluster = Cluster().start()
    yield cluster
    cluster.close()


def numbers_are_gapless(receiver: Receiver, count: int) -> None:
    numbered = {(delivery.sequence, delivery.id) for delivery in receiver.deliveries}
    assert sorted(sequence for sequence, _ in numbered) == list(range(1, count + 1))


def all_arrived(receiver: Receiver, accepted: dict[str, int]) -> None:
    receiver.wait_for(lambda deliveries: {delivery.id for delivery in deliveries} >= set(accepted))
    assert {delivery.id for delivery in receiver.deliveries} == set(accepted)
    for delivery in receiver.deliveries:
        assert json.loads(delivery.body) == {"number": accepted[delivery.id]}
    numbers_are_gapless(receiver, len(accepted))


def test_what_is_published_arrives_and_is_kept_over_a_restart(
    serve: Callable[..., Server], cluster: Cluster, receiver: Receiver
) -> None:
    server = serve("--dev", store=cluster.address(cluster.database()))
    app = App.create(server.api())
    endpoint = app.endpoint(receiver.url("/hook"))
    message = app.publish({"n": 1, "text": "웹훅 \u0000"})
    endpoint.verify(*receiver.wait_for_count(1))
    app.settled(message, attempts=1)
    # The character by which the store marks what PostgreSQL keeps in no text is one like any other.
    odd = "a\ufdd00"
    changed = server.api().patch(app.path, {"name": odd, "metadata": {"odd": odd}})
    assert changed.status_code == 200, changed.text
    assert server.stop() == 0
    server.start()
    app = App(server.api(), app.id)
    assert [kept["id"] for kept in app.messages()] == [message]
    assert len(app.settled(message, attempts=1)) == 1
    kept = server.api().get(app.path).json()
    assert (kept["name"], kept["metadata"]) == (odd, {"odd": odd})
    assert server.stop() == 0


def test_every_accepted_event_survives_two_kills_under_load(
    serve: Callable[..., Server], cluster: Cluster, receiver: Receiver
) -> None:
    server = serve("--dev", store=cluster.address(cluster.database()))
    app = App.create(server.api())
    app.endpoint(receiver.url("/hook"))
    load = Load(server, app, EVENTS)
    for moment in (EVENTS // 3, 2 * EVENTS // 3):
        load.wait_for_accepted(moment)
        server.kill()
        server.start()
    accepted = load.finish()
    assert sorted(accepted.values()) == list(range(EVENTS))
    all_arrived(receiver, accepted)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_database_that_stops_and_comes_back_loses_nothing(
    serve: Callable[..., Server], fragile: Cluster, receiver: Receiver, mode: str
) -> None:
    server = serve("--dev", "--retry-schedule", "200ms,200ms,200ms", store=fragile.address(fragile.database()))
    app = App.create(server.api(may_refuse=True))
    app.endpoint(receiver.url("/hook"))
    accepted: dict[str, int] = {}

    def publish(number: int) -> int:
        answer = app.api.post(f"{app.path}/msg", {"eventType": "a", "payload": {"number": number}}, idempotency_key=f"n{number}")
        if answer.status_code == 202:
            accepted[answer.json()["id"]] = number
        else:
            assert answer.status_code == 503, answer.text
            assert answer.json()["code"] == "unavailable"
            assert 1 <= int(answer.headers["retry-after"]) <= 5
        return answer.status_code

    for number in range(20):
        assert publish(number) == 202
    fragile.stop(mode)
    assert publish(20) == 503
    lists = app.api.get(f"{app.path}/msg")
    assert (lists.status_code, "retry-after" in lists.headers) == (503, True)
    fragile.start()
    # It recovers by itself, and what was refused can be sent again.
    for number in range(20, 40):
        until(lambda: publish(number) == 202, "the server is back")
    all_arrived(receiver, accepted)
    assert server.stop() == 0


def test_results_that_come_while_the_database_is_away_are_kept(
    serve: Callable[..., Server], fragile: Cluster, receiver: Receiver
) -> None:
    server = serve("--dev", store=fragile.address(fragile.database()))
    app = App.create(server.api(may_refuse=True))
    gate = receiver.gate()
    receiver.script("/hook", after(gate, status(204)))
    app.endpoint(receiver.url("/hook"))
    message = app.publish({"n": 1})
    receiver.wait_for_count(1)
    fragile.stop()
    gate.set()
    until(lambda: "could not be stored yet" in server.log, "the server holds a result")
    fragile.start()
    until(lambda: app.api.get(f"{app.path}/msg").status_code == 200, "the server is back")
    assert [attempt["responseStatusCode"] for attempt in app.settled(message, attempts=1)] == [204]
    assert len(receiver.deliveries) == 1


def test_what_is_wrong_with_the_database_is_said(cluster: Cluster, tmp_path: Path) -> None:
    def refusal(store: str) -> str:
        said = Server(tmp_path, store=store).attempt()
        assert "hunter2" not in said
        return said

    cluster.query("CREATE ROLE locked LOGIN PASSWORD 'right'")
    database = cluster.database()
    locked = cluster.address(database, user="locked:hunter2")
    assert "password authentication failed" in refusal(locked)
    assert "no password supplied" in refusal(cluster.address(database, user="locked"))
    assert "permission denied" in refusal(cluster.address(database, user="locked:right"))
    assert 'database "nowhere" does not exist' in refusal(cluster.address("nowhere"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert "Connection refused" in refusal(f"postgres://godwit:hunter2@127.0.0.1:{port}/x")
    assert "no_such" in refusal(f"postgres://godwit:hunter2@127.0.0.1:{port}/x?no_such=1")
    assert "is not a store" in refusal("mysql://godwit:hunter2@127.0.0.1/x")
    cluster.query("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    assert "the database's encoding is LATIN1" in refusal(cluster.address("latin"))


def test_a_server_that_is_too_old_is_refused(tmp_path: Path) -> None:
    """There is none to install, so this one speaks just as much of the protocol as it takes to say its version."""

    def message(kind: bytes, content: bytes) -> bytes:
        return kind + struct.pack("!i", len(content) + 4) + content

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                while True:
                    length = struct.unpack("!i", connection.recv(4, socket.MSG_WAITALL))[0]
                    code = struct.unpack("!i", connection.recv(length - 4, socket.MSG_WAITALL)[:4])[0]
                    if code == 196_608:
                        break
                    connection.sendall(b"N")
                connection.sendall(
                    message(b"R", struct.pack("!i", 0))
                    + message(b"S", b"server_version\x0012.22\x00")
                    + message(b"S", b"server_encoding\x00UTF8\x00")
                    + message(b"S", b"default_transaction_read_only\x00off\x00")
                    + message(b"S", b"in_hot_standby\x00off\x00")
                    + message(b"K", struct.pack("!ii", 7, 7))
                    + message(b"Z", b"I")
                )
                connection.recv(1)

        threading.Thread(target=answer, daemon=True).start()
        said = Server(tmp_path, store=f"postgres://x@127.0.0.1:{listener.getsockname()[1]}/x").attempt()
    assert "PostgreSQL 12" in said and "needs 13 or newer" in said


def test_the_address_says_how_tls_is_used(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.certify("db.example")
    cluster = Cluster("ssl=on", "ssl_cert_file=server.pem", "ssl_key_file=server.key")
    try:
        cluster.give("server.pem", (tmp_path / "db.example.pem").read_bytes())
        cluster.give("server.key", (tmp_path / "db.example.key").read_bytes())
        cluster.allow("hostssl all godwit all trust", "host all plain all trust", "local all all trust")
        cluster.start()
        database = cluster.database()
        cluster.query("CREATE ROLE plain LOGIN SUPERUSER")
        number = 0

        def serves(mode: str, user: str = "godwit", **parameters: object) -> str | None:
            """What is said; nothing when the server runs."""
            nonlocal number
            number += 1
            folder = tmp_path / f"server-{number}"
            folder.mkdir()
            query = "&".join([f"sslmode={mode}", *(f"{name}={value}" for name, value in parameters.items())])
            server = Server(folder, "--dev", store=f"{cluster.address(database, user=user)}?{query}")
            try:
                server.start()
            except AssertionError:
                return server.log
            sessions = "pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'godwit'"
            encrypted = cluster.query(f"SELECT bool_and(ssl) FROM {sessions}")
            assert server.stop() == 0
            assert encrypted == ("f" if mode == "disable" else "t")
            return None

        root = authority.certificate
        assert "no encryption" in serves("disable")
        assert serves("disable", user="plain") is None
        assert serves("prefer") is None
        assert serves("require") is None
        assert "root certificate file" in serves("verify-ca", sslrootcert=tmp_path / "nothing.pem")
        assert serves("verify-ca", sslrootcert=root) is None
        assert "does not match host name" in serves("verify-full", sslrootcert=root)
        # The name of the certificate, at the address of this machine.
        by_name = f"postgres://godwit@db.example:{cluster.port}/{database}?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={root}"
        folder = tmp_path / "by-name"
        folder.mkdir()
        server = Server(folder, "--dev", store=by_name).start()
        assert server.stop() == 0
    finally:
        cluster.close()


def test_pgbouncer_may_stand_between(
    serve: Callable[..., Server], cluster: Cluster, receiver: Receiver, tmp_path: Path
) -> None:
    bouncer = Bouncer(cluster, tmp_path / "bouncer")
    try:
        database = cluster.database()
        store = cluster.address(database, port=bouncer.port)
        server = serve("--dev", store=store)
        app = App.create(server.api())
        app.endpoint(receiver.url("/hook"))
        load = Load(server, app, EVENTS)
        load.wait_for_accepted(EVENTS // 2)
        server.kill()
        server.start()
        accepted = load.finish()
        all_arrived(receiver, accepted)
        assert len(App(server.api(), app.id).messages()) == EVENTS
        assert server.stop() == 0
    finally:
        bouncer.close()


def test_a_database_that_answers_nothing_is_given_up_and_taken_again(
    serve: Callable[..., Server], fragile: Cluster, receiver: Receiver
) -> None:
    server = serve("--dev", store=fragile.address(fragile.database()))
    app = App.create(server.api(may_refuse=True))
    app.endpoint(receiver.url("/hook"))
    accepted = {app.publish({"number": number}): number for number in range(20)}
    event = {"eventType": "a", "payload": {"number": 20}}
    fragile.freeze()
    began = time.monotonic()
    refused = app.send(event, idempotency_key="n20")
    took = time.monotonic() - began
    fragile.thaw()
    assert refused.status_code == 503 and 1 <= int(refused.headers["retry-after"]) <= 5
    # 15 s, and what a busy machine needs beside that.
    assert 10 < took < 20
    answer = until(lambda: (sent := app.send(event, idempotency_key="n20")).status_code == 202 and sent, "the server is back")
    accepted[answer.json()["id"]] = 20
    all_arrived(receiver, accepted)
    # Those whose outcome was not written when the database stopped.
    assert len(receiver.deliveries) <= 2 * len(accepted)
    assert server.stop() == 0


def test_few_connections_are_enough_and_none_is_waited_for(
    serve: Callable[..., Server], cluster: Cluster, receiver: Receiver, tmp_path: Path
) -> None:
    cluster.query("CREATE ROLE few LOGIN")
    database = cluster.database("OWNER few")
    store = cluster.address(database, user="few")
    server = serve("--dev", store=store)
    app = App.create(server.api(may_refuse=True))
    app.endpoint(receiver.url("/hook"))
    assert server.stop() == 0
    cluster.query("ALTER ROLE few CONNECTION LIMIT 3")
    server.start()
    load = Load(server, app, 200, may_refuse=True)
    with ThreadPoolExecutor(8) as readers:
        lists = list(readers.map(lambda _: server.api().get(f"{app.path}/msg").status_code, range(40)))
    assert set(lists) == {200}
    load.wait_for_accepted(100)

    # Others have them all.
    cluster.query("ALTER ROLE few CONNECTION LIMIT 0")
    cluster.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'few'")
    for answer in (app.send({"eventType": "a", "payload": {}}), app.api.get(f"{app.path}/msg")):
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert 1 <= int(answer.headers["retry-after"]) <= 5
    cluster.query("ALTER ROLE few CONNECTION LIMIT 3")
    accepted = load.finish()
    assert sorted(accepted.values()) == list(range(200))
    all_arrived(receiver, accepted)
    assert server.stop() == 0

    for limit, problem in ((2, "the database gave 2 of the 3 connections that a server needs"), (0, "")):
        cluster.query(f"ALTER ROLE few CONNECTION LIMIT {limit}")
        said = Server(tmp_path, store=store).attempt()
        assert problem in said and 'too many connections for role "few"' in said
