"""The response contract and the retry policy of an endpoint, as they are set through the API."""

from datetime import datetime

import pytest

from harness.app import App, Endpoint
from harness.receiver import Receiver, status
from harness.waiting import until

DEFAULTS = {
    "response": {"rules": [], "directive": True, "bodyBytesKept": 16384},
    "order": {"mode": "unordered"},
    "batch": None,
    "rateLimit": {"perSecond": None, "perMinute": None, "perHour": None, "concurrent": None},
    "breaker": {"failures": 20, "pause": "1s", "pauseMax": "1m"},
    "disableAfter": "5d",
}

# The waits in seconds before the second attempt, as documented; each is moved by up to 20 % at random.
PRESETS = ["standard-webhooks", "svix", "stripe-like", "toss", "aggressive"]


def test_a_new_endpoint_has_the_documented_policy(app: App, receiver: Receiver) -> None:
    policy = app.endpoint(receiver.url()).policy()
    for name, expected in DEFAULTS.items():
        if isinstance(expected, dict):
            assert expected.items() <= policy[name].items(), name
        else:
            assert policy[name] == expected, name


def test_a_patch_changes_what_it_mentions_and_null_takes_it_back(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    fresh = endpoint.policy()
    changed = endpoint.set_policy(breaker={"failures": 5}, rateLimit={"perSecond": 10})
    assert changed == endpoint.policy()
    assert changed["breaker"] == fresh["breaker"] | {"failures": 5}
    assert changed["rateLimit"] == fresh["rateLimit"] | {"perSecond": 10}
    assert {name: changed[name] for name in fresh if name not in ("breaker", "rateLimit")} == {
        name: fresh[name] for name in fresh if name not in ("breaker", "rateLimit")
    }
    assert endpoint.set_policy(breaker=None, rateLimit={"perSecond": None}) == fresh


def test_a_policy_can_be_read_and_put_back(app: App, receiver: Receiver) -> None:
    first, second = app.endpoint(receiver.url("/1")), app.endpoint(receiver.url("/2"))
    policy = first.set_policy(
        response={"rules": [{"status": "404", "means": "stop"}], "directive": False, "bodyBytesKept": 100},
        retry={"schedule": ["1s", "2s"], "jitter": 0.1, "maxAge": "1d"},
        order={"mode": "fifo", "headOfLine": "skip", "skipAfter": 2},
        batch={"maxMessages": 10, "maxWait": "100ms", "format": "ndjson"},
    )
    answer = app.api.put(f"{second.path}/policy", policy)
    assert answer.status_code == 200, answer.text
    assert second.policy() == policy
    # A put is the whole: what it leaves out is as at first.
    assert app.api.put(f"{second.path}/policy", {}).status_code == 200
    assert second.policy() == app.endpoint(receiver.url("/3")).policy()


@pytest.mark.parametrize(
    "change",
    [
        {"nonsense": 1},
        {"response": {"rules": [{"status": "99", "means": "stop"}]}},
        {"response": {"rules": [{"status": "404", "means": "shrug"}]}},
        {"response": {"bodyBytesKept": -1}},
        {"timeouts": {"total": "soon"}},
        {"retry": {"preset": "nobodys"}},
        {"retry": {"schedule": ["5 minutes"]}},
        {"retry": {"schedule": ["1s"], "jitter": 2}},
        {"retry": {"exponential": {"base": "1s", "factor": 0, "cap": "1h", "maxAttempts": 10}}},
        {"batch": {"maxMessages": 0, "maxWait": "200ms", "format": "json-array"}},
        {"batch": {"maxMessages": 10, "maxWait": "200ms", "format": "xml"}},
        {"breaker": {"failures": 0}},
        {"disableAfter": "-1d"},
    ],
    ids=lambda change: str(change)[1:60],
)
def test_a_policy_that_is_none_is_refused_and_changes_nothing(app: App, receiver: Receiver, change: dict) -> None:
    endpoint = app.endpoint(receiver.url())
    before = endpoint.policy()
    answer = app.api.patch(f"{endpoint.path}/policy", change)
    assert answer.status_code == 422, answer.text
    assert endpoint.policy() == before


def test_a_receiver_says_stop(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.script("/hook", status(500, webhook_delivery="stop"), status(204)))
    [attempt] = app.settled(app.publish(), attempts=1)
    assert attempt["nextAttempt"] is None and attempt["statusText"] == "fail"
    # The endpoint itself goes on.
    [attempt] = app.settled(app.publish(), attempts=1)
    assert attempt["responseStatusCode"] == 204


def test_a_receiver_says_retry_where_the_status_would_end_it(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(410, webhook_delivery="retry"), status(204)))
    attempts = app.settled(app.publish(), attempts=2)
    assert [attempt["responseStatusCode"] for attempt in attempts] == [410, 204]
    assert endpoint.get()["disabled"] is False


