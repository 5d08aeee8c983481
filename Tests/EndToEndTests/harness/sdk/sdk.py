"""The installed SDK under the names of its newest release; older ones call some things otherwise."""

from typing import Any

from svix import models

# Newest name: what it was before.
FORMER = {
    "upsert": "update",
    "set_headers": "update_headers",
    "EndpointUpsertIn": "EndpointUpdate",
    "EventTypeUpsertIn": "EventTypeUpdate",
    "OperationalWebhookEndpointUpsertIn": "OperationalWebhookEndpointUpdate",
}


def call(resource: Any, name: str, *arguments: Any) -> Any:
    return getattr(resource, name if hasattr(resource, name) else FORMER[name])(*arguments)


def model(name: str, /, **fields: Any) -> Any:
    return getattr(models, name if hasattr(models, name) else FORMER[name])(**fields)
