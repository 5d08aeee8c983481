"""`godwit listen`: a receiver on a port, a follower of a feed, and cassettes."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from harness.app import App
from harness.command import Command
from harness.feed import Feed, item
from harness.receiver import Receiver, status
from harness.server import Server, free_port, run
from harness.waiting import until

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    started: list[Command] = []

    def listen(*arguments: str, **options: Any) -> Command:
        command = Command("listen", *arguments, folder=tmp_path, XDG_STATE_HOME=str(tmp_path / "state"), **options)
        started.append(command)
        return command

    yield listen
    for command in started:
        command.close()


@pytest.fixture
def port(listen) -> Callable[..., tuple[Command, str]]:
    """A receiver on a free port, and its URL."""

    def port(*arguments: str, **options: Any) -> tuple[Command, str]:
        command = listen("--port", "0", *arguments, **options)
        note = command.line_with("Listening on") if options.get("terminal") else command.error_with("Listening on")
        return command, note.split()[-1]

    return port


def signed(body: str, secret: str = SECRET, id: str = "msg_1") -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(secret).sign(id, now, body)
    return {"webhook-id": id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


def post(url: str, event_type: str = "invoice.paid", secret: str = SECRET, id: str = "msg_1", body: str | None = None) -> int:
    body = body or json.dumps({"type": event_type, "data": {"text": "결제"}}, ensure_ascii=False)
    headers = signed(body, secret, id) | {"content-type": "application/json"}
    return httpx.post(url, content=body.encode(), headers=headers, trust_env=False).status_code


def test_it_verifies_prints_and_ends(port) -> None:
    command, url = port("--secret", SECRET, "--exit-after", "2")
    assert post(url) == 204
    assert "invoice.paid  msg_1  verified" in command.line()
    assert post(url, id="msg_2") == 204
    assert command.exit_code() == 0


def test_a_forgery_is_refused_forwarded_nowhere_and_fails_the_run(port, receiver: Receiver) -> None:
    command, url = port("--secret", SECRET, "--exit-after", "1", "--forward", receiver.url("/hook"))
    assert post(url, secret=OTHER) == 401
    assert "REFUSED: no signature matches" in command.line()
    assert command.exit_code() == 1
    assert receiver.deliveries == []


def test_rules_say_which_events_go_where(port, receiver: Receiver) -> None:
    rules = {"invoice.*": "/invoices", "*.failed": "/failures", "user.created": "/users"}
    flags = [flag for pattern, path in rules.items() for flag in ("--forward", f"{pattern}={receiver.url(path)}")]
    command, url = port("--secret", SECRET, "--output", "json", *flags)
    for number, type in enumerate(["invoice.paid", "invoice.payment.failed", "user.created", "user.deleted"]):
        assert post(url, type, id=f"msg_{number}") == 204
    said = [json.loads(command.line()) for _ in range(4)]
    assert [[forward["url"].rpartition("/")[2] for forward in one["forwards"]] for one in said] == [
        ["invoices"],
        ["invoices", "failures"],
        ["users"],
        [],
    ]
    assert all(one["verification"] == "verified" for one in said)
    first = receiver.to("/invoices")[0]
    Webhook(SECRET).verify(first.body, first.headers, json_parse=False)
    assert first.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_the_sender_is_told_what_the_target_said(port, receiver: Receiver) -> None:
    command, url = port("--forward", receiver.script("/hook", status(503), status(200)))
    assert (post(url), post(url)) == (503, 200)
    nowhere = f"http://127.0.0.1:{free_port()}/"
    command, url = port("--exit-after", "1", "--forward", nowhere)
    assert post(url) == 502
    line = command.line()
    assert "not verified" in line and "FAILED: connection refused" in line
    assert command.exit_code() == 1


def test_it_is_a_polite_receiver(port) -> None:
    _, url = port()
    # Not by httpx, whose every answer here is held to the server's description.
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)

    def ask(method: str, **options: Any) -> HTTPResponse:
        connection.request(method, "/", **options)
        answer = connection.getresponse()
        answer.read()
        return answer

    assert ask("HEAD").status == 200
    refused = ask("GET")
    assert refused.status == 405 and "POST" in refused.headers["allow"]
    assert ask("POST", body=b"x" * 17_000_000).status == 413
    assert ask("POST", body=b"\xff\x00 no json").status == 204
    assert ask("POST", body=iter([b"{}", b" "]), encode_chunked=True).status == 204
    connection.close()


def test_nothing_of_a_sender_commands_the_terminal(port) -> None:
    command, url = port()
    assert post(url, body=json.dumps({"type": "\x1b[2Jevil\nsecond"})) == 204
    assert "\ufffd[2Jevil\ufffdsecond" in command.line()


def test_a_cassette_comes_again_signed_anew(port, listen, receiver: Receiver, tmp_path: Path) -> None:
    command, url = port("--secret", SECRET, "--record", "events.ndjson", "--exit-after", "2")
    for id, body in [("msg_1", '{"type":"a.b",  "n":5000.0}\n'), ("msg_2", '{"type":"c"}')]:
        assert post(url + "/path?q=1", id=id, body=body) == 204
    assert command.exit_code() == 0
    recorded = [json.loads(line) for line in (tmp_path / "events.ndjson").read_text().splitlines()]
    assert [(one["path"], one["eventType"]) for one in recorded] == [("/path?q=1", "a.b"), ("/path?q=1", "c")]
    # As if it lay for a day: only a new signature is accepted then.
    for one in recorded:
        one["receivedAt"] = "2020-01-01T00:00:00Z"
        timestamp = str(int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()))
        body = one["body"]
        signature = Webhook(SECRET).sign(dict(one["headers"])["webhook-id"], datetime(2020, 1, 1, tzinfo=UTC), body)
        values = {"webhook-timestamp": timestamp, "webhook-signature": signature}
        one["headers"] = [[name, values.get(name, value)] for name, value in one["headers"]]
    (tmp_path / "old.ndjson").write_text("\n".join(map(json.dumps, recorded)))
    replay = listen("--secret", SECRET, "--replay", "old.ndjson", "--forward", f"a.*={receiver.url('/hook')}")
    assert replay.exit_code() == 0
    (delivery,) = receiver.to("/hook")
    Webhook(SECRET).verify(delivery.body, delivery.headers, json_parse=False)
    assert delivery.body == b'{"type":"a.b",  "n":5000.0}\n' and delivery.id == "msg_1"
    assert listen("--secret", OTHER, "--replay", "old.ndjson").exit_code() == 1
    # Bodies of customers are for nobody else.
    assert (tmp_path / "events.ndjson").stat().st_mode & 0o077 == 0


def test_options_come_from_a_file_too(listen, receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "listen.yaml").write_text(
        f"# for CI\nport: 0\nsecret: {SECRET}\nforward:\n"
        f"  - 'invoice.*={receiver.url('/a')}'\n  - 'user.*={receiver.url('/b')}'\nexit-after: 1\n"
    )
    command = listen("--config", "listen.yaml", "--exit-after", "2")
    url = command.error_with("Listening on").split()[-1]
    assert (post(url), post(url, "user.created")) == (204, 204)
    assert command.exit_code() == 0
    assert (len(receiver.to("/a")), len(receiver.to("/b"))) == (1, 1)
    (tmp_path / "listen.yaml").write_text("ports: 1\n")
    refused = run("listen", "--config", "listen.yaml", folder=tmp_path)
    assert refused.returncode == 1 and "'ports' is no option" in refused.stderr


def follow(listen, feed: Feed, *arguments: str) -> Command:
    settings = {"GODWIT_SERVER": feed.url, "GODWIT_TOKEN": "any"}
    return listen("--app", "shop", "--endpoint", "main", "--secret", SECRET, *arguments, **settings)


def genuine(sequence: int, event_type: str = "invoice.paid", **fields: Any) -> dict[str, Any]:
    body = json.dumps({"number": sequence})
    headers = signed(body, id=f"msg_{sequence}") | {"webhook-sequence": str(sequence), "content-type": "application/json"}
    return item(sequence, body, headers=headers, eventType=event_type, **fields)


def test_it_goes_on_where_it_stopped_and_brings_what_was_missed(listen, receiver: Receiver) -> None:
    target = Receiver()
    feed = Feed(receiver, [genuine(1), genuine(2)])
    first = follow(listen, feed, "--exit-after", "1", "--forward", target.url("/hook"))
    assert "from now on, after 2" in first.error_with("Following")
    feed.add(genuine(3, "user.created"))
    assert "#3  user.created  msg_3  verified" in first.line()
    assert first.exit_code() == 0
    feed.add(genuine(4), genuine(5))
    second = follow(listen, feed, "--exit-after", "2", "--forward", target.url("/hook"))
    assert "2 missed events come first" in second.error_with("Following")
    assert second.exit_code() == 0
    assert [delivery.sequence for delivery in target.to("/hook")] == [3, 4, 5]
    third = follow(listen, feed, "--after", "0", "--exit-after", "5")
    assert third.exit_code() == 0
    target.close()


def test_it_says_loudly_when_it_is_disconnected(listen, receiver: Receiver) -> None:
    feed = Feed(receiver, [genuine(1)])
    command = follow(listen, feed, "--after", "0", "--exit-after", "3")
    assert "#1" in command.line()
    feed.disconnect()
    command.error_with("DISCONNECTED")
    feed.add(genuine(2), genuine(3))
    feed.away.clear()
    assert "2 events were missed and come now" in command.error_with("CONNECTED again")
    assert command.exit_code() == 0


def test_it_outlives_the_server_and_itself_and_misses_nothing(
    listen, serve: Callable[..., Server], receiver: Receiver, tmp_path: Path
) -> None:
    """Against a server's own feed: the server is killed, then the command, and what came meanwhile comes once and in order."""
    server = serve("--dev")
    app = App.create(server.api())
    endpoint = app.api.post(f"{app.path}/endpoint", {"mode": "pull"}).json()["id"]
    settings = {"GODWIT_SERVER": server.url, "GODWIT_TOKEN": server.token}
    cursor = tmp_path / "cursor.json"
    arguments = ("--app", app.id, "--endpoint", endpoint, "--forward", receiver.url("/hook"), "--cursor", str(cursor))
    first = listen(*arguments, **settings)
    assert "from now on, after 0" in first.error_with("Following")
    ids = [app.publish({"n": 0})]
    assert f"#1  payment.approved  {ids[0]}  verified" in first.line()
    server.kill()
    first.error_with(f"DISCONNECTED from {server.url}")
    server.start()
    app = App(server.api(), app.id)
    ids += [app.publish({"n": number}) for number in (1, 2)]
    first.error_with("CONNECTED again")
    assert "#2" in first.line() and "#3" in first.line()
    # Killed between an event and its record, it would bring that one again.
    until(lambda: json.loads(cursor.read_text())["after"] == 3, "its place is recorded")
    first.close()
    ids += [app.publish({"n": number}) for number in (3, 4)]
    second = listen(*arguments, "--exit-after", "2", **settings)
    assert "from where it stopped, after 3: 2 missed events come first" in second.error_with("Following")
    assert second.exit_code() == 0
    secret = app.api.get(f"{app.path}/endpoint/{endpoint}/secret").json()["key"]
    deliveries = receiver.to("/hook")
    for delivery in deliveries:
        Webhook(secret).verify(delivery.body, delivery.headers, json_parse=False)
    assert [(delivery.sequence, delivery.id) for delivery in deliveries] == list(enumerate(ids, 1))


