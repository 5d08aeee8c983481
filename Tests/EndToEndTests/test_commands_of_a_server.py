"""The commands that ask a running server: policy, explain and replay."""

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from harness.app import App
from harness.receiver import Receiver, status
from harness.server import Server, free_port, run


@pytest.fixture
def ask(godwit: Server, tmp_path: Path):
    def ask(*arguments: str) -> CompletedProcess[str]:
        return run(*arguments, folder=tmp_path, GODWIT_SERVER=godwit.url, GODWIT_TOKEN=godwit.token)

    return ask


def test_policy_shows_and_changes(ask, app: App, receiver: Receiver, tmp_path: Path) -> None:
    endpoint = app.endpoint(receiver.url("/a"))
    shown = ask("policy", app.id, endpoint.id)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "order.mode" in shown.stdout and "unordered" in shown.stdout
    patched = ask("policy", app.id, endpoint.id, "--patch", '{"retry":{"preset":"toss"}}', "--output", "json")
    assert json.loads(patched.stdout)["effective"]["retry"][0] == "1m"
    # What was read can be given back.
    (tmp_path / "policy.json").write_text(patched.stdout)
    assert ask("policy", app.id, endpoint.id, "--set", "@policy.json", "--output", "json").stdout == patched.stdout
    assert endpoint.policy()["retry"] == {"preset": "toss"}


def test_explain_says_why(ask, app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.url("/wants"), uid="wants")
    app.endpoint(receiver.url("/other"), uid="other", channels=["busan"])
    message = app.publish()
    app.settled(message, attempts=1)
    said = ask("explain", app.id, message)
    assert said.returncode == 0
    wants, other = said.stdout.split("\n\n")[1:]
    assert "delivered: " in wants and "status 204" in wants and "first byte" in wants
    assert "not_subscribed: " in other


def test_replay_plans_sends_and_lists(ask, app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500), status(500), status(500), status(204)))
    message = app.publish()
    app.settled(message, attempts=3)
    plan = ask("replay", app.id, endpoint.id, "--since", "1h", "--plan", "--output", "json")
    assert json.loads(plan.stdout)["count"] == 1
    replayed = ask("replay", app.id, endpoint.id, "--since", "1h", "--wait", "--output", "json")
    assert (replayed.returncode, json.loads(replayed.stdout)["status"]) == (0, "finished")
    assert receiver.wait_for_count(4)[-1].headers["webhook-replay"] == "true"
    id = json.loads(replayed.stdout)["id"]
    assert id in ask("replay", app.id, endpoint.id, "--list").stdout
    over = ask("replay", app.id, endpoint.id, "--cancel", id)
    assert over.returncode == 1 and "over" in over.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("policy", "nobody", "nothing"), 1, "not found"),
        (("policy", "nobody", "a b"), 64, "a b"),
        (("policy", "nobody", "nothing", "--set", "@nowhere"), 1, "nowhere"),
        (("policy", "nobody", "nothing", "--set", "{}", "--patch", "{}"), 64, "either"),
        (("explain", "nobody", "nothing"), 1, "not found"),
        (("replay", "nobody", "nothing"), 64, "exactly one"),
        (("replay", "nobody", "nothing", "--since", "yesterday"), 64, "yesterday"),
        (("replay", "nobody", "nothing", "--list", "--wait"), 64, "--since"),
        (("explain", "nobody", "nothing", "--server", "https://example.com"), 64, "http://"),
        (("explain", "nobody", "nothing", "--token", "wrong"), 1, "token"),
    ],
)
def test_what_went_wrong_is_said_with_its_exit_code(ask, arguments: tuple[str, ...], code: int, said: str) -> None:
    answer = ask(*arguments)
    assert (answer.returncode, answer.stdout) == (code, "")
    assert said in answer.stderr


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    answer = run("explain", "a", "b", "--server", url, "--token", "t", folder=tmp_path)
    assert answer.returncode == 1 and url in answer.stderr
