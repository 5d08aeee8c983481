"""Tokens of application portals, and integrations with their keys."""

import pytest
from svix.exceptions import HttpError
from svix.models import ApplicationIn, AppPortalAccessIn, ApplicationTokenExpireIn, IntegrationIn

from .sdk import model
from .world import World, drives


@drives("v1.authentication.app-portal-access")
def app_portal_access(world: World) -> None:
    app = world.new_app()
    access = world.svix.authentication.app_portal_access(
        app, AppPortalAccessIn(feature_flags=["beta"], expiry=3600, session_id="visitor", read_only=True)
    )
    assert access.url and access.token
    assert world.client(access.token).application.get(app).id == app
    uid = world.name("portal")
    made = world.svix.authentication.app_portal_access(uid, AppPortalAccessIn(application=ApplicationIn(name="Portal", uid=uid)))
    assert world.client(made.token).application.get(uid).name == "Portal"


@drives("v1.authentication.dashboard-access")
def dashboard_access(world: World) -> None:
    if hasattr(world.svix.authentication, "dashboard_access"):
        assert world.svix.authentication.dashboard_access(world.app).token
    else:
        assert world.server.api().post(f"/auth/dashboard-access/{world.app}").json()["token"]


@drives("v1.authentication.expire-all")
def expire_all(world: World) -> None:
    app = world.new_app()
    token = world.svix.authentication.app_portal_access(app, AppPortalAccessIn()).token
    assert world.svix.authentication.expire_all(app, ApplicationTokenExpireIn(expiry=0)) is None
    with pytest.raises(HttpError) as refused:
        world.client(token).application.get(app)
    assert refused.value.status_code == 401


@drives("v1.authentication.logout")
def logout(world: World) -> None:
    app = world.new_app()
    visitor = world.client(world.svix.authentication.app_portal_access(app, AppPortalAccessIn()).token)
    assert visitor.authentication.logout() is None
    with pytest.raises(HttpError) as refused:
        visitor.application.get(app)
    assert refused.value.status_code == 401


def integration(world: World) -> str:
    return world.svix.integration.create(world.app, IntegrationIn(name="Zapier")).id


@drives("v1.integration.create")
def create(world: World) -> None:
    assert world.svix.integration.create(world.app, IntegrationIn(name="Zapier", feature_flags=["beta"])).name == "Zapier"


@drives("v1.integration.list")
def list_integrations(world: World) -> None:
    made = integration(world)
    assert made in {found.id for found in world.svix.integration.list(world.app).data}


@drives("v1.integration.get")
def get(world: World) -> None:
    assert world.svix.integration.get(world.app, integration(world)).name == "Zapier"


@drives("v1.integration.update")
def update(world: World) -> None:
    made = integration(world)
    assert world.svix.integration.update(world.app, made, model("IntegrationUpdate", name="n8n")).name == "n8n"


@drives("v1.integration.rotate-key")
def rotate_key(world: World) -> None:
    key = world.svix.integration.rotate_key(world.app, integration(world)).key
    assert world.client(key).application.get(world.app).id == world.app


@drives("v1.integration.delete")
def delete(world: World) -> None:
    assert world.svix.integration.delete(world.app, integration(world)) is None
