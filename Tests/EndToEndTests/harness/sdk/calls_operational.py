"""Endpoints of operational webhooks."""

from svix.models import (
    OperationalWebhookEndpointHeadersIn,
    OperationalWebhookEndpointIn,
    OperationalWebhookEndpointSecretIn,
)

from .sdk import call, field, model
from .world import World, drives


def endpoint(world: World) -> str:
    body = OperationalWebhookEndpointIn(url=world.receiver.url("/operational"), disabled=True)
    return world.svix.operational_webhook.endpoint.create(body).id


@drives("v1.operational-webhook.endpoint.create")
def create(world: World) -> None:
    made = world.svix.operational_webhook.endpoint.create(
        model(
            "OperationalWebhookEndpointIn",
            url=world.receiver.url("/operational"),
            event_types=["message.attempt.exhausted"],
            metadata={"team": "ops"},
            headers={"x-team": "ops"},
            disabled=True,
        )
    )
    assert field(made, "event_types") == ["message.attempt.exhausted"]


@drives("v1.operational-webhook.endpoint.list")
def list_endpoints(world: World) -> None:
    made = endpoint(world)
    assert made in {found.id for found in world.svix.operational_webhook.endpoint.list().data}


@drives("v1.operational-webhook.endpoint.get")
def get(world: World) -> None:
    assert world.svix.operational_webhook.endpoint.get(endpoint(world)).disabled


@drives("v1.operational-webhook.endpoint.upsert")
def upsert(world: World) -> None:
    made = endpoint(world)
    body = model("OperationalWebhookEndpointUpsertIn", url=world.receiver.url("/changed"), disabled=True)
    assert call(world.svix.operational_webhook.endpoint, "upsert", made, body).id == made


@drives("v1.operational-webhook.endpoint.delete")
def delete(world: World) -> None:
    assert world.svix.operational_webhook.endpoint.delete(endpoint(world)) is None


@drives("v1.operational-webhook.endpoint.get-headers")
def get_headers(world: World) -> None:
    assert world.svix.operational_webhook.endpoint.get_headers(endpoint(world)).headers == {}


@drives("v1.operational-webhook.endpoint.set-headers")
def set_headers(world: World) -> None:
    made = endpoint(world)
    body = OperationalWebhookEndpointHeadersIn(headers={"x-team": "ops"})
    assert call(world.svix.operational_webhook.endpoint, "set_headers", made, body) is None
    assert world.svix.operational_webhook.endpoint.get_headers(made).headers == {"x-team": "ops"}


@drives("v1.operational-webhook.endpoint.get-secret")
def get_secret(world: World) -> None:
    assert world.svix.operational_webhook.endpoint.get_secret(endpoint(world)).key.startswith("whsec_")


@drives("v1.operational-webhook.endpoint.rotate-secret")
def rotate_secret(world: World) -> None:
    made = endpoint(world)
    before = world.svix.operational_webhook.endpoint.get_secret(made).key
    world.svix.operational_webhook.endpoint.rotate_secret(made, OperationalWebhookEndpointSecretIn())
    assert world.svix.operational_webhook.endpoint.get_secret(made).key != before
