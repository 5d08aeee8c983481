"""Svix's e2e_endpoint.rs, secrets, statistics and recovery; with the same assertions. See Docs/svix-parity.md."""

import base64
import os
from datetime import datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook

from harness.api import places
from harness.app import App
from harness.receiver import Receiver, status
from harness.waiting import until


def secret(size: int, prefix: str = "whsec_") -> str:
    return prefix + base64.b64encode(os.urandom(size)).decode()


def at(**ago: float) -> str:
    return (datetime.now(timezone.utc) - timedelta(**ago)).isoformat()


def test_a_rotation_makes_a_key_or_takes_the_given_one(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    path = f"{endpoint.path}/secret"
    assert app.api.post(f"{path}/rotate", {"key": None}).is_success
    second = app.api.get(path).json()["key"]
    assert second != endpoint.secret
    given = secret(24)
    assert app.api.post(f"{path}/rotate", {"key": given}).is_success
    assert app.api.get(path).json()["key"] == given


def test_ten_former_keys_and_no_more(app: App, receiver: Receiver) -> None:
    path = f"{app.endpoint(receiver.url()).path}/secret/rotate"
    for _ in range(10):
        assert app.api.post(path, {}).is_success
    refused = app.api.post(path, {})
    assert (refused.status_code, refused.json()["code"]) == (400, "limit_reached")


def test_what_is_sent_verifies_with_every_key_that_counts(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    keys = [endpoint.secret, secret(24), secret(58)]
    for key in keys[1:]:
        assert app.api.post(f"{endpoint.path}/secret/rotate", {"key": key}).is_success
    app.publish()
    [delivery] = receiver.wait_for_count(1)
    for key in keys:
        Webhook(key).verify(delivery.body, delivery.headers, json_parse=False)


@pytest.mark.parametrize("size", [24, 58, 64, 75])
def test_a_secret_of_ones_own_is_kept(app: App, receiver: Receiver, size: int) -> None:
    own = secret(size)
    assert app.endpoint(receiver.url(), secret=own).secret == own
    # As the SDKs describe it, the prefix may be left out.
    endpoint = app.endpoint(receiver.url(), secret=own.removeprefix("whsec_"))
    assert endpoint.secret == own
    next = secret(size)
    assert app.api.post(f"{endpoint.path}/secret/rotate", {"key": next.removeprefix("whsec_")}).json() == {"key": next}


@pytest.mark.parametrize(
    "bad", [secret(23), secret(76), secret(24, "hush_"), "whsec_not base64", "", "not base64", secret(23, ""), secret(76, ""), "whsec_"]
)
def test_a_secret_that_is_none_is_refused(app: App, bad: str) -> None:
    assert places(app.api.post(f"{app.path}/endpoint", {"url": "http://127.0.0.1:9/", "secret": bad})) == [["body", "secret"]]


def test_statistics_count_the_last_attempts(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/", status(200), status(500)))
    path = f"{endpoint.path}/stats"
    nothing = {"success": 0, "pending": 0, "sending": 0, "fail": 0, "canceled": 0}
    assert app.api.get(path).json() == nothing
    app.settled(app.publish(), attempts=1)
    app.settled(app.publish(), attempts=3)
    until(lambda: app.api.get(path).json() == nothing | {"success": 1, "fail": app.api.get(path).json()["fail"]}, "both count")
    assert app.api.get(path).json()["fail"] >= 1
    refused = app.api.get(path, since=at(days=40))
    assert refused.status_code in (400, 422), refused.text


def test_a_recovery_from_long_ago_is_a_job_like_any_other(app: App, receiver: Receiver) -> None:
    """Svix refuses what is older than 14 days, for its recovery is one task in memory; ours is durable."""
    endpoint = app.endpoint(receiver.url())
    assert app.api.post(f"{endpoint.path}/recover", {"since": at(days=80)}).status_code == 202
    assert places(app.api.post(f"{endpoint.path}/recover", {"since": "soon"})) == [["body", "since"]]


def test_a_recovery_sends_what_failed_since(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/", status(500), status(500), status(500), status(200)))
    message = app.publish()
    app.settled(message, attempts=3)
    later = app.api.post(f"{endpoint.path}/recover", {"since": at(seconds=-0.01)})
    assert later.status_code in (202, 422)
    assert len(app.attempts(message)) == 3
    recovered = app.api.post(f"{endpoint.path}/recover", {"since": at(hours=1)})
    assert recovered.status_code == 202 and recovered.json()["task"] == "endpoint.recover"
    assert app.settled(message, attempts=4)[-1]["statusText"] == "success"
