"""What a receiver answers decides what happens next, and nothing else does."""

from collections.abc import Callable

import pytest

from harness.app import App
from harness.receiver import Receiver, after, drip, hang_up, status
from harness.server import Server
from harness.waiting import until

MIB = 1 << 20


def test_two_failures_and_a_success_are_three_attempts(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500), status(500, b"no"), status(204)))
    message = app.publish()
    deliveries = receiver.wait_for_count(3)
    assert [delivery.attempt for delivery in deliveries] == [1, 2, 3]
    assert {delivery.id for delivery in deliveries} == {message}
    assert {delivery.sequence for delivery in deliveries} == {1}
    assert len({delivery.body for delivery in deliveries}) == 1
    endpoint.verify(*deliveries)

    attempts = app.settled(message, attempts=3)
    assert [attempt["responseStatusCode"] for attempt in attempts] == [500, 500, 204]
    assert [attempt["attemptNumber"] for attempt in attempts] == [1, 2, 3]
    assert [attempt["statusText"] for attempt in attempts][-1] == "success"
    assert [attempt["nextAttempt"] is None for attempt in attempts] == [False, False, True]
    assert attempts[1]["response"] == "no"
    assert all(attempt["triggerType"] == 0 for attempt in attempts)
    assert all(attempt["timings"]["total"] > 0 for attempt in attempts)
    assert [attempt["id"] for attempt in endpoint.attempts()] == [attempt["id"] for attempt in attempts]


def test_the_schedule_ends(app: App, receiver: Receiver) -> None:
    dead = app.endpoint(receiver.script("/dead", status(503)), channels=["dead"])
    slow = app.endpoint(receiver.script("/slow", status(500), status(500), status(204)), channels=["slow"])
    message = app.publish(channels=["dead"])
    attempts = app.settled(message, attempts=3)
    assert attempts[-1]["nextAttempt"] is None
    assert attempts[-1]["statusText"] == "fail"
    # A whole schedule later there is still nothing more.
    app.publish(channels=["slow"])
    receiver.wait_for_count(3, "/slow")
    assert len(receiver.to("/dead")) == 3
    assert len(dead.attempts()) == 3 and len(slow.attempts()) >= 2


