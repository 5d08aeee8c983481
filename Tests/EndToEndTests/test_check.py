"""`godwit check` against a right receiver and against wrong ones: each flaw fails its own cases and no other."""

import base64
import json
import xml.etree.ElementTree as XML
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from harness import flawed
from harness.app import App
from harness.flawed import Forgetful, Handler, by_hand, rewriting, trusting_without
from harness.receiver import Delivery, Exchange, Receiver, after, hang_up, status
from harness.server import Server, free_port, run

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
FORGERIES = {
    "missing-signature", "missing-id", "missing-timestamp", "empty-signature", "malformed-signature", "malformed-timestamp",
    "wrong-signature", "truncated-signature", "unknown-version", "wrong-key", "empty-key", "stale", "future", "altered-body",
    "truncated-body", "re-serialised", "re-serialised-spaced", "replayed-new-id", "replayed-new-timestamp",
}  # fmt: skip


def check(folder: Path, *arguments: str, **settings: str) -> CompletedProcess[str]:
    return run("check", *arguments, folder=folder, patience=120, **settings)


def report(folder: Path, url: str, *arguments: str, secret: str = SECRET) -> dict[str, Any]:
    ended = check(folder, url, "--secret", secret, "--output", "json", *arguments)
    assert ended.stderr == ""
    report = json.loads(ended.stdout)
    assert ended.returncode == (1 if report["failed"] or not report["passed"] else 0)
    counted = [sum(case["outcome"] == outcome for case in report["cases"]) for outcome in ("passed", "failed", "skipped")]
    assert counted == [report["passed"], report["failed"], report["skipped"]]
    assert all(bool(case["remedy"]) == (case["outcome"] == "failed") for case in report["cases"])
    return report


def failed(report: dict[str, Any]) -> set[str]:
    return {case["name"] for case in report["cases"] if case["outcome"] == "failed"}


def test_a_right_receiver_passes_everything(tmp_path: Path, receiver: Receiver) -> None:
    handler = Handler(SECRET)
    url = handler.register(receiver)
    passed = report(tmp_path, url, "--large-bytes", "1000000")
    assert (passed["failed"], passed["skipped"], passed["url"]) == (0, 0, url)
    assert FORGERIES | {"valid", "rotation", "duplicate", "reordered", "head", "in-time"} <= {
        case["name"] for case in passed["cases"]
    }
    large = max((delivery for delivery in receiver.to("/hook")), key=lambda delivery: len(delivery.body))
    assert len(large.body) == 1_000_000
    assert handler.effects and all(count == 1 for count in handler.effects.values())


@pytest.mark.parametrize(
    ("verify", "cases"),
    [
        (lambda *_: None, FORGERIES),
        (by_hand(), set()),
        (by_hand(seconds=(1e9, 1e9)), {"stale", "future"}),
        (by_hand(seconds=(300, 1e9)), {"future"}),
        (by_hand(seconds=(1e9, 300)), {"stale"}),
        (by_hand(equal=flawed.prefix_equal), {"truncated-signature", "malformed-signature"}),
        (by_hand(validate=True), {"malformed-signature"}),
        (rewriting(separators=(",", ":"), ensure_ascii=False), {"re-serialised", "exact-bytes", "unicode-body"}),
        (trusting_without("webhook-signature"), {"missing-signature"}),
        (trusting_without("webhook-id"), {"missing-id"}),
        (trusting_without("webhook-timestamp"), {"missing-timestamp"}),
        (flawed.any_version, {"unknown-version"}),
        (flawed.one_signature, {"rotation"}),
        (flawed.ignoring_id, {"replayed-new-id", "missing-id"}),
    ],
    ids=[
        "verifies nothing", "by hand", "any time", "any future", "any past", "prefix", "strict base64", "rewrites",
        "no signature", "no id", "no timestamp", "any version", "first only", "id not signed",
    ],  # fmt: skip
)
def test_each_flaw_fails_its_cases(tmp_path: Path, receiver: Receiver, verify: flawed.Verify, cases: set[str]) -> None:
    assert failed(report(tmp_path, Handler(SECRET, verify).register(receiver))) == cases


