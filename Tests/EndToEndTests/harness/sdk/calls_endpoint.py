"""Endpoints."""

from svix.api import EndpointGetStatsOptions, EndpointListOptions
from svix.models import (
    BulkReplayIn,
    EndpointHeadersIn,
    EndpointHeadersPatchIn,
    EndpointPatch,
    EndpointSecretRotateIn,
    EventExampleIn,
    MessageStatus,
    RecoverIn,
    ReplayIn,
)

from .sdk import call, field, model
from .world import World, ago, drives


@drives("v1.endpoint.create")
def create(world: World) -> None:
    made = world.svix.endpoint.create(
        world.app,
        model(
            "EndpointIn",
            url=world.receiver.url("/created"),
            uid=world.name("ledger"),
            description="Ledger",
            channels=["ch0", "ch1"],
            event_types=[world.event_type],
            metadata={"team": "payments"},
            headers={"x-shop": "seoul"},
            throttle_rate=100,
        ),
    )
    assert (made.channels, field(made, "event_types"), made.throttle_rate) == (["ch0", "ch1"], [world.event_type], 100)
    assert world.svix.endpoint.get_headers(world.app, made.id).headers == {"x-shop": "seoul"}


@drives("v1.endpoint.list")
def list_endpoints(world: World) -> None:
    page = world.svix.endpoint.list(world.app, EndpointListOptions(limit=250))
    assert world.endpoint in {found.id for found in page.data}


@drives("v1.endpoint.get")
def get(world: World) -> None:
    assert world.svix.endpoint.get(world.app, world.endpoint).id == world.endpoint


@drives("v1.endpoint.upsert")
def upsert(world: World) -> None:
    endpoint = world.new_endpoint(channels=["ch0"])
    body = model("EndpointUpsertIn", url=world.receiver.url("/upserted"))
    changed = call(world.svix.endpoint, "upsert", world.app, endpoint, body)
    assert (changed.id, changed.url, changed.channels) == (endpoint, body.url, None)


@drives("v1.endpoint.patch")
def patch(world: World) -> None:
    endpoint = world.new_endpoint(channels=["ch0"])
    changed = world.svix.endpoint.patch(world.app, endpoint, EndpointPatch(disabled=True))
    assert changed.disabled and changed.channels == ["ch0"]


@drives("v1.endpoint.delete")
def delete(world: World) -> None:
    assert world.svix.endpoint.delete(world.app, world.new_endpoint()) is None


@drives("v1.endpoint.get-secret")
def get_secret(world: World) -> None:
    assert world.svix.endpoint.get_secret(world.app, world.endpoint).key.startswith("whsec_")


@drives("v1.endpoint.rotate-secret")
def rotate_secret(world: World) -> None:
    endpoint = world.new_endpoint()
    before = world.svix.endpoint.get_secret(world.app, endpoint).key
    world.svix.endpoint.rotate_secret(world.app, endpoint, EndpointSecretRotateIn())
    assert world.svix.endpoint.get_secret(world.app, endpoint).key != before


@drives("v1.endpoint.get-headers")
def get_headers(world: World) -> None:
    endpoint = world.new_endpoint(headers={"x-shop": "seoul", "authorization": "Bearer secret"})
    found = world.svix.endpoint.get_headers(world.app, endpoint)
    assert (found.headers, found.sensitive) == ({"x-shop": "seoul"}, ["authorization"])


@drives("v1.endpoint.set-headers")
def set_headers(world: World) -> None:
    endpoint = world.new_endpoint(headers={"x-old": "1"})
    body = EndpointHeadersIn(headers={"x-new": "2"})
    assert call(world.svix.endpoint, "set_headers", world.app, endpoint, body) is None
    assert world.svix.endpoint.get_headers(world.app, endpoint).headers == {"x-new": "2"}


@drives("v1.endpoint.patch-headers")
def patch_headers(world: World) -> None:
    endpoint = world.new_endpoint(headers={"x-old": "1", "x-kept": "1"})
    body = EndpointHeadersPatchIn(headers={"x-new": "2"}, delete_headers=["x-old"])
    assert world.svix.endpoint.patch_headers(world.app, endpoint, body) is None
    assert world.svix.endpoint.get_headers(world.app, endpoint).headers == {"x-new": "2", "x-kept": "1"}


@drives("v1.endpoint.get-stats")
def get_stats(world: World) -> None:
    stats = world.svix.endpoint.get_stats(world.app, world.endpoint, EndpointGetStatsOptions(since=ago(hours=1)))
    assert stats.success >= 2 and (stats.fail, stats.pending, stats.sending, stats.canceled) == (0, 0, 0, 0)


@drives("v1.endpoint.get-attempt-stats")
def get_attempt_stats(world: World) -> None:
    if hasattr(world.svix.endpoint, "get_attempt_stats"):
        assert world.svix.endpoint.get_attempt_stats(world.app, world.endpoint).success >= 2
    else:
        assert world.server.api().get(f"/app/{world.app}/endpoint/{world.endpoint}/attempt-stats").json()["success"] >= 2


@drives("v1.endpoint.recover")
def recover(world: World) -> None:
    made = world.svix.endpoint.recover(world.app, world.endpoint, RecoverIn(since=ago(hours=1)))
    assert made.task.value == "endpoint.recover"
    world.finished(made.id)


@drives("v1.endpoint.replay-missing")
def replay_missing(world: World) -> None:
    app = world.new_app()
    first = world.new_endpoint(app)
    message = world.publish(app)
    late = world.new_endpoint(app)
    made = world.svix.endpoint.replay_missing(app, late, ReplayIn(since=ago(hours=1)))
    world.finished(made.id)
    arrived = world.receiver.wait_for(lambda all: sum(each.id == message for each in all) == 2)
    assert len(arrived) >= 2 and first != late


@drives("v1.endpoint.bulk-replay")
def bulk_replay(world: World) -> None:
    body = BulkReplayIn(since=ago(hours=1), event_types=[world.event_type], status=MessageStatus.SUCCESS)
    made = world.svix.endpoint.bulk_replay(world.app, world.endpoint, body)
    assert made.task.value == "endpoint.bulk-replay"
    world.finished(made.id)


@drives("v1.endpoint.send-example")
def send_example(world: World) -> None:
    endpoint = world.new_endpoint()
    path = world.svix.endpoint.get(world.app, endpoint).url.removeprefix(world.receiver.url("")).rstrip("/")
    sent = world.svix.endpoint.send_example(world.app, endpoint, EventExampleIn(event_type=world.event_type, example_index=1))
    assert sent.event_type == world.event_type
    [delivery] = world.receiver.wait_for_count(1, "/" + path.lstrip("/"))
    assert delivery.body == b'{"amount":2}'


@drives("v1.endpoint.transformation.get")
def get_transformation(world: World) -> None:
    resource = getattr(world.svix.endpoint, "transformation", None)
    found = resource.get(world.app, world.endpoint) if resource else world.svix.endpoint.transformation_get(world.app, world.endpoint)
    assert (found.code, found.enabled) == (None, False)


@drives("v1.endpoint.transformation.patch")
def patch_transformation(world: World) -> None:
    resource = getattr(world.svix.endpoint, "transformation", None)
    patch = resource.patch if resource else world.svix.endpoint.patch_transformation
    assert patch(world.app, world.endpoint, model("EndpointTransformationPatch", code=None, enabled=False)) is None
