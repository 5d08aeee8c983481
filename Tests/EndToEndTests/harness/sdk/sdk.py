"""The installed SDK under the names of its newest release; older ones call some things otherwise."""

from typing import Any

from svix import models

# Newest name: what it was before.
FORMER = {
    "event_types": "filter_types",
    "upsert": "update",
    "set_headers": "update_headers",
    "EndpointUpsertIn": "EndpointUpdate",
    "EventTypeUpsertIn": "EventTypeUpdate",
    "OperationalWebhookEndpointUpsertIn": "OperationalWebhookEndpointUpdate",
}


def call(resource: Any, name: str, *arguments: Any) -> Any:
    return getattr(resource, name if hasattr(resource, name) else FORMER[name])(*arguments)


def model(name: str, /, **fields: Any) -> Any:
    kind = getattr(models, name if hasattr(models, name) else FORMER[name])
    return kind(**{_known(kind, field): value for field, value in fields.items()})


def field(found: Any, name: str) -> Any:
    return getattr(found, _known(type(found), name))


def _known(kind: Any, name: str) -> str:
    return name if name in kind.model_fields else FORMER.get(name, name)