def test_an_empty_secret_is_found(tmp_path: Path, receiver: Receiver) -> None:
    def verify(secret: str, delivery: Delivery) -> None:
        try:
            by_hand()(secret, delivery)
        except WebhookVerificationError:
            by_hand()("whsec_", delivery)

    assert failed(report(tmp_path, Handler(SECRET, verify).register(receiver))) == {"empty-key"}


def test_a_receiver_that_refuses_everything_proves_nothing_by_it(tmp_path: Path, receiver: Receiver) -> None:
    other = "whsec_" + base64.b64encode(bytes(32)).decode()
    refused = report(tmp_path, Handler(SECRET).register(receiver), secret=other.replace("AAAA", "BBBB"))
    assert {case["name"] for case in refused["cases"] if case["outcome"] == "skipped"} == FORGERIES
    assert "valid" in failed(refused)


def test_python_that_writes_again_is_found(tmp_path: Path, receiver: Receiver) -> None:
    """Its own style is accepted, so the valid one has to be written that way to get so far."""
    found = failed(report(tmp_path, Handler(SECRET, rewriting()).register(receiver)))
    assert "valid" in found and "exact-bytes" in found


@pytest.mark.parametrize(
    ("options", "cases"),
    [({"refusal": 500}, FORGERIES), ({"refusal": 302}, FORGERIES), ({"refusal": 410}, FORGERIES), ({"refusal": 403}, set())],
    ids=lambda value: str(value.get("refusal")) if isinstance(value, dict) else "",
)
def test_a_refusal_is_a_4xx(tmp_path: Path, receiver: Receiver, options: dict[str, int], cases: set[str]) -> None:
    assert failed(report(tmp_path, Handler(SECRET, **options).register(receiver))) == cases


def test_a_duplicate_must_be_accepted(tmp_path: Path, receiver: Receiver) -> None:
    found = failed(report(tmp_path, Handler(SECRET, duplicate=409).register(receiver)))
    # At the same moment, and for the same bytes again, 409 is an answer; for a retry it isn't.
    assert found == {"duplicate"}


def test_effects_are_counted_where_the_receiver_tells_them(tmp_path: Path, receiver: Receiver) -> None:
    def serve(handler: Handler) -> tuple[str, str]:
        def count(exchange: Exchange) -> None:
            id = exchange.path.rpartition("/")[2]
            status(200, str(handler.effects[id]).encode())(exchange)

        receiver.accept = lambda delivery: count if delivery.path.startswith("/effects/") else handler  # type: ignore
        return receiver.url("/hook"), receiver.url("/effects/{id}")

    url, effects = serve(Handler(SECRET))
    assert failed(report(tmp_path, url, "--effects", effects)) == set()
    url, effects = serve(Forgetful(SECRET))
    assert failed(report(tmp_path, url, "--effects", effects)) == {"duplicate", "concurrent-duplicates", "replayed"}
    assert failed(report(tmp_path, url)) == set()


def test_slow_and_silent_receivers(tmp_path: Path, receiver: Receiver) -> None:
    url = receiver.script("/slow", after(receiver.closing, status(204)))
    slow = report(tmp_path, url, "--limit", "200ms")
    assert {"valid", "in-time", "head"} <= failed(slow)
    assert failed(report(tmp_path, receiver.script("/cut", hang_up))) >= {"valid", "head"}
    handler = Handler(SECRET)
    handler.head = 501
    assert failed(report(tmp_path, handler.register(receiver))) == {"head"}
    handler.head = 405
    assert failed(report(tmp_path, handler.register(receiver))) == set()


def test_where_nothing_listens_the_rest_is_skipped(tmp_path: Path) -> None:
    nothing = report(tmp_path, f"http://127.0.0.1:{free_port()}/")
    assert failed(nothing) == {"valid"} and nothing["skipped"] == len(nothing["cases"]) - 1