def test_a_receivers_word_counts_only_where_it_is_allowed(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500, webhook_delivery="stop"), status(204)))
    endpoint.set_policy(response={"directive": False})
    attempts = app.settled(app.publish(), attempts=2)
    assert [attempt["responseStatusCode"] for attempt in attempts] == [500, 204]


@pytest.mark.parametrize(
    ("code", "means", "attempts"),
    [(404, "stop", 1), (409, "delivered", 1), (200, "retry", 2), (302, "delivered", 1), (500, "stop", 1)],
)
def test_a_status_means_what_the_rules_say(
    app: App, receiver: Receiver, code: int, means: str, attempts: int
) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(code), status(204)))
    endpoint.set_policy(response={"rules": [{"status": str(code), "means": means}]})
    found = app.settled(app.publish(), attempts=attempts)
    assert found[0]["responseStatusCode"] == code
    assert found[0]["statusText"] == {"stop": "fail", "delivered": "success", "retry": "sending"}[means]
    assert found[-1]["nextAttempt"] is None


def test_rules_are_asked_in_turn_and_ranges_are_ranges(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(499), status(404), status(204)))
    endpoint.set_policy(
        response={"rules": [{"status": "404", "means": "retry"}, {"status": "400-499", "means": "stop"}]}
    )
    [stopped] = app.settled(app.publish(), attempts=1)
    assert stopped["responseStatusCode"] == 499
    attempts = app.settled(app.publish(), attempts=2)
    assert [attempt["responseStatusCode"] for attempt in attempts] == [404, 204]


def test_a_rule_may_disable(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(418)))
    endpoint.set_policy(response={"rules": [{"status": "418", "means": "disable"}]})
    app.settled(app.publish(), attempts=1)
    until(lambda: endpoint.get()["disabled"], "the endpoint is disabled")


def test_so_much_of_a_response_is_kept(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(200, b"x" * 5000)))
    endpoint.set_policy(response={"bodyBytesKept": 100})
    [attempt] = app.settled(app.publish(), attempts=1)
    assert attempt["response"] == "x" * 100


def test_an_event_type_has_a_retry_policy_of_its_own(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500)))
    endpoint.set_policy(
        retry={"schedule": ["50ms", "50ms"], "jitter": 0, "maxAge": None},
        retryByEventType={"refund.made": {"schedule": [], "jitter": 0, "maxAge": None}},
    )
    usual, special = app.publish(), app.publish(event_type="refund.made")
    attempts = app.settled(usual, attempts=3)
    assert attempts[-1]["nextAttempt"] is None
    [attempt] = app.settled(special, attempts=1)
    assert attempt["nextAttempt"] is None


def test_exponential_waits_grow_to_their_cap(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500)))
    endpoint.set_policy(
        retry={"exponential": {"base": "200ms", "factor": 2, "cap": "500ms", "maxAttempts": 4}, "jitter": 0, "maxAge": None}
    )
    app.settled(app.publish(), attempts=4)
    times = [delivery.at for delivery in receiver.deliveries]
    waits = [later - earlier for earlier, later in zip(times, times[1:])]
    assert len(waits) == 3
    for wait, least in zip(waits, (0.2, 0.4, 0.5)):
        assert least - 0.05 <= wait <= least + 2, waits


def test_what_is_too_old_is_not_retried(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500)))
    endpoint.set_policy(retry={"schedule": ["200ms"] * 50, "jitter": 0, "maxAge": "1s"})
    message = app.publish()
    last = until(
        lambda: next((found for found in app.attempts(message) if found["nextAttempt"] is None), None), "it is given up"
    )
    assert last["statusText"] == "fail"
    assert 2 <= len(app.attempts(message)) <= 7


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_kept_by_its_name_and_works(app: App, receiver: Receiver, preset: str) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500), status(204)))
    assert endpoint.set_policy(retry={"preset": preset})["retry"]["preset"] == preset
    assert endpoint.policy()["retry"]["preset"] == preset
    message = app.publish()
    receiver.wait_for_count(1)
    first = until(lambda: app.attempts(message), "the first attempt is recorded")[0]
    assert first["nextAttempt"] is not None


def test_toss_waits_a_minute_first(app: App, receiver: Receiver) -> None:
    assert 48 <= first_wait(app, receiver, {"preset": "toss"}) <= 73


def test_the_servers_own_schedule_is_that_of_the_setting(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500), status(500), status(204)))
    assert endpoint.policy()["retry"] is None
    app.settled(app.publish(), attempts=3)


def first_wait(app: App, receiver: Receiver, retry: dict) -> float:
    """Seconds from the end of the first attempt to when the next is due."""
    endpoint: Endpoint = app.endpoint(receiver.script("/hook", status(500)))
    endpoint.set_policy(retry=retry)
    [attempt] = app.settled(app.publish(), attempts=1)
    return (datetime.fromisoformat(attempt["nextAttempt"]) - datetime.fromisoformat(attempt["timestamp"])).total_seconds()
