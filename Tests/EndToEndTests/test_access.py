"""Who may do what: tokens, organizations, applications."""

import base64
import json
from collections.abc import Callable

import pytest

from harness.api import API
from harness.app import App
from harness.server import Server, run
from harness.waiting import until


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer x",
        "Bearer a.b.c",
        "Basic dXNlcjpwYXNz",
        "Token {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer {unsigned}",
        "Bearer {other_claims}",
    ],
)
@pytest.mark.parametrize("path", ["/app", "/app/shop/msg"])
def test_without_a_good_token_everything_is_401(godwit: Server, authorization: str | None, path: str) -> None:
    if authorization is not None:
        header, claims, signature = godwit.token.split(".")
        unsigned = ".".join([encode({"alg": "none", "typ": "JWT"}), claims, ""])
        other = ".".join([header, encode(decode(claims) | {"sub": "org_other"}), signature])
        authorization = authorization.format(token=godwit.token, unsigned=unsigned, other_claims=other)
    headers = {} if authorization is None else {"authorization": authorization}
    anonymous = API(godwit.url)
    for method in ("GET", "POST"):
        answer = anonymous.request(method, path, headers=headers, **({"json": {}} if method == "POST" else {}))
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")


def test_a_token_of_another_server_is_401(godwit: Server, strict: Server) -> None:
    assert API(godwit.url, strict.token).get("/app").status_code == 401


def test_the_secret_itself_is_no_token(serve: Callable[..., Server]) -> None:
    server = serve(GODWIT_JWT_SECRET="a-secret-of-our-own-0123456789")
    answer = server.api("a-secret-of-our-own-0123456789").get("/app")
    assert answer.status_code == 401
    assert "godwit token" in answer.json()["detail"]
    assert server.api().get("/app").status_code == 200


def test_a_token_ends_when_it_expires(godwit: Server) -> None:
    api = godwit.api(godwit.make_token("--expires", "1s"))
    until(lambda: api.get("/app").status_code == 401, "the token has expired")


def test_a_read_only_token_reads(godwit: Server, app: App) -> None:
    reader = godwit.api(godwit.make_token("--read-only"))
    assert reader.get(app.path).json()["id"] == app.id
    assert reader.get(f"{app.path}/msg").status_code == 200
    writes = [
        ("POST", "/app"),
        ("PUT", app.path),
        ("PATCH", app.path),
        ("DELETE", app.path),
        ("POST", f"{app.path}/msg"),
        ("POST", f"{app.path}/endpoint"),
        ("POST", "/event-type"),
    ]
    for method, path in writes:
        answer = reader.request(method, path, json={"name": "x", "eventType": "a", "payload": {}, "url": "http://127.0.0.1:9"})
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient access"), (method, path)
    assert app.api.get(app.path).status_code == 200
    assert app.messages() == []


def test_a_token_of_one_application_knows_only_that_one(godwit: Server, app: App) -> None:
    own = godwit.api(godwit.make_token("--app", app.id))
    other = App.create(app.api, uid=f"other-of-{app.id}")
    message = other.publish()
    endpoint = other.endpoint("http://127.0.0.1:9/")

    assert own.get(app.path).json()["id"] == app.id
    made = own.post(f"{app.path}/endpoint", {"url": "http://127.0.0.1:9/"})
    assert made.status_code == 201
    for path in (
        other.path,
        f"/app/other-of-{app.id}",
        endpoint.path,
        f"{endpoint.path}/secret",
        f"{other.path}/msg/{message}",
        f"{other.path}/attempt/msg/{message}",
    ):
        assert own.get(path).status_code == 404, path
    for method, path in (
        ("GET", "/app"),
        ("POST", "/app"),
        ("DELETE", app.path),
        ("PATCH", app.path),
        ("POST", f"{app.path}/msg"),
        ("POST", "/event-type"),
    ):
        answer = own.request(method, path, json={"name": "x", "eventType": "a", "payload": {}})
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient access"), (method, path)
    assert own.get("/event-type").status_code == 200


