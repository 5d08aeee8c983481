"""The official Svix SDK: schedules, limits, replays, background tasks and operational webhooks."""

from datetime import UTC, datetime, timedelta

import pytest
from svix import Svix, SvixOptions
from svix.models import (
    ApplicationIn,
    BackgroundTaskStatus,
    BackgroundTaskType,
    BulkReplayIn,
    EndpointIn,
    EndpointPatch,
    MessageIn,
    MessageStatus,
    OperationalWebhookEndpointHeadersIn,
    OperationalWebhookEndpointIn,
    OperationalWebhookEndpointSecretIn,
    OperationalWebhookEndpointUpsertIn,
    RecoverIn,
    ReplayIn,
)

from harness.receiver import Receiver, status
from harness.server import Server
from harness.waiting import until


@pytest.fixture
def svix(godwit: Server) -> Svix:
    return Svix(godwit.token, SvixOptions(server_url=godwit.url))


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def finished(svix: Svix, task: str) -> bool:
    return svix.background_task.get(task).status == BackgroundTaskStatus.FINISHED


def test_what_failed_is_recovered(svix: Svix, receiver: Receiver) -> None:
    application = svix.application.create(ApplicationIn(name="Recovered")).id
    url = receiver.script("/hook", status(500), status(500), status(500), status(204))
    endpoint = svix.endpoint.create(application, EndpointIn(url=url)).id
    message = svix.message.create(application, MessageIn(event_type="sdk.paid", payload={"n": 1})).id

    def destination() -> MessageStatus:
        return svix.message_attempt.list_attempted_destinations(application, message).data[0].status

    until(lambda: destination() == MessageStatus.FAIL, "all attempts failed")
    recovery = svix.endpoint.recover(application, endpoint, RecoverIn(since=an_hour_ago()))
    assert recovery.task == BackgroundTaskType.ENDPOINT_RECOVER
    until(lambda: finished(svix, recovery.id), "the recovery is over")
    assert svix.background_task.get(recovery.id).data["replayed"] == 1
    assert recovery.id in [task.id for task in svix.background_task.list().data]
    until(lambda: destination() == MessageStatus.SUCCESS, "it was delivered")


def test_what_an_endpoint_missed_and_what_it_had_is_replayed(svix: Svix, receiver: Receiver) -> None:
    application = svix.application.create(ApplicationIn(name="Replayed")).id
    missed = svix.message.create(application, MessageIn(event_type="sdk.paid", payload={"n": 1})).id
    endpoint = svix.endpoint.create(application, EndpointIn(url=receiver.url("/late"))).id
    replay = svix.endpoint.replay_missing(application, endpoint, ReplayIn(since=an_hour_ago()))
    assert replay.task == BackgroundTaskType.ENDPOINT_REPLAY
    [delivery] = receiver.wait_for_count(1)
    assert delivery.id == missed

    until(lambda: finished(svix, replay.id), "the replay is over")
    bulk = svix.endpoint.bulk_replay(application, endpoint, BulkReplayIn(since=an_hour_ago(), event_types=["sdk.paid"]))
    assert bulk.task == BackgroundTaskType.ENDPOINT_BULK_REPLAY
    assert [again.id for again in receiver.wait_for_count(2)] == [missed, missed]


def test_schedule_and_throttle_rate_are_kept(svix: Svix, receiver: Receiver) -> None:
    application = svix.application.create(ApplicationIn(name="Throttled", throttle_rate=50))
    assert application.throttle_rate == 50
    endpoint = svix.endpoint.create(application.id, EndpointIn(url=receiver.url("/a"), throttle_rate=20))
    assert endpoint.throttle_rate == 20
    assert svix.endpoint.patch(application.id, endpoint.id, EndpointPatch(throttle_rate=None)).throttle_rate is None
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    message = svix.message.create(application.id, MessageIn(event_type="a", payload={}, deliver_at=later))
    assert message.deliver_at == later
    [destination] = svix.message_attempt.list_attempted_destinations(application.id, message.id).data
    assert (destination.status, destination.next_attempt) == (MessageStatus.PENDING, later)


def test_operational_webhooks_have_endpoints(svix: Svix, receiver: Receiver) -> None:
    endpoints = svix.operational_webhook.endpoint
    made = endpoints.create(
        OperationalWebhookEndpointIn(url=receiver.url("/ops"), uid="sdk-ops", event_types=["endpoint.disabled"])
    )
    assert endpoints.get("sdk-ops").event_types == ["endpoint.disabled"]
    assert made.id in [endpoint.id for endpoint in endpoints.list().data]
    updated = endpoints.upsert("sdk-ops", OperationalWebhookEndpointUpsertIn(url=receiver.url("/ops2"), uid="sdk-ops"))
    assert (updated.id, updated.event_types) == (made.id, None)
    endpoints.set_headers("sdk-ops", OperationalWebhookEndpointHeadersIn(headers={"x-team": "ops"}))
    assert endpoints.get_headers("sdk-ops").headers == {"x-team": "ops"}
    key = endpoints.get_secret("sdk-ops").key
    endpoints.rotate_secret("sdk-ops", OperationalWebhookEndpointSecretIn())
    assert endpoints.get_secret("sdk-ops").key not in ("", key)
    endpoints.delete("sdk-ops")
    assert made.id not in [endpoint.id for endpoint in endpoints.list().data]
