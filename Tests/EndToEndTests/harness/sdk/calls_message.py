"""Messages, their attempts, the poller, tasks and statistics."""

from svix.api import (
    BackgroundTaskListOptions,
    MessageAttemptGetOptions,
    MessageAttemptListByEndpointOptions,
    MessageAttemptListByMsgOptions,
    MessageAttemptListAttemptedMessagesOptions,
    MessageCreateOptions,
    MessageListOptions,
    MessagePollerConsumerPollOptions,
    MessagePollerPollOptions,
)
from svix.models import AppUsageStatsIn, MessageIn, MessagePrecheckIn, MessageStatus, PollingEndpointConsumerSeekIn, RecoverIn

from .sdk import model
from .world import World, ago, drives


@drives("v1.message.create")
def create(world: World) -> None:
    body = MessageIn(
        event_type=world.event_type,
        event_id=world.name("order"),
        payload={"amount": 1},
        channels=["ch0"],
        tags=["vip"],
        payload_retention_period=5,
    )
    made = world.svix.message.create(world.app, body, MessageCreateOptions(with_content=True, idempotency_key=world.name("key")))
    assert (made.payload, made.channels, made.tags, made.event_id) == ({"amount": 1}, ["ch0"], ["vip"], body.event_id)


@drives("v1.message.list")
def list_messages(world: World) -> None:
    page = world.svix.message.list(world.app, MessageListOptions(limit=250, after=ago(hours=1), event_types=[world.event_type]))
    assert set(world.messages) <= {found.id for found in page.data}


@drives("v1.message.get")
def get(world: World) -> None:
    assert world.payload(world.messages[0]) == {"amount": 15000}


@drives("v1.message.precheck")
def precheck(world: World) -> None:
    assert world.svix.message.precheck(world.app, MessagePrecheckIn(event_type=world.event_type)).active
    assert not world.svix.message.precheck(world.new_app(), MessagePrecheckIn(event_type=world.event_type)).active


@drives("v1.message.expunge-content")
def expunge_content(world: World) -> None:
    message = world.publish()
    assert world.svix.message.expunge_content(world.app, message) is None
    assert world.payload(message) == {"expired": True}


@drives("v1.message.bulk-expunge-content")
def bulk_expunge_content(world: World) -> None:
    message = world.publish()
    if hasattr(world.svix.message, "bulk_expunge_content"):
        world.svix.message.bulk_expunge_content(world.app, model("BulkExpungeContentsIn", ids=[message, "msg_2q1S5SCrBzkCkPHBDSfkLlQnh2b"]))
    else:
        world.server.api().post(f"/app/{world.app}/msg/bulk-expunge", {"ids": [message]})
    assert world.payload(message) == {"expired": True}


@drives("v1.message.expunge-all-contents")
def expunge_all_contents(world: World) -> None:
    app = world.new_app()
    world.new_endpoint(app)
    message = world.publish(app)
    task = world.svix.message.expunge_all_contents(app)
    assert task.task.value == "application.purge_content"
    world.finished(task.id)
    assert world.payload(message, app) == {"expired": True}


@drives("v1.message-attempt.list-by-endpoint")
def list_by_endpoint(world: World) -> None:
    options = MessageAttemptListByEndpointOptions(
        limit=250, status=MessageStatus.SUCCESS, with_content=True, with_msg=True, event_types=[world.event_type], before=ago(hours=-1)
    )
    found = world.svix.message_attempt.list_by_endpoint(world.app, world.endpoint, options).data
    assert set(world.messages) <= {attempt.msg_id for attempt in found}
    assert all(attempt.msg.id == attempt.msg_id for attempt in found)


@drives("v1.message-attempt.list-by-msg")
def list_by_msg(world: World) -> None:
    options = MessageAttemptListByMsgOptions(endpoint_id=world.endpoint, with_content=False, expanded_statuses=True)
    found = world.svix.message_attempt.list_by_msg(world.app, world.messages[0], options).data
    assert found and {attempt.msg_id for attempt in found} == {world.messages[0]}


