"""Tokens of the application portal, as the SDK asks for them: capabilities, sessions, expiry."""

import base64
import json
from collections.abc import Callable

import pytest
from svix import Svix, SvixOptions
from svix.exceptions import HttpError, HTTPValidationError
from svix.models import AppPortalAccessIn, AppPortalCapability, ApplicationIn, ApplicationTokenExpireIn, EndpointIn

from harness.api import API, places
from harness.app import App
from harness.receiver import Receiver
from harness.server import Server
from harness.waiting import until


@pytest.fixture
def svix(godwit: Server) -> Svix:
    return Svix(godwit.token, SvixOptions(server_url=godwit.url))


def portal(svix: Svix, godwit: Server, app: App, **fields: object) -> API:
    return godwit.api(svix.authentication.app_portal_access(app.id, AppPortalAccessIn(**fields)).token)


def test_the_link_shows_the_page_and_holds_the_token_behind_the_hash(svix: Svix, godwit: Server, app: App) -> None:
    made = svix.authentication.app_portal_access(app.id, AppPortalAccessIn())
    page, key = made.url.split("#key=")
    assert page == f"{godwit.url}/app-portal"
    assert json.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))) == {
        "appId": app.id,
        "token": made.token,
        "serverUrl": godwit.url,
    }
    api = godwit.api(made.token)
    assert api.get(app.path).json()["id"] == app.id
    assert api.get("/app").status_code == 403
    assert api.get(App.create(app.api).path).status_code == 404


def test_the_link_names_the_public_place(serve: Callable[..., Server]) -> None:
    server = serve("--dev", "--public-url", "https://hooks.example.com/g/")
    app = App.create(server.api())
    assert server.api().post(f"/auth/app-portal-access/{app.id}", {}).json()["url"].startswith(
        "https://hooks.example.com/g/app-portal#key="
    )


def test_dashboard_access_is_the_same(godwit: Server, app: App) -> None:
    made = app.api.post(f"/auth/dashboard-access/{app.id}")
    assert made.status_code == 200
    assert set(made.json()) == {"url", "token"}
    assert godwit.api(made.json()["token"]).get(app.path).status_code == 200


def test_an_application_is_made_on_the_way(svix: Svix, api: API) -> None:
    access = AppPortalAccessIn(application=ApplicationIn(name="New", uid="portal-new"))
    svix.authentication.app_portal_access("portal-new", access)
    assert api.get("/app/portal-new").json()["name"] == "New"
    access = AppPortalAccessIn(application=ApplicationIn(name="Other", uid="portal-new"))
    svix.authentication.app_portal_access("portal-new", access)
    assert api.get("/app/portal-new").json()["name"] == "New"
    with pytest.raises(HTTPValidationError):
        access = AppPortalAccessIn(application=ApplicationIn(name="New", uid="portal-a"))
        svix.authentication.app_portal_access("portal-b", access)
    with pytest.raises(HttpError) as refused:
        svix.authentication.app_portal_access("portal-b", AppPortalAccessIn())
    assert refused.value.status_code == 404


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"expiry": 3599}, "expiry"),
        ({"expiry": 604801}, "expiry"),
        ({"expiry": "1h"}, "expiry"),
        ({"capabilities": ["Everything"]}, "capabilities"),
        ({"capabilities": ["ManageEndpoint"]}, "capabilities"),
        ({"capabilities": []}, "capabilities"),
        ({"sessionId": ""}, "sessionId"),
        ({"sessionId": "a b"}, "sessionId"),
        ({"sessionId": "s" * 65}, "sessionId"),
        ({"featureFlags": ["a b"]}, "featureFlags"),
        ({"featureFlags": [f"flag-{n}" for n in range(26)]}, "featureFlags"),
        ({"readOnly": "yes"}, "readOnly"),
        ({"application": {"uid": "x"}}, "application"),
    ],
)
def test_what_makes_no_sense_is_422(app: App, body: dict, place: str) -> None:
    assert places(app.api.post(f"/auth/app-portal-access/{app.id}", body))[0][:2] == ["body", place]


def test_at_the_bounds_it_is_made(svix: Svix, godwit: Server, app: App) -> None:
    flags = [f"flag-{n}" for n in range(25)]
    for fields in ({"expiry": 3600}, {"expiry": 604_800}, {"session_id": "s@_-" + "x" * 60}, {"feature_flags": flags}):
        assert portal(svix, godwit, app, **fields).get(app.path).status_code == 200


