"""What is older than `--retention-days` and has ended is forgotten, with all that belongs to it, and nothing else is; so are
the oldest when the store is larger than `--storage-limit`."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.aging import age_messages
from harness.app import App, Endpoint
from harness.database import Cluster
from harness.load import Load
from harness.receiver import Receiver, status
from harness.server import Server, run
from harness.waiting import PATIENCE, until

EVENTS = 2000


def file_of(server: Server) -> Path:
    return server.folder / "godwit.db"


def counted(server: Server, table: str, where: str = "TRUE") -> int:
    with sqlite3.connect(f"file:{file_of(server)}?mode=ro", uri=True) as file:
        count = file.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]
    file.close()
    return count


def moved(folder: Path, source: str, destination: str) -> dict[str, int]:
    done = run(
        "migrate", "--from", source, "--to", destination, "--finish", "--output", "json", folder=folder, patience=4 * PATIENCE
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["finished"] and report["equal"], report
    return {table["table"]: table["rows"] for table in report["tables"]}


def feed(endpoint: Endpoint, **query: Any) -> dict[str, Any]:
    return endpoint.app.api.get(f"{endpoint.path}/feed", **query).json()


def test_what_is_old_and_has_ended_is_forgotten(
    serve: Callable[..., Server], receiver: Receiver, postgres: Cluster, tmp_path: Path
) -> None:
    server = serve("--dev", "--retry-schedule", "1h")
    api = server.api()
    app, other = App.create(api, uid="shop"), App.create(api, uid="other")
    fine = app.endpoint(receiver.url("/fine"))
    receiver.script("/failing", status(500))
    failing = app.endpoint(receiver.url("/failing"), channels=["later"])
    other.endpoint(receiver.url("/other"))
    old = [app.publish({"n": n}, eventId=f"evt-{n}", tags=["old"]) for n in range(5)]
    waiting = app.publish(channels=["later"], tags=["old"])
    young = app.publish(eventId="young")
    elsewhere = other.publish(eventId="evt-0")
    for message in [*old, young]:
        app.settled(message, attempts=1)
    app.settled(waiting, attempts=2)
    other.settled(elsewhere, attempts=1)
    statistics = api.get(f"{fine.path}/stats").json()
    server.stop()

    aged = age_messages(file_of(server), 200, *old, waiting)
    old, waiting = aged[:-1], aged[-1]
    server.flags += ("--retention-days", "30")
    api = server.start().api()
    app, other = App(api, app.id), App(api, other.id)
    fine, failing = (Endpoint(app, endpoint.id, endpoint.secret) for endpoint in (fine, failing))
    until(lambda: {message["id"] for message in app.messages()} == {waiting, young}, "what is old is forgotten")

    for message in [*old, "evt-0"]:
        for path in (f"/msg/{message}", f"/msg/{message}/explain", f"/attempt/msg/{message}", f"/msg/{message}/endpoint"):
            answer = api.get(f"{app.path}{path}")
            assert answer.status_code == 404, (path, answer.text)
        assert app.resend(message, fine).status_code == 404
    assert [message["id"] for message in api.get(f"{app.path}/msg", tag="old").json()["data"]] == [waiting]
    assert {attempt["msgId"] for attempt in fine.attempts()} == {waiting, young}
    assert {message["id"] for message in app.pages(f"/endpoint/{fine.id}/msg")} == {waiting, young}
    # What was not delivered yet is there, without its payload, and so are counters.
    assert api.get(f"{app.path}/msg/{waiting}").json()["payload"] == {"expired": True}
    assert [attempt["status"] for attempt in failing.attempts()] == [3]
    assert api.get(f"{fine.path}/stats").json() == statistics
    assert [message["id"] for message in other.messages()] == [elsewhere]
    replay = api.post(f"{fine.path}/replay-missing", {"since": "2020-01-01T00:00:00Z"})
    assert replay.status_code < 500, replay.text

    # A feed says what it no longer has, and who asks for it waits for nothing.
    page = feed(fine)
    assert [item["sequence"] for item in page["data"]] == [6, 7]
    assert (page["first"], page["head"], page["next"], page["done"]) == (6, 7, 7, True)
    polled = api.post(f"{fine.path}/feed/consumer/reader/poll", {"returnImmediately": True}).json()
    assert ([item["sequence"] for item in polled["items"]], polled["acknowledged"]) == ([6, 7], 5)

    # The event id is free again; numbers go on.
    again = app.publish(eventId="evt-0")
    app.settled(again, attempts=1)
    assert app.send({"eventType": "a", "eventId": "young", "payload": {}}).status_code == 409
    assert feed(fine, after=7)["data"][0]["sequence"] == 8
    server.stop()

    address = postgres.address(postgres.database())
    there = moved(tmp_path, server.store, address)
    assert there["messages"] == 4
    assert moved(tmp_path, address, f"sqlite:{tmp_path}/back.db") == there


def test_forgetting_goes_on_after_a_kill_and_leaves_nothing_half_done(
    serve: Callable[..., Server], receiver: Receiver
) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    app.endpoint(receiver.url("/hook"))
    Load(server, app, EVENTS).finish()
    until(lambda: counted(server, "deliveries", "state = 'delivered'") == EVENTS, "all is delivered")
    server.stop()
    age_messages(file_of(server), 91)
    server.flags += ("--retention-days", "1")
    server.start()
    until(lambda: counted(server, "messages") < EVENTS, "some are forgotten")
    server.kill()
    left = counted(server, "messages")
    assert left == counted(server, "deliveries") == counted(server, "attempts")

    api = server.start().api()
    young = App(api, app.id).publish()
    until(lambda: counted(server, "messages") == 1, "the rest is forgotten")
    App(api, app.id).settled(young, attempts=1)
    assert counted(server, "deliveries") == counted(server, "attempts") == 1
    assert server.stop() == 0
    with sqlite3.connect(file_of(server)) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    file.close()


@pytest.mark.parametrize(
    ("flags", "variables"),
    [
        (("--retention-days", "3650", "--storage-limit", "1000TB"), {}),
        ((), {"GODWIT_RETENTION_DAYS": "1", "GODWIT_STORAGE_LIMIT": "10MB"}),
    ],
)
def test_settings_at_their_bounds(serve: Callable[..., Server], flags: tuple[str, ...], variables: dict[str, str]) -> None:
    server = serve(*flags, **variables)
    assert server.stop() == 0


def used_bytes(server: Server) -> int:
    with sqlite3.connect(f"file:{file_of(server)}?mode=ro", uri=True) as file:
        pages, free, size = (
            file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    file.close()
    return (pages - free) * size


def test_the_oldest_make_room_in_a_store_that_is_too_large(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    # Answers are kept for longer than payloads.
    receiver.script("/hook", status(200, b"x" * 16_384))
    app.endpoint(receiver.url("/hook"))
    Load(server, app, 900).finish()
    until(lambda: counted(server, "deliveries", "state = 'delivered'") == 900, "all is delivered")
    newest_first = [message["id"] for message in app.messages()]
    server.stop()
    limit = 10_000_000
    assert used_bytes(server) > limit

    # Nothing of today is forgotten.
    server.flags += ("--storage-limit", "10MB")
    server.start()
    until(lambda: "larger than its limit" in server.log, "it says that it can make no room")
    assert counted(server, "messages") == 900
    server.stop()

    expected = newest_first[:10] + age_messages(file_of(server), 91, *newest_first[10:])
    api = server.start().api()
    until(lambda: used_bytes(server) <= limit, "there is room")
    kept = [message["id"] for message in App(api, app.id).messages()]
    assert 100 < len(kept) < 900 and kept == expected[: len(kept)]
