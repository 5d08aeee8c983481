"""Receivers that can take only so much: rate limits, and answers that ask for patience."""

import time
from email.utils import formatdate

import pytest

from harness.app import App
from harness.receiver import Receiver, after, status
from harness.waiting import until


def test_a_rate_per_second_is_kept_and_smooth(app: App, receiver: Receiver) -> None:
    rate, count = 20, 80
    endpoint = app.endpoint(receiver.url("/hook"))
    endpoint.set_policy(rateLimit={"perSecond": rate})
    messages = {app.publish({"n": number}) for number in range(count)}
    deliveries = receiver.wait_for(lambda found: len(found) >= count, patience=60)
    assert {delivery.id for delivery in deliveries} == messages
    times = sorted(delivery.at for delivery in deliveries)
    # A bucket may start full: one second's worth comes at once, the rest at the rate. 10 % for the clocks.
    assert times[-1] - times[0] >= 0.9 * (count - rate) / rate
    # And nothing near a standstill in between.
    assert times[-1] - times[0] <= 3 * count / rate
    assert max(later - earlier for earlier, later in zip(times, times[1:])) < 1.5
    # In no second more than a full bucket and what flows into it.
    for place, start in enumerate(times):
        assert sum(start <= moment < start + 1 for moment in times[place:]) <= 2 * rate + 2
    # Once the bucket is empty it is smooth: the last second's worth isn't one burst.
    tail = times[-rate:]
    assert tail[-1] - tail[0] >= 0.5
    endpoint.verify(*deliveries)


def test_a_rate_per_hour_holds_back_without_an_attempt(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/slow"), channels=["slow"])
    app.endpoint(receiver.url("/marker"), channels=["marker"])
    endpoint.set_policy(rateLimit={"perHour": 3})
    messages = [app.publish({"n": number}, channels=["slow"]) for number in range(8)]
    receiver.wait_for_count(1, "/slow")
    for number in range(20):
        app.publish({"n": number}, channels=["marker"])
        receiver.wait_for_count(number + 1, "/marker")
    assert 1 <= len(receiver.to("/slow")) <= 4
    until(lambda: len(endpoint.attempts()) == len(receiver.to("/slow")), "every attempt is recorded")
    assert sum(bool(app.attempts(message)) for message in messages) == len(receiver.to("/slow"))


def test_a_limit_that_is_lifted_holds_nothing_back(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/hook"))
    endpoint.set_policy(rateLimit={"perHour": 1})
    messages = {app.publish({"n": number}) for number in range(5)}
    receiver.wait_for_count(1)
    endpoint.set_policy(rateLimit={"perHour": None})
    assert {delivery.id for delivery in receiver.wait_for_count(5)} == messages


def test_so_many_at_a_time(app: App, receiver: Receiver) -> None:
    gate = receiver.gate()
    endpoint = app.endpoint(receiver.script("/hook", after(gate, status(204))), channels=["slow"])
    app.endpoint(receiver.url("/marker"), channels=["marker"])
    endpoint.set_policy(rateLimit={"concurrent": 2})
    for number in range(10):
        app.publish({"n": number}, channels=["slow"])
    receiver.wait_for_count(2, "/hook")
    app.publish(channels=["marker"])
    receiver.wait_for_count(1, "/marker")
    assert len(receiver.to("/hook")) == 2
    gate.set()
    assert {delivery.sequence for delivery in receiver.wait_for_count(10, "/hook")} == set(range(1, 11))


@pytest.mark.parametrize("limit", [0, -1, 1.5, "20"])
def test_a_limit_that_is_none_is_refused(app: App, receiver: Receiver, limit: object) -> None:
    endpoint = app.endpoint(receiver.url("/hook"))
    assert app.api.patch(f"{endpoint.path}/policy", {"rateLimit": {"perSecond": limit}}).status_code == 422


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_pauses_the_whole_endpoint_and_what_waits_spends_no_attempt(
    app: App, receiver: Receiver, code: int, form: str
) -> None:
    # A date has whole seconds: three from now are two and something.
    asked = "2" if form == "seconds" else formatdate(time.time() + 3, usegmt=True)
    app.endpoint(receiver.script("/busy", status(code, retry_after=asked), status(204)), channels=["busy"])
    app.endpoint(receiver.url("/other"), channels=["other"])
    refused = app.publish(channels=["busy"])
    [first] = receiver.wait_for_count(1, "/busy")
    app.settled(refused, attempts=1)
    waiting = [app.publish({"n": number}, channels=["busy"]) for number in range(5)]
    # Others have nothing to do with it.
    app.publish(channels=["other"])
    receiver.wait_for_count(1, "/other")
    assert time.time() - first.at < 1.8, "this machine is too slow for this test"
    assert len(receiver.to("/busy")) == 1
    deliveries = receiver.wait_for_count(7, "/busy")
    assert all(delivery.at - first.at > 1.8 for delivery in deliveries[1:])
    assert {delivery.id for delivery in deliveries[1:]} == {refused, *waiting}
    assert [attempt["responseStatusCode"] for attempt in app.settled(refused, attempts=2)] == [code, 204]
    for message in waiting:
        [attempt] = app.settled(message, attempts=1)
        assert (attempt["attemptNumber"], attempt["responseStatusCode"]) == (1, 204)