def test_hold_keeps_the_order_until_the_target_is_back(listen, receiver: Receiver) -> None:
    target = Receiver()
    url = target.script("/hook", status(500), status(500), status(204))
    feed = Feed(receiver, [genuine(1), genuine(2)])
    command = follow(listen, feed, "--after", "0", "--hold", "--forward", url, "--exit-after", "2")
    # What had to be repeated failed once, and CI is told.
    assert command.exit_code() == 1
    assert [delivery.sequence for delivery in target.to("/hook")] == [1, 1, 1, 2]
    target.close()


def test_what_is_gone_is_said_and_not_counted(listen, receiver: Receiver) -> None:
    gone = {"sequence": 1, "id": "msg_1", "eventType": "a", "status": 4, "gone": "cancelled"}
    command = follow(listen, Feed(receiver, [gone, genuine(2)]), "--after", "0", "--exit-after", "1")
    assert "#1" in command.error_with("is gone: cancelled")
    assert "#2" in command.line() and command.exit_code() == 0


def test_time_runs_out(listen, receiver: Receiver) -> None:
    command = follow(listen, Feed(receiver), "--exit-after", "1", "--timeout", "1s")
    assert command.exit_code() == 2
    assert follow(listen, Feed(receiver), "--timeout", "1s").exit_code() == 0


