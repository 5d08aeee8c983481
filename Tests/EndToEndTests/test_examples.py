"""The programs of Examples/ against the real server: an event has its effect once, forgeries have none, `godwit check` passes."""

import json
import re
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from os import urandom
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from harness.app import App
from harness.example import EXAMPLES, SWIFT, Example, ShellExample, ended, environment
from harness.server import ROOT, Server, run
from harness.waiting import until

PAID = {"type": "invoice.paid", "timestamp": "2026-11-25T08:00:00Z", "data": {"account": "shop", "amount": 15000}}
AnyExample = Example | ShellExample
Start = Callable[..., AnyExample]


@pytest.fixture
def prepare(tmp_path: Path) -> Iterator[Callable[[str], AnyExample]]:
    """One that isn't started yet: its URL is needed to register it, and the secret of that to start it."""
    made: list[AnyExample] = []

    def make(name: str) -> AnyExample:
        made.append(ShellExample(tmp_path) if name == "shell" else Example(name, tmp_path))
        return made[-1]

    yield make
    for example in made:
        example.close()


@pytest.fixture(params=["hummingbird", "nio", "python", "shell"])
def example(request: pytest.FixtureRequest, prepare: Callable[[str], AnyExample]) -> AnyExample:
    return prepare(request.param)


def new_secret() -> str:
    return "whsec_" + b64encode(urandom(24)).decode()


def post(url: str, secret: str, body: bytes, id: str = "msg_forged", **changed: str) -> int:
    """The status that a signed request gets; headers can be changed after it was signed."""
    now = datetime.now(tz=timezone.utc)
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, now, body.decode()),
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    return httpx.post(url, content=body, headers=headers, trust_env=False, timeout=30).status_code


def test_an_event_has_its_effect_once_though_sent_twice(app: App, example: AnyExample) -> None:
    endpoint = app.endpoint(example.url)
    example.start(WEBHOOK_SECRET=endpoint.secret)
    message = app.publish(PAID, "invoice.paid")
    app.settled(message, 1)
    assert app.resend(message, endpoint).status_code == 202
    attempts = app.settled(message, 2)
    assert [attempt["responseStatusCode"] for attempt in attempts] == [200, 200]
    if example.name == "nio":
        example.stop()  # Then all that it printed is there.
    assert example.effects(message) == 1


def test_forgeries_are_refused(example: AnyExample) -> None:
    secret, body = new_secret(), json.dumps(PAID).encode()
    example.start(WEBHOOK_SECRET=secret)
    assert post(example.url, new_secret(), body) == 401
    assert post(example.url, secret, body, webhook_id="msg_other") == 401
    assert post(example.url, secret, body, webhook_timestamp="1764000000") == 401
    # And one of the same identifier that is right still has its effect.
    assert post(example.url, secret, body, "msg_right") == 200
    until(lambda: example.effects("msg_right"), "the effect")
    assert (example.effects("msg_forged"), example.effects("msg_other"), example.effects("msg_right")) == (0, 0, 1)


def test_it_passes_the_check(tmp_path: Path, example: AnyExample) -> None:
    secret = new_secret()
    example.start(WEBHOOK_SECRET=secret)
    arguments = ["--secret", secret, "--payload", json.dumps(PAID), "--output", "json"]
    if example.name in ("hummingbird", "python"):
        arguments += ["--effects", f"{example.base}/effects/{{id}}"]
    checked = run("check", example.url, *arguments, folder=tmp_path, patience=120)
    report = json.loads(checked.stdout)
    assert (report["failed"], report["skipped"], checked.returncode) == (0, 0, 0), checked.stdout
    if isinstance(example, ShellExample):
        assert example.counted and set(example.counted.values()) == {1}
    elif example.name == "nio":
        example.stop()
        ids = [line.split(" ")[0] for line in example.lines]
        assert ids and len(ids) == len(set(ids))


@pytest.mark.parametrize("name", ["hummingbird", "python"])
def test_a_restart_forgets_nothing(app: App, prepare: Callable[[str], AnyExample], name: str) -> None:
    example = prepare(name)
    endpoint = app.endpoint(example.url)
    example.start(WEBHOOK_SECRET=endpoint.secret)
    message = app.publish(PAID, "invoice.paid")
    app.settled(message, 1)
    example.kill()
    example.start(WEBHOOK_SECRET=endpoint.secret)
    app.resend(message, endpoint)
    assert [attempt["responseStatusCode"] for attempt in app.settled(message, 2)] == [200, 200]
    assert (example.effects(message), example.get("/accounts/shop")) == (1, "15000")


