"""Integrations and their keys, as the SDK handles them."""

from collections.abc import Callable

import pytest
from svix import Svix, SvixOptions
from svix.api import IntegrationListOptions
from svix.exceptions import HttpError
from svix.models import ApplicationTokenExpireIn, IntegrationIn, IntegrationUpdate

from harness.api import API, places
from harness.app import App
from harness.server import Server


@pytest.fixture
def svix(godwit: Server) -> Svix:
    return Svix(godwit.token, SvixOptions(server_url=godwit.url))


def test_an_integration_lives_and_dies(svix: Svix, godwit: Server, app: App) -> None:
    made = svix.integration.create(app.id, IntegrationIn(name="Relay", feature_flags=["beta"]))
    assert made.id.startswith("integ_") and (made.name, made.feature_flags) == ("Relay", ["beta"])
    assert svix.integration.get(app.id, made.id) == made
    first = svix.integration.rotate_key(app.id, made.id).key
    assert godwit.api(first).get(app.path).status_code == 200
    assert godwit.api(first).get("/app").status_code == 403
    assert godwit.api(first).post(f"{app.path}/endpoint", {"url": "http://127.0.0.1:9/"}).status_code == 201

    second = svix.integration.rotate_key(app.id, made.id).key
    assert godwit.api(first).get(app.path).status_code == 401
    assert godwit.api(second).get(app.path).status_code == 200

    updated = svix.integration.update(app.id, made.id, IntegrationUpdate(name="Relay 2"))
    assert (updated.id, updated.name, updated.feature_flags) == (made.id, "Relay 2", None)
    assert godwit.api(second).get(app.path).status_code == 200

    assert svix.integration.delete(app.id, made.id) is None
    assert godwit.api(second).get(app.path).status_code == 401
    with pytest.raises(HttpError) as gone:
        svix.integration.get(app.id, made.id)
    assert gone.value.status_code == 404


def test_integrations_are_listed(svix: Svix, app: App) -> None:
    made = [svix.integration.create(app.id, IntegrationIn(name=str(number))).id for number in range(5)]
    found, iterator = [], None
    while True:
        page = svix.integration.list(app.id, IntegrationListOptions(limit=2, iterator=iterator))
        found += [integration.id for integration in page.data]
        if page.done:
            break
        iterator = page.iterator
    assert found == made
    assert svix.integration.list(App.create(app.api).id).data == []


def test_flags_count_at_once(svix: Svix, godwit: Server, app: App) -> None:
    app.api.post("/event-type", {"name": "integ.beta", "description": "", "featureFlag": "integ-beta"})
    made = svix.integration.create(app.id, IntegrationIn(name="Relay"))
    api = godwit.api(svix.integration.rotate_key(app.id, made.id).key)
    assert api.get("/event-type/integ.beta").status_code == 404
    svix.integration.update(app.id, made.id, IntegrationUpdate(name="Relay", feature_flags=["integ-beta"]))
    assert api.get("/event-type/integ.beta").status_code == 200
    svix.integration.update(app.id, made.id, IntegrationUpdate(name="Relay", feature_flags=[]))
    assert api.get("/event-type/integ.beta").status_code == 404


def test_a_key_goes_on_when_sessions_end_and_can_be_logged_out(svix: Svix, godwit: Server, app: App) -> None:
    made = svix.integration.create(app.id, IntegrationIn(name="Relay"))
    api = godwit.api(svix.integration.rotate_key(app.id, made.id).key)
    svix.authentication.expire_all(app.id, ApplicationTokenExpireIn())
    assert api.get(app.path).status_code == 200
    assert api.post("/auth/logout").status_code == 204
    assert api.get(app.path).status_code == 401


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 1025}, "name"),
        ({"name": "x", "featureFlags": ["a b"]}, "featureFlags"),
        ({"name": "x", "featureFlags": [f"flag-{n}" for n in range(26)]}, "featureFlags"),
        ({"name": "x", "featureFlags": "beta"}, "featureFlags"),
    ],
)
def test_an_integration_that_makes_no_sense_is_422(app: App, body: dict, place: str) -> None:
    assert places(app.api.post(f"{app.path}/integration", body))[0][:2] == ["body", place]


def test_an_application_has_a_hundred_at_most(app: App) -> None:
    made = [app.api.post(f"{app.path}/integration", {"name": str(n)}) for n in range(100)]
    assert {answer.status_code for answer in made} == {201}
    refused = app.api.post(f"{app.path}/integration", {"name": "one more"})
    assert (refused.status_code, refused.json()["code"]) == (400, "limit_reached")
    assert app.api.delete(f"{app.path}/integration/{made[0].json()['id']}").status_code == 204
    assert app.api.post(f"{app.path}/integration", {"name": "one more"}).status_code == 201


def test_integrations_are_their_applications_and_the_organizations(godwit: Server, app: App) -> None:
    id = app.api.post(f"{app.path}/integration", {"name": "Relay"}).json()["id"]
    other = App.create(app.api)
    own = godwit.api(godwit.make_token("--app", app.id))
    theirs = godwit.api(godwit.make_token("--org", "org_integrations_theirs"))
    for method, path in (
        ("GET", f"/integration/{id}"),
        ("PUT", f"/integration/{id}"),
        ("DELETE", f"/integration/{id}"),
        ("POST", f"/integration/{id}/key/rotate"),
    ):
        body = {"json": {"name": "Stolen"}} if method in ("PUT", "POST") else {}
        assert app.api.request(method, other.path + path, **body).status_code == 404
        assert theirs.request(method, app.path + path, **body).status_code == 404
        assert own.request(method, app.path + path, **body).status_code == 403
        assert API(godwit.url).request(method, app.path + path, **body).status_code == 401
    for name in ("nonsense", "integ_short"):
        assert app.api.get(f"{app.path}/integration/{name}").status_code == 404
    assert app.api.get(f"{app.path}/integration/{id}").json()["name"] == "Relay"


def test_a_create_that_is_repeated_happens_once(app: App) -> None:
    answers = [app.api.post(f"{app.path}/integration", {"name": "Relay"}, idempotency_key="integ-1") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(app.api.get(f"{app.path}/integration").json()["data"]) == 1
    other = app.api.post(f"{app.path}/integration", {"name": "Other"}, idempotency_key="integ-1")
    assert other.status_code == 422


def test_keys_survive_kill_and_stay_dead_when_they_are(serve: Callable[..., Server]) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    id = app.api.post(f"{app.path}/integration", {"name": "Relay"}).json()["id"]
    dead, good = (app.api.post(f"{app.path}/integration/{id}/key/rotate").json()["key"] for _ in range(2))
    server.kill()
    server.start()
    assert [server.api(key).get(app.path).status_code for key in (dead, good)] == [401, 200]
    app.api.delete(f"{app.path}/integration/{id}")
    server.kill()
    server.start()
    assert server.api(good).get(app.path).status_code == 401