def test_a_gap_ends_it(listen, receiver: Receiver) -> None:
    command = follow(listen, Feed(receiver, [genuine(1), genuine(3)]), "--after", "0")
    command.error_with("has a gap")
    assert command.exit_code() == 3


def test_interrupting_it_is_no_error_of_its_own(port) -> None:
    command, _ = port()
    command.interrupt()
    assert command.exit_code() == 130


def test_keys_of_a_terminal(port, receiver: Receiver, tmp_path: Path) -> None:
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/opened.json\n')
    opener.chmod(0o755)
    path = f"{opener.parent}:{os.environ['PATH']}"
    target = receiver.script("/hook", status(500), status(204))
    command, url = port("--secret", SECRET, "--forward", target, terminal=True, PATH=path)
    command.press("d")
    command.line_with("Nothing has come yet")
    assert post(url) == 500
    command.line_with("500 in")
    command.press("r")
    assert "204 in" in command.line_with("once more")
    command.press("d")
    command.line_with("POST /")
    command.line_with("webhook-id: msg_1")
    command.press("o")
    command.line_with("Opened")
    opened = until(lambda: (tmp_path / "opened.json").exists() and (tmp_path / "opened.json").read_text(), "it is opened")
    assert json.loads(opened)["eventType"] == "invoice.paid"
    command.press("q")
    # The first time it failed.
    assert command.exit_code() == 1
    assert len(receiver.to("/hook")) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--forward", "invoice"), 64, "PATTERN=URL"),
        (("--forward", "a=ftp://x/"), 64, "ftp://x/"),
        (("--app", "a"), 64, "--endpoint"),
        (("--app", "a", "--endpoint", "b", "--port", "1"), 64, "--port"),
        (("--port", "70000"), 64, "70000"),
        (("--hold",), 64, "feed"),
        (("--replay", "x", "--record", "y"), 64, "--replay"),
        (("--replay", "nowhere"), 1, "nowhere"),
        (("--config", "nowhere"), 1, "nowhere"),
        (("--secret", "whsec_*", "--port", "0"), 1, "secret"),
        (("--record", "no/where", "--port", "0"), 1, "no/where"),
        (("--app", "a", "--endpoint", "b"), 1, "token"),
    ],
)
def test_wrong_usage_is_said(tmp_path: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    answer = run("listen", *arguments, folder=tmp_path, XDG_STATE_HOME=str(tmp_path))
    assert (answer.returncode, answer.stdout) == (code, "")
    assert said in answer.stderr