def test_what_pushes_missed_comes_from_the_feed(
    godwit: Server, app: App, prepare: Callable[[str], AnyExample]
) -> None:
    """Nothing listens while three events are given up; then the receiver starts and is told of none of them."""
    example = prepare("hummingbird")
    endpoint = app.endpoint(example.url)
    missed = [app.publish(PAID, "invoice.paid") for _ in range(3)]
    for message in missed:
        app.settled(message, 3)
    feed = {"FEED_URL": f"{godwit.url}/api/v1{endpoint.path}/feed", "FEED_TOKEN": godwit.make_token("--app", app.id, "--read-only")}
    example.start(WEBHOOK_SECRET=endpoint.secret, **feed)
    until(lambda: example.get("/accounts/shop") == "45000", "everything is booked")
    app.resend(missed[0], endpoint)
    assert app.settled(missed[0], 4)[-1]["responseStatusCode"] == 200
    assert [example.effects(message) for message in missed] == [1, 1, 1]
    assert example.stop() == 0


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("hummingbird", {}, "WEBHOOK_SECRET is missing"),
        ("nio", {"WEBHOOK_SECRET": ""}, "WEBHOOK_SECRET is missing"),
        ("python", {}, "WEBHOOK_SECRET is missing"),
        ("hummingbird", {"WEBHOOK_SECRET": "whsec_***"}, "WEBHOOK_SECRET"),
        ("nio", {"WEBHOOK_SECRET": "whsec_***"}, "WEBHOOK_SECRET"),
        ("python", {"WEBHOOK_SECRET": "whsec_"}, "WEBHOOK_SECRET"),
        ("hummingbird", {"WEBHOOK_SECRET": "whsec_AAAA", "PORT": "http"}, "PORT"),
        ("nio", {"WEBHOOK_SECRET": "whsec_AAAA", "PORT": "0"}, "PORT"),
        ("python", {"WEBHOOK_SECRET": "whsec_AAAA", "PORT": "http"}, "PORT"),
        ("hummingbird", {"WEBHOOK_SECRET": "whsec_AAAA", "FEED_URL": "http://localhost/feed"}, "FEED_TOKEN"),
        ("toss", {}, "TOSS_SECURITY_KEY"),
        ("toss", {"TOSS_SECURITY_KEY": "00" * 32}, "TOSS_SECRET_KEY"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, name: str, settings: dict[str, str], said: str) -> None:
    done = ended(name, tmp_path, **settings)
    assert done.returncode == 1 and said in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_the_shell_sends_what_it_can_verify(tmp_path: Path, prepare: Callable[[str], AnyExample]) -> None:
    """Also to the other examples: here to the one in Python, with the former secret's signature beside the new one's."""
    old, new = new_secret(), new_secret()
    body = tmp_path / "body.json"
    body.write_text(json.dumps(PAID) + "\n\n")

    def send(url: str, *arguments: str, **secrets: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [EXAMPLES / "shell/send.sh", url, body, *arguments], env=environment(**secrets), capture_output=True, text=True
        )

    for known, secret in (("old", old), ("new", new)):
        receiver = Example("python", tmp_path)
        receiver.start(WEBHOOK_SECRET=secret)
        try:
            sent = send(receiver.url, f"msg_{known}", WEBHOOK_SECRET=new, OLD_WEBHOOK_SECRET=old)
            assert (sent.returncode, sent.stderr) == (0, "") and sent.stdout.startswith("200 msg_"), sent
            assert receiver.effects(sent.stdout.split()[1]) == 1
            refused = send(receiver.url, WEBHOOK_SECRET=new_secret())
            assert refused.returncode == 1 and refused.stdout.startswith("401 ")
        finally:
            receiver.close()
    assert send(receiver.url, WEBHOOK_SECRET=new).returncode == 1  # Nothing listens.
    assert send(receiver.url).returncode == 64 and "WEBHOOK_SECRET is missing" in send(receiver.url).stderr


@pytest.mark.parametrize("target", SWIFT.values())
def test_the_package_that_a_reader_is_told_to_write_is_the_one_that_is_built_here(target: str) -> None:
    """A copied program needs just what its README names."""
    (folder,) = [path.parents[1] for path in EXAMPLES.glob(f"*/Sources/{target}.swift")]

    def products(text: str) -> set[str]:
        return set(re.findall(r'"(Godwit\w+)"', text)) | set(re.findall(r'\.product\(name: "(\w+)"', text))

    block = (ROOT / "Package.swift").read_text().partition(f'name: "{target}",')[2].partition("path:")[0]
    (snippet,) = re.findall(r"```swift\n(// swift-tools-version.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    told = snippet.partition(".executableTarget(")[2]
    assert products(block) and products(block) == products(told)


def test_the_library_that_a_reader_installs_is_the_one_that_runs_here() -> None:
    asked = (EXAMPLES / "python/requirements.txt").read_text().split()
    assert set(asked) <= set((ROOT / "Tests/EndToEndTests/requirements.txt").read_text().split())