@drives("v1.message-attempt.list-attempted-messages")
def list_attempted_messages(world: World) -> None:
    options = MessageAttemptListAttemptedMessagesOptions(limit=250, status=MessageStatus.SUCCESS, with_content=True)
    found = world.svix.message_attempt.list_attempted_messages(world.app, world.endpoint, options).data
    assert set(world.messages) <= {message.id for message in found}
    assert {message.status for message in found} == {MessageStatus.SUCCESS}


@drives("v1.message-attempt.list-attempted-destinations")
def list_attempted_destinations(world: World) -> None:
    found = world.svix.message_attempt.list_attempted_destinations(world.app, world.messages[0]).data
    assert world.endpoint in {endpoint.id for endpoint in found}


@drives("v1.message-attempt.get")
def get_attempt(world: World) -> None:
    message = world.messages[0]
    found = world.svix.message_attempt.get(world.app, message, world.attempt(message))
    assert (found.msg_id, found.response_status_code) == (message, 204)


@drives("v1.message-attempt.expunge-content")
def expunge_attempt(world: World) -> None:
    message = world.messages[1]
    attempt = world.attempt(message)
    assert world.svix.message_attempt.expunge_content(world.app, message, attempt) is None
    assert world.svix.message_attempt.get(world.app, message, attempt).response == "EXPUNGED"


@drives("v1.message-attempt.resend")
def resend(world: World) -> None:
    before = len(world.svix.message_attempt.list_by_msg(world.app, world.messages[0]).data)
    world.svix.message_attempt.resend(world.app, world.messages[0], world.endpoint)
    assert before >= 1


@drives("v1.message.poller.poll")
def poll(world: World) -> None:
    page = world.svix.message.poller.poll(world.app, world.endpoint, MessagePollerPollOptions(limit=50, event_type=world.event_type))
    assert set(world.messages) <= {message.id for message in page.data} and page.iterator


@drives("v1.message.poller.consumer-poll")
def consumer_poll(world: World) -> None:
    poller = world.svix.message.poller
    app = world.new_app()
    endpoint = world.new_endpoint(app)
    message = world.publish(app)
    poller.consumer_seek(app, endpoint, "reader", PollingEndpointConsumerSeekIn(after=ago(hours=1)))
    page = poller.consumer_poll(app, endpoint, "reader", MessagePollerConsumerPollOptions(limit=50))
    assert [each.id for each in page.data] == [message]
    after = poller.consumer_poll(app, endpoint, "reader", MessagePollerConsumerPollOptions(iterator=page.iterator))
    assert after.data == [] and after.done


@drives("v1.message.poller.consumer-seek")
def consumer_seek(world: World) -> None:
    sought = world.svix.message.poller.consumer_seek(
        world.app, world.endpoint, "seeker", PollingEndpointConsumerSeekIn(after=ago(hours=1))
    )
    assert sought.iterator


@drives("v1.background-task.list")
def list_tasks(world: World) -> None:
    made = world.svix.endpoint.recover(world.app, world.endpoint, RecoverIn(since=ago(hours=1))).id
    assert made in {task.id for task in world.svix.background_task.list(BackgroundTaskListOptions(limit=250)).data}


@drives("v1.background-task.get")
def get_task(world: World) -> None:
    made = world.svix.endpoint.recover(world.app, world.endpoint, RecoverIn(since=ago(hours=1))).id
    assert world.svix.background_task.get(made).id == made


@drives("v1.statistics.aggregate-app-stats")
def aggregate_app_stats(world: World) -> None:
    body = AppUsageStatsIn(since=ago(hours=1), until=ago(seconds=1), app_ids=[world.app, "unknown"])
    made = world.svix.statistics.aggregate_app_stats(body)
    assert made.unresolved_app_ids == ["unknown"]
    world.finished(made.id)


@drives("v1.statistics.aggregate-event-types")
def aggregate_event_types(world: World) -> None:
    world.finished(world.svix.statistics.aggregate_event_types().id)
