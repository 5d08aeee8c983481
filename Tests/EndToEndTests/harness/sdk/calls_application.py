"""Applications, event types, access, and what stands alone."""

from svix.api import ApplicationListOptions, EventTypeDeleteOptions, EventTypeListOptions
from svix.models import ApplicationIn, ApplicationPatch, EventTypeIn, EventTypePatch

from .sdk import call, model
from .world import SCHEMA, World, drives


@drives("v1.application.create")
def create(world: World) -> None:
    uid = world.name("new")
    made = world.svix.application.create(ApplicationIn(name="New", uid=uid, metadata={"plan": "small"}, throttle_rate=10))
    assert (made.name, made.uid, made.metadata, made.throttle_rate) == ("New", uid, {"plan": "small"}, 10)
    assert world.svix.application.get_or_create(ApplicationIn(name="Other", uid=uid)).id == made.id


@drives("v1.application.list")
def list_applications(world: World) -> None:
    page = world.svix.application.list(ApplicationListOptions(limit=1))
    assert len(page.data) == 1 and page.iterator


@drives("v1.application.get")
def get(world: World) -> None:
    assert world.svix.application.get(world.app).name == "SDK"


@drives("v1.application.upsert")
def upsert(world: World) -> None:
    app = world.new_app()
    assert call(world.svix.application, "upsert", app, ApplicationIn(name="Upserted")).id == app
    uid = world.name("upserted")
    assert call(world.svix.application, "upsert", uid, ApplicationIn(name="Made", uid=uid)).uid == uid


@drives("v1.application.patch")
def patch(world: World) -> None:
    assert world.svix.application.patch(world.new_app(), ApplicationPatch(name="Patched")).name == "Patched"


@drives("v1.application.delete")
def delete(world: World) -> None:
    assert world.svix.application.delete(world.new_app()) is None


@drives("v1.event-type.create")
def create_event_type(world: World) -> None:
    name = world.name("sdk.new")
    made = world.svix.event_type.create(
        EventTypeIn(name=name, description="New", schemas=SCHEMA, group_name="sdk", feature_flags=["beta"])
    )
    assert (made.name, made.group_name, made.feature_flags) == (name, "sdk", ["beta"])


@drives("v1.event-type.list")
def list_event_types(world: World) -> None:
    page = world.svix.event_type.list(EventTypeListOptions(limit=250, with_content=True, include_archived=True))
    assert {found.name: found.schemas for found in page.data}[world.event_type] == SCHEMA


@drives("v1.event-type.get")
def get_event_type(world: World) -> None:
    assert world.svix.event_type.get(world.event_type).schemas == SCHEMA


@drives("v1.event-type.upsert")
def upsert_event_type(world: World) -> None:
    name = world.name("sdk.upserted")
    for description in ("Made", "Changed"):
        body = model("EventTypeUpsertIn", description=description)
        assert call(world.svix.event_type, "upsert", name, body).description == description


@drives("v1.event-type.patch")
def patch_event_type(world: World) -> None:
    name = world.name("sdk.patched")
    world.svix.event_type.create(EventTypeIn(name=name, description=""))
    assert world.svix.event_type.patch(name, EventTypePatch(archived=True)).archived


@drives("v1.event-type.delete")
def delete_event_type(world: World) -> None:
    name = world.name("sdk.deleted")
    world.svix.event_type.create(EventTypeIn(name=name, description=""))
    assert world.svix.event_type.delete(name) is None
    assert world.svix.event_type.get(name).archived
    assert world.svix.event_type.delete(name, EventTypeDeleteOptions(expunge=True)) is None


@drives("v1.event-type.import-openapi")
def import_openapi(world: World) -> None:
    name = world.name("sdk.imported")
    content = {"application/json": {"schema": {"type": "object"}}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "webhooks": {name: {"post": {"operationId": name, "description": "Imported", "requestBody": {"content": content}}}},
    }
    dry = world.svix.event_type.import_openapi(model("EventTypeImportOpenApiIn", spec=spec, dry_run=True))
    assert [found.name for found in dry.data.to_modify] == [name] and dry.data.modified == []
    done = world.svix.event_type.import_openapi(model("EventTypeImportOpenApiIn", spec=spec))
    assert done.data.modified == [name]
    assert world.svix.event_type.get(name).description == "Imported"


@drives("v1.environment.export")
def export(world: World) -> None:
    assert world.event_type in {found.name for found in world.svix.environment.export().event_types}


@drives("v1.environment.import")
def import_environment(world: World) -> None:
    name = world.name("sdk.environment")
    body = model("EnvironmentIn", event_types=[EventTypeIn(name=name, description="From elsewhere")])
    assert world.svix.environment.import_(body) is None
    assert world.svix.event_type.get(name).description == "From elsewhere"


@drives("v1.health.get")
def health(world: World) -> None:
    assert world.svix.health.get() is None