def test_retry_after_is_waited_for_and_the_signature_is_fresh(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/busy", status(503, retry_after="2"), status(204)))
    app.publish()
    first, second = receiver.wait_for_count(2)
    assert second.at - first.at > 1.9, "the schedule alone would have waited 0.1 s"
    assert second.timestamp > first.timestamp
    assert second.headers["webhook-signature"] != first.headers["webhook-signature"]
    assert second.headers["webhook-id"] == first.headers["webhook-id"]
    endpoint.verify(first, second)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_recorded_and_never_followed(app: App, receiver: Receiver, code: int) -> None:
    app.endpoint(receiver.script("/moved", status(code, location=receiver.url("/elsewhere"))))
    message = app.publish()
    attempts = app.settled(message, attempts=3)
    assert {attempt["responseStatusCode"] for attempt in attempts} == {code}
    assert receiver.to("/elsewhere") == []


@pytest.mark.parametrize("code", [400, 401, 404, 408, 429, 500, 502])
def test_other_answers_are_retried(app: App, receiver: Receiver, code: int) -> None:
    app.endpoint(receiver.script("/hook", status(code), status(200)))
    message = app.publish()
    assert [attempt["responseStatusCode"] for attempt in app.settled(message, attempts=2)] == [code, 200]


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success(app: App, receiver: Receiver, code: int) -> None:
    app.endpoint(receiver.script("/hook", status(code)))
    [attempt] = app.settled(app.publish(), attempts=1)
    assert (attempt["status"], attempt["statusText"], attempt["responseStatusCode"]) == (0, "success", code)


def test_410_disables_the_endpoint(app: App, receiver: Receiver) -> None:
    gone = app.endpoint(receiver.script("/gone", status(410)))
    other = app.endpoint(receiver.url("/other"))
    message = app.publish()
    receiver.wait_for_count(2)
    attempts = app.settled(message, attempts=2)
    assert {attempt["responseStatusCode"] for attempt in attempts} == {410, 204}
    assert all(attempt["nextAttempt"] is None for attempt in attempts)
    until(lambda: gone.get()["disabled"], "the endpoint is disabled")
    assert other.get()["disabled"] is False
    later = app.publish()
    receiver.wait_for_count(2, "/other")
    assert len(app.settled(later, attempts=1)) == 1
    assert len(receiver.to("/gone")) == 1


def test_a_receiver_that_is_silent_or_drips_runs_into_the_timeout(serve: Callable[..., Server], receiver: Receiver) -> None:
    app = App.create(serve("--dev", "--request-timeout", "300ms", "--retry-schedule", "100ms").api())
    gate = receiver.gate()
    silent = app.endpoint(receiver.script("/silent", after(gate, status(204))), channels=["silent"])
    dripping = app.endpoint(receiver.script("/drip", drip(gate)), channels=["drip"])
    failures = {}
    for endpoint, channel in ((silent, "silent"), (dripping, "drip")):
        attempts = app.settled(app.publish(channels=[channel]), attempts=2)
        for attempt in attempts:
            assert attempt["status"] != 0
            assert 250 <= attempt["responseDurationMs"] < 5000
        failures[channel] = {attempt["failure"]["code"] for attempt in attempts}
        assert len(endpoint.attempts()) == 2
    assert failures["silent"] <= {"first_byte_timed_out", "response_timed_out"}
    assert failures["drip"] == {"response_timed_out"}


def test_a_refused_connection_is_retried_until_somebody_listens(serve: Callable[..., Server]) -> None:
    app = App.create(serve("--dev", "--retry-schedule", "300ms,300ms,300ms,300ms,300ms,300ms").api())
    receiver = Receiver(listening=False)
    endpoint = app.endpoint(receiver.url("/hook"))
    message = app.publish()
    first = until(lambda: app.attempts(message), "the first attempt is recorded")[0]
    assert (first["failure"]["code"], first["responseStatusCode"]) == ("connect_failed", 0)
    receiver.listen()
    [delivery] = receiver.wait_for_count(1)
    receiver.close()
    assert delivery.attempt >= 2
    endpoint.verify(delivery)


def test_a_connection_that_ends_without_an_answer_is_retried(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.script("/hook", hang_up, status(204)))
    failed, succeeded = app.settled(app.publish(), attempts=2)
    assert failed["failure"]["code"] == "connection_closed"
    assert succeeded["status"] == 0 and succeeded["failure"] is None


def test_a_huge_response_is_cut_and_an_endless_one_is_refused(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.script("/big", status(200, b"x" * (MIB - 1))), channels=["big"])
    app.endpoint(receiver.script("/huge", status(200, b"x" * (3 * MIB)), status(204)), channels=["huge"])
    [big] = app.settled(app.publish(channels=["big"]), attempts=1)
    assert big["status"] == 0
    assert big["response"] == "x" * 16 * 1024
    huge, _ = app.settled(app.publish(channels=["huge"]), attempts=2)
    assert huge["failure"]["code"] == "response_too_large"


def test_a_resend_after_success_is_one_more_attempt(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/hook"))
    message = app.publish()
    app.settled(message, attempts=1)
    assert app.resend(message, endpoint).status_code == 202
    first, second = receiver.wait_for_count(2)
    assert (first.id, second.id) == (message, message)
    assert (first.attempt, second.attempt) == (1, 2)
    assert (first.sequence, second.sequence) == (1, 1)
    endpoint.verify(first, second)
    assert [attempt["triggerType"] for attempt in app.settled(message, attempts=2)] == [0, 1]


def test_a_failed_resend_leaves_a_delivered_message_alone(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(204), status(500), status(204)))
    message = app.publish()
    app.settled(message, attempts=1)
    app.resend(message, endpoint)
    failed = app.settled(message, attempts=2)[1]
    assert failed["responseStatusCode"] == 500
    assert failed["nextAttempt"] is None, "a resend that fails is not retried by the schedule"


def test_a_failed_resend_does_not_cancel_what_is_due(serve: Callable[..., Server], receiver: Receiver) -> None:
    app = App.create(serve("--dev", "--retry-schedule", "2s").api())
    endpoint = app.endpoint(receiver.script("/hook", status(500), status(500), status(204)))
    message = app.publish()
    app.settled(message, attempts=1)
    assert app.resend(message, endpoint).status_code == 202
    receiver.wait_for_count(3)
    attempts = app.settled(message, attempts=3)
    assert [attempt["triggerType"] for attempt in attempts] == [0, 1, 0]
    assert [attempt["responseStatusCode"] for attempt in attempts] == [500, 500, 204]


def test_a_dead_letter_can_be_sent_again(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500), status(500), status(500), status(204)))
    message = app.publish()
    app.settled(message, attempts=3)
    assert app.resend(message, endpoint).status_code == 202
    assert app.settled(message, attempts=4)[-1]["status"] == 0
    endpoint.verify(*receiver.deliveries)