def test_files_for_ci(tmp_path: Path, receiver: Receiver) -> None:
    url = Handler(SECRET, by_hand(seconds=(300, 1e9))).register(receiver)
    arguments = ("--junit", "out.xml", "--badge", "badge.svg")
    ended = check(tmp_path, url, *arguments, GODWIT_SECRET=SECRET)
    assert ended.returncode == 1
    assert "FAIL  future" in ended.stdout and "→ Refuse when webhook-timestamp is further ahead" in ended.stdout
    suites = XML.parse(tmp_path / "out.xml").getroot()
    suite = suites.find("testsuite")
    cases = suite.findall("testcase")
    assert (suite.get("failures"), suite.get("tests")) == ("1", str(len(cases)))
    (failure,) = [case for case in cases if case.find("failure") is not None]
    assert failure.get("name").startswith("future") and failure.find("failure").text
    badge = XML.parse(tmp_path / "badge.svg").getroot()
    assert badge.tag.endswith("svg") and "1 of" in badge.get("aria-label") and "failed" in badge.get("aria-label")


def test_an_endpoint_of_a_server_is_asked_for(tmp_path: Path, godwit: Server, app: App, receiver: Receiver) -> None:
    path = receiver.script("/own", status(204))
    endpoint = app.endpoint(path)
    Handler(endpoint.secret).register(receiver, "/own")
    asked = {"GODWIT_SERVER": godwit.url, "GODWIT_TOKEN": godwit.token}
    ended = check(tmp_path, "--app", app.id, "--endpoint", endpoint.id, **asked)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    unknown = check(tmp_path, "--app", app.id, "--endpoint", "nothing", **asked)
    assert unknown.returncode == 1 and "not found" in unknown.stderr


def test_own_payload_and_an_asymmetric_secret(tmp_path: Path, receiver: Receiver) -> None:
    (tmp_path / "paid.json").write_text('{"type":"invoice.paid","data":{"amount":5000.0}}')
    secret = "whsk_" + base64.b64encode(bytes(range(32))).decode()
    ended = report(tmp_path, receiver.url("/any"), "--payload", "@paid.json", secret=secret)
    first = receiver.to("/any")[0]
    assert json.loads(first.body)["data"] == {"amount": 5000.0} and first.headers["webhook-signature"].startswith("v1a,")
    assert [case["name"] for case in ended["cases"] if case["outcome"] == "skipped"] == ["empty-key"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "URL"),
        (("ftp://x/",), "ftp://x/"),
        (("http://127.0.0.1:9/",), "secret"),
        (("http://127.0.0.1:9/", "--secret", "whsec_***"), "secret"),
        (("http://127.0.0.1:9/", "--secret", SECRET, "--limit", "2h"), "--limit"),
        (("http://127.0.0.1:9/", "--secret", SECRET, "--concurrency", "1"), "--concurrency"),
        (("http://127.0.0.1:9/", "--secret", SECRET, "--payload", "[]"), "--payload"),
        (("http://127.0.0.1:9/", "--secret", SECRET, "--payload", "@nowhere"), "nowhere"),
        (("http://127.0.0.1:9/", "--secret", SECRET, "--effects", "http://x/"), "{id}"),
        (("http://127.0.0.1:9/", "--secret", SECRET, "--app", "a"), "--endpoint"),
        (("http://127.0.0.1:9/", "--secret", SECRET, "--token", "a"), "--app"),
    ],
)
def test_wrong_usage_is_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = check(tmp_path, *arguments)
    assert (answer.returncode, answer.stdout) == (64, "")
    assert said in answer.stderr


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path, receiver: Receiver) -> None:
    answer = check(tmp_path, Handler(SECRET).register(receiver), "--secret", SECRET, "--junit", "no/where.xml")
    assert answer.returncode == 1 and "no/where.xml" in answer.stderr