def test_organizations_know_nothing_of_each_other(godwit: Server) -> None:
    ours, theirs = (godwit.api(godwit.make_token("--org", name)) for name in ("org_ours", "org_theirs"))
    app = App.create(ours, uid="same", name="Ours")
    endpoint = app.endpoint("http://127.0.0.1:9/", uid="ledger")
    message = app.publish(eventId="order-1")
    ours.post("/event-type", {"name": "ours.only", "description": ""})

    def unknown_to_them(path: str) -> None:
        assert theirs.get(path).status_code == 404, path

    for name in (app.id, "same"):
        unknown_to_them(f"/app/{name}")
        for reference in (endpoint.id, "ledger"):
            for rest in ("", "/secret", "/headers"):
                unknown_to_them(f"/app/{name}/endpoint/{reference}{rest}")
            unknown_to_them(f"/app/{name}/attempt/endpoint/{reference}")
            resent = theirs.post(f"/app/{name}/msg/{message}/endpoint/{reference}/resend")
            assert resent.status_code == 404
            assert theirs.post(f"/app/{name}/endpoint/{reference}/secret/rotate", {}).status_code == 404
            assert theirs.delete(f"/app/{name}/endpoint/{reference}").status_code == 404
        for reference in (message, "order-1"):
            unknown_to_them(f"/app/{name}/msg/{reference}")
        unknown_to_them(f"/app/{name}/attempt/msg/{message}")
        assert theirs.post(f"/app/{name}/msg", {"eventType": "a", "payload": {}}).status_code == 404
        assert theirs.patch(f"/app/{name}", {"name": "Stolen"}).status_code == 404
        assert theirs.delete(f"/app/{name}").status_code == 404
    unknown_to_them("/event-type/ours.only")
    assert theirs.get("/app").json()["data"] == []

    # A name is free in each organization, and what theirs is doesn't open what is ours.
    their_app = App.create(theirs, uid="same", name="Theirs")
    assert theirs.get("/app/same").json()["id"] == their_app.id
    unknown_to_them(f"/app/same/endpoint/{endpoint.id}")
    unknown_to_them(f"/app/same/msg/{message}")
    unknown_to_them("/app/same/msg/order-1")
    assert theirs.post(f"/app/same/msg/{message}/endpoint/{endpoint.id}/resend").status_code == 404
    assert ours.get("/app/same").json()["name"] == "Ours"
    assert endpoint.get()["url"] == "http://127.0.0.1:9/"


def test_two_applications_know_nothing_of_each_other(app: App) -> None:
    other = App.create(app.api)
    endpoint = app.endpoint("http://127.0.0.1:9/", uid="ledger")
    message = app.publish(eventId="order-1")
    for path in (
        f"/endpoint/{endpoint.id}",
        "/endpoint/ledger",
        f"/endpoint/{endpoint.id}/secret",
        f"/msg/{message}",
        "/msg/order-1",
        f"/attempt/msg/{message}",
        f"/attempt/endpoint/{endpoint.id}",
    ):
        assert app.api.get(f"{other.path}{path}").status_code == 404, path
    assert app.api.delete(f"{other.path}/endpoint/{endpoint.id}").status_code == 404
    assert other.publish(eventId="order-1")


@pytest.mark.parametrize("flags", [("--org", "nonsense"), ("--app", "nonsense"), ("--expires", "soon"), ("--expires", "0s")])
def test_a_token_that_makes_no_sense_is_not_made(godwit: Server, flags: tuple[str, ...]) -> None:
    made = run("token", "--store", godwit.store, *flags, folder=godwit.folder)
    assert made.returncode == 64
    assert made.stdout == ""
    assert flags[1] in made.stderr


def encode(claims: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def decode(part: str) -> dict:
    return json.loads(base64.urlsafe_b64decode(part + "=="))
