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
from harness.receiver import Receiver
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