def test_a_capability_is_what_it_says(svix: Svix, godwit: Server, app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    message = app.publish()
    receiver.wait_for_count(1)
    view = AppPortalCapability.VIEW_BASE
    everything = list(AppPortalCapability)
    since = {"since": "2026-01-01T00:00:00Z"}
    url = {"url": "http://127.0.0.1:9/"}
    reads = [("GET", path, None) for path in (app.path, f"{app.path}/endpoint", endpoint.path, f"{app.path}/msg", "/event-type")]
    reads += [("GET", f"{app.path}/attempt/msg/{message}", None), ("GET", f"{endpoint.path}/headers", None)]
    secret = ("GET", f"{endpoint.path}/secret", None)
    rotate = ("POST", f"{endpoint.path}/secret/rotate", {"gracePeriodSeconds": 0})
    again = [
        ("POST", f"{app.path}/msg/{message}/endpoint/{endpoint.id}/resend", None),
        ("POST", f"{endpoint.path}/recover", since),
        ("POST", f"{endpoint.path}/replay-missing", since),
    ]
    manage = [
        ("PATCH", endpoint.path, {"description": "mine"}),
        ("PUT", f"{endpoint.path}/headers", {"headers": {}}),
        ("PATCH", f"{endpoint.path}/policy", {}),
        ("POST", f"{app.path}/endpoint", url),
    ]
    operations = [*reads, secret, rotate, *again, *manage]
    granted = {
        (view,): reads,
        (view, AppPortalCapability.VIEW_ENDPOINT_SECRET): [*reads, secret],
        (view, AppPortalCapability.MANAGE_ENDPOINT_SECRET): [*reads, secret, rotate],
        (view, AppPortalCapability.CREATE_ATTEMPTS): [*reads, *again],
        (view, AppPortalCapability.MANAGE_ENDPOINT): [*reads, secret, rotate, *manage],
        tuple(everything): operations,
        (): operations,
    }
    for capabilities, allowed in granted.items():
        api = portal(svix, godwit, app, capabilities=list(capabilities) or None)
        for operation in operations:
            method, path, body = operation
            answer = api.request(method, path, json=body) if body is not None else api.request(method, path)
            if operation in allowed:
                assert answer.status_code < 300, (capabilities, operation, answer.text)
            else:
                assert (answer.status_code, answer.json()["code"]) == (403, "insufficient access"), (capabilities, operation)


def test_read_only_refuses_every_write(svix: Svix, godwit: Server, app: App) -> None:
    endpoint = app.endpoint("http://127.0.0.1:9/")
    api = portal(svix, godwit, app, read_only=True)
    assert api.get(endpoint.path).status_code == 200
    for method, path in (
        ("POST", f"{app.path}/endpoint"),
        ("PATCH", endpoint.path),
        ("PUT", endpoint.path),
        ("DELETE", endpoint.path),
        ("POST", f"{endpoint.path}/secret/rotate"),
        ("POST", f"{endpoint.path}/recover"),
        ("PUT", f"{endpoint.path}/headers"),
        ("GET", f"{endpoint.path}/secret"),
    ):
        assert api.request(method, path, **({} if method == "GET" else {"json": {}})).status_code == 403, (method, path)
    # The session itself may be ended.
    assert api.post("/auth/logout").status_code == 204


def test_feature_flags_choose_the_event_types(svix: Svix, godwit: Server, app: App) -> None:
    app.api.post("/event-type", {"name": "flagged.beta", "description": "", "featureFlag": "beta"})
    with_flag, without = portal(svix, godwit, app, feature_flags=["beta"]), portal(svix, godwit, app)
    assert with_flag.get("/event-type/flagged.beta").status_code == 200
    assert without.get("/event-type/flagged.beta").status_code == 404
    for api, sees in ((with_flag, True), (without, False)):
        names, iterator = [], None
        while True:
            page = api.get("/event-type", limit=250, **({"iterator": iterator} if iterator else {})).json()
            names += [found["name"] for found in page["data"]]
            iterator = page["iterator"]
            if page["done"]:
                break
        assert ("flagged.beta" in names) is sees


def test_logging_out_ends_this_token_alone(svix: Svix, godwit: Server, app: App) -> None:
    first, second = (svix.authentication.app_portal_access(app.id, AppPortalAccessIn()).token for _ in range(2))
    assert Svix(first, SvixOptions(server_url=godwit.url)).authentication.logout() is None
    assert godwit.api(first).get(app.path).status_code == 401
    assert godwit.api(first).post("/auth/logout").status_code == 401
    assert godwit.api(second).get(app.path).status_code == 200
    assert API(godwit.url).post("/auth/logout").status_code == 401


def test_expire_all_ends_what_was_made_so_far(svix: Svix, godwit: Server, app: App) -> None:
    other = App.create(app.api)
    before = [portal(svix, godwit, app), portal(svix, godwit, app, session_id="a")]
    before.append(godwit.api(godwit.make_token("--app", app.id)))
    bystanders = [portal(svix, godwit, other), app.api]
    for api in before:
        assert api.get(app.path).status_code == 200
    svix.authentication.expire_all(app.id, ApplicationTokenExpireIn())
    for api in before:
        assert api.get(app.path).status_code == 401
        assert api.get("/event-type").status_code == 401
    assert bystanders[0].get(other.path).status_code == 200
    assert bystanders[1].get(app.path).status_code == 200
    # Right after it, without a pause: these are new.
    for _ in range(5):
        fresh = portal(svix, godwit, app, session_id="a")
        assert fresh.get(app.path).status_code == 200
    assert godwit.api(godwit.make_token("--app", app.id)).get(app.path).status_code == 200


def test_sessions_expire_by_name(svix: Svix, godwit: Server, app: App) -> None:
    a, b, none = (portal(svix, godwit, app, session_id=name) for name in ("a", "b", None))
    svix.authentication.expire_all(app.id, ApplicationTokenExpireIn(session_ids=["a", "unknown"]))
    assert [api.get(app.path).status_code for api in (a, b, none)] == [401, 200, 200]
    assert portal(svix, godwit, app, session_id="a").get(app.path).status_code == 200


def test_an_expiry_to_come_comes(svix: Svix, godwit: Server, app: App) -> None:
    api = portal(svix, godwit, app)
    app.api.post(f"/auth/app/{app.id}/expire-all", {"expiry": 1})
    assert api.get(app.path).status_code == 200
    later = portal(svix, godwit, app)
    until(lambda: api.get(app.path).status_code == 401, "the token has expired")
    assert later.get(app.path).status_code == 200
    # A later end doesn't give back what a sooner one has taken.
    app.api.post(f"/auth/app/{app.id}/expire-all", {"expiry": 3600})
    assert api.get(app.path).status_code == 401


@pytest.mark.parametrize(
    "body", [{"expiry": -1}, {"expiry": 259_201}, {"sessionIds": ["a b"]}, {"sessionIds": [f"s{n}" for n in range(1001)]}]
)
def test_an_expiry_that_makes_no_sense_is_422(app: App, body: dict) -> None:
    places(app.api.post(f"/auth/app/{app.id}/expire-all", body))
    assert app.api.post(f"/auth/app/{app.id}/expire-all", {"sessionIds": [f"s{n}" for n in range(1000)]}).status_code == 204


def test_only_the_organization_gives_access(svix: Svix, godwit: Server, app: App) -> None:
    own, theirs = portal(svix, godwit, app), godwit.api(godwit.make_token("--org", "org_portal_theirs"))
    reader = godwit.api(godwit.make_token("--read-only"))
    for path in (f"/auth/app-portal-access/{app.id}", f"/auth/dashboard-access/{app.id}", f"/auth/app/{app.id}/expire-all"):
        assert own.post(path, {}).status_code == 403
        assert reader.post(path, {}).status_code == 403
        assert theirs.post(path, {}).status_code == 404
        assert API(godwit.url).post(path, {}).status_code == 401
    assert own.get(app.path).status_code == 200


def test_a_token_ends_with_its_application(svix: Svix, godwit: Server, app: App) -> None:
    api = portal(svix, godwit, app)
    assert api.get("/event-type").status_code == 200
    app.api.delete(app.path)
    assert api.get(app.path).status_code == 401
    assert api.get("/event-type").status_code == 401


def test_what_was_ended_stays_so_after_kill_and_restart(serve: Callable[..., Server]) -> None:
    server = serve("--dev")
    svix = Svix(server.token, SvixOptions(server_url=server.url))
    app = App.create(server.api())
    out, expired, good = (portal(svix, server, app, session_id=name) for name in ("out", "expired", "good"))
    assert out.post("/auth/logout").status_code == 204
    app.api.post(f"/auth/app/{app.id}/expire-all", {"sessionIds": ["expired"]})
    for end in (server.kill, server.stop):
        end()
        server.start()
        assert [api.get(app.path).status_code for api in (out, expired, good)] == [401, 401, 200]


def test_an_endpoint_is_managed_with_the_sdk_and_a_portal_token(svix: Svix, godwit: Server, app: App) -> None:
    token = svix.authentication.app_portal_access(app.id, AppPortalAccessIn(session_id="user_1FB8")).token
    customer = Svix(token, SvixOptions(server_url=godwit.url))
    made = customer.endpoint.create(app.id, EndpointIn(url="http://127.0.0.1:9/"))
    assert [found.id for found in customer.endpoint.list(app.id).data] == [made.id]


def test_an_expiry_that_is_repeated_happens_once(godwit: Server, app: App) -> None:
    body = {"sessionIds": ["a"]}
    first = app.api.post(f"/auth/app/{app.id}/expire-all", body, idempotency_key="expire-1")
    token = app.api.post(f"/auth/app-portal-access/{app.id}", {"sessionId": "a"}).json()["token"]
    again = app.api.post(f"/auth/app/{app.id}/expire-all", body, idempotency_key="expire-1")
    assert (first.status_code, again.status_code, again.headers["idempotency-replayed"]) == (204, 204, "true")
    assert "content-type" not in again.headers and "content-length" not in again.headers
    assert godwit.api(token).get(app.path).status_code == 200
    assert app.api.post(f"/auth/app/{app.id}/expire-all", {}, idempotency_key="expire-1").status_code == 422
