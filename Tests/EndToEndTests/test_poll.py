"""`godwit poll`: an endpoint's events as lines, from where it stopped, over disconnections."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from harness.app import App
from harness.feed import Feed, item
from harness.receiver import Delivery, Receiver
from harness.server import BINARY, Server, environment, free_port, run


@pytest.fixture
def ask(godwit: Server, tmp_path: Path) -> Callable[..., CompletedProcess[str]]:
    def ask(*arguments: str, url: str = "") -> CompletedProcess[str]:
        return run("poll", *arguments, folder=tmp_path, GODWIT_SERVER=url or godwit.url, GODWIT_TOKEN=godwit.token)

    return ask


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """A command that runs on, with its output as lines."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **settings: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [BINARY, *arguments],
            cwd=tmp_path,
            env=environment(**settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def lines(ended: CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_it_says_a_disconnection_and_what_was_missed(start, receiver: Receiver) -> None:
    feed = Feed(receiver, [item(1)])
    settings = {"GODWIT_SERVER": feed.url, "GODWIT_TOKEN": "any"}
    process = start("poll", "app", "endpoint", "--follow", "--exit-after", "3", "--cursor", "c.json", **settings)
    assert json.loads(process.stdout.readline())["sequence"] == 1
    feed.disconnect()
    assert process.stderr.readline().startswith(f"DISCONNECTED from {feed.url}")
    feed.add(item(2), item(3))
    feed.away.clear()
    assert process.wait(30) == 0
    rest = process.stderr.read()
    assert "CONNECTED again" in rest and "2 events were missed and come now" in rest


def test_a_feed_that_is_not_gapless_is_refused(ask, receiver: Receiver) -> None:
    feed = Feed(receiver, [item(1), item(2), item(4)])
    gap = ask("app", "endpoint", url=feed.url)
    assert gap.returncode == 3 and "3 was to come, and 4 came" in gap.stderr
    feed.items = [item(1)]
    behind = ask("app", "endpoint", "--after", "5", url=feed.url)
    assert (behind.returncode, behind.stdout) == (3, "") and "ends at 1, before 5" in behind.stderr
    feed.items = [item(1, gone="expired")]
    del feed.items[0]["headers"], feed.items[0]["body"]
    gone = ask("app", "endpoint", url=feed.url)
    assert gone.returncode == 0 and lines(gone)[0]["gone"] == "expired"


def test_what_the_server_refuses_ends_it(ask, receiver: Receiver, app: App) -> None:
    unknown = ask(app.id, "nothing", "--follow")
    assert (unknown.returncode, unknown.stdout) == (1, "") and unknown.stderr
    away = ask("app", "endpoint", url=f"http://127.0.0.1:{free_port()}")
    assert away.returncode == 1 and "did not answer" in away.stderr
    feed = Feed(receiver)
    feed.refusal = 503
    busy = ask("app", "endpoint", "--follow", "--timeout", "1s", "--exit-after", "1", url=feed.url)
    assert busy.returncode == 2 and busy.stderr.startswith("DISCONNECTED")


def test_a_time_limit_tells_ci(ask, receiver: Receiver) -> None:
    feed = Feed(receiver, [item(1)])
    arguments = ("app", "endpoint", "--follow", "--timeout", "1s")
    assert ask(*arguments, "--exit-after", "2", url=feed.url).returncode == 2
    assert ask(*arguments, "--exit-after", "1", url=feed.url).returncode == 0
    assert ask(*arguments, url=feed.url).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("app",), "endpoint"),
        (("a b", "c"), "a b"),
        (("a", "b", "--limit", "0"), "--limit"),
        (("a", "b", "--limit", "251"), "--limit"),
        (("a", "b", "--after=-1"), "-1"),
        (("a", "b", "--exit-after", "0"), "--exit-after"),
        (("a", "b", "--timeout", "1s"), "--follow"),
        (("a", "b", "--follow", "--timeout", "soon"), "soon"),
    ],
)
def test_wrong_usage_is_said(ask, arguments: tuple[str, ...], said: str) -> None:
    answer = ask(*arguments)
    assert (answer.returncode, answer.stdout) == (64, "")
    assert said in answer.stderr


def test_a_file_that_is_no_cursor_is_left_alone(ask, tmp_path: Path, receiver: Receiver) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    refused = ask("app", "endpoint", "--cursor", "notes.txt", url=Feed(receiver).url)
    assert refused.returncode == 1 and "is not a cursor" in refused.stderr
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_it_prints_what_a_push_would_have_brought(ask, app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/hook"))
    ids = [app.publish({"text": f"결제 {number}"}) for number in range(3)]
    pushed = {delivery.id: delivery for delivery in receiver.wait_for_count(3)}
    ended = ask(app.id, endpoint.id)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = lines(ended)
    assert [(one["sequence"], one["id"]) for one in found] == [(number + 1, id) for number, id in enumerate(ids)]
    for one in found:
        headers = {name.lower(): value for name, value in one["headers"].items()}
        again = Delivery("POST", "/hook", headers, one["body"].encode())
        endpoint.verify(again)
        assert (again.body, again.sequence) == (pushed[again.id].body, pushed[again.id].sequence)
    assert [one["sequence"] for one in lines(ask(app.id, endpoint.id, "--after", "1", "--exit-after", "1"))] == [2]
    assert [one["sequence"] for one in lines(ask(app.id, endpoint.id, "--limit", "1"))] == [1, 2, 3]
    assert lines(ask(app.id, endpoint.id, "--after", "3")) == []
    behind = ask(app.id, endpoint.id, "--after", "4")
    assert (behind.returncode, behind.stdout) == (3, "") and "ends at 3, before 4" in behind.stderr


def test_it_goes_on_where_it_stopped(ask, app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/hook"))
    for _ in range(3):
        app.publish()
    cursor = ("--cursor", "cursor.json")
    assert [one["sequence"] for one in lines(ask(app.id, endpoint.id, *cursor, "--exit-after", "2"))] == [1, 2]
    app.publish()
    assert [one["sequence"] for one in lines(ask(app.id, endpoint.id, *cursor))] == [3, 4]
    assert lines(ask(app.id, endpoint.id, *cursor)) == []
    other = app.endpoint(receiver.url("/other"))
    refused = ask(app.id, other.id, *cursor)
    assert (refused.returncode, refused.stdout) == (1, "") and endpoint.id in refused.stderr


def test_it_follows_and_outlives_the_server(start, serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    endpoint = app.endpoint(receiver.url("/hook"))
    settings = {"GODWIT_SERVER": server.url, "GODWIT_TOKEN": server.token}
    process = start("poll", app.id, endpoint.id, "--follow", "--exit-after", "4", **settings)
    app.publish()
    assert json.loads(process.stdout.readline())["sequence"] == 1
    # In the middle of a wait, and before anything was sent.
    server.kill()
    assert process.stderr.readline().startswith(f"DISCONNECTED from {server.url}")
    server.start()
    app = App(server.api(), app.id)
    for _ in range(3):
        app.publish()
    assert [json.loads(process.stdout.readline())["sequence"] for _ in range(3)] == [2, 3, 4]
    assert process.wait(30) == 0
    assert "CONNECTED again" in process.stderr.read()


def test_a_feed_that_promises_more_and_gives_nothing_is_refused(ask, receiver: Receiver) -> None:
    feed = Feed(receiver, [item(1)])
    feed.head = 3
    stuck = ask("app", "endpoint", url=feed.url)
    assert stuck.returncode == 3 and "up to 3" in stuck.stderr
    assert [one["sequence"] for one in lines(stuck)] == [1]
