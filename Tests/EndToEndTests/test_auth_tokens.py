"""Tokens that are listed and revoked, by the API and the command; signing keys that are rotated."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.api import API, places
from harness.app import App
from harness.server import Server, run
from harness.waiting import until


@pytest.fixture
def own(godwit: Server, request: pytest.FixtureRequest) -> API:
    """An organization of the test's own."""
    return godwit.api(godwit.make_token("--org", organization(request)))


def organization(request: pytest.FixtureRequest) -> str:
    return "org_" + "".join(letter if letter.isalnum() else "-" for letter in request.node.name)[:100]


def command(server: Server, *arguments: str) -> str:
    ended = run("token", *arguments[:1], "--store", server.store, *arguments[1:], folder=server.folder, **server.settings)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def part(token: str, index: int) -> dict:
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def sign(secret: str, claims: dict, **header: str) -> str:
    """As any other program that knows the secret."""
    parts = [json.dumps(header | {"alg": "HS256"}).encode(), json.dumps(claims).encode()]
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return text + "." + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_a_token_lives_and_dies(godwit: Server, own: API) -> None:
    app = App.create(own)
    made = own.post("/auth/token", {"name": "CI", "appId": app.id, "expiry": 3600, "capabilities": ["ViewBase"]})
    assert made.status_code == 201
    token = made.json()
    assert (token["name"], token["appId"], token["capabilities"], token["revokedAt"]) == ("CI", app.id, ["ViewBase"], None)
    assert part(token["token"], 0)["kid"] == token["keyId"]
    api = godwit.api(token["token"])
    assert api.get(app.path).status_code == 200
    assert api.post(f"{app.path}/endpoint", {"url": "http://127.0.0.1:9/"}).status_code == 403

    shown = own.get(f"/auth/token/{token['id']}").json()
    assert shown == {name: value for name, value in token.items() if name != "token"}
    assert own.get("/auth/token").json()["data"][0] == shown
    assert [found["id"] for found in own.get("/auth/token", app_id=app.id).json()["data"]] == [token["id"]]

    assert own.post(f"/auth/token/{token['id']}/revoke").status_code == 204
    assert api.get(app.path).status_code == 401
    assert own.get(f"/auth/token/{token['id']}").json()["revokedAt"] is not None
    assert own.post(f"/auth/token/{token['id']}/revoke", {"expiry": 60}).status_code == 204
    assert api.get(app.path).status_code == 401


def test_tokens_are_listed_page_by_page(own: API) -> None:
    made = [own.post("/auth/token", {"name": str(number)}).json()["id"] for number in range(5)]
    for order, expected in (("descending", made[::-1]), ("ascending", made)):
        found, iterator = [], None
        while True:
            page = own.get("/auth/token", limit=2, order=order, **({"iterator": iterator} if iterator else {})).json()
            found += [token["id"] for token in page["data"]]
            iterator = page["iterator"]
            if page["done"]:
                break
        # The command's own, with which the test asks, is the oldest.
        assert [id for id in found if id in made] == expected
    assert own.get("/auth/token", iterator="tok_nonsense").status_code == 422
    assert "token" not in own.get("/auth/token").json()["data"][0]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"expiry": 0}, "expiry"),
        ({"expiry": 315_360_001}, "expiry"),
        ({"appId": "nobody"}, "appId"),
        ({"capabilities": ["ViewBase"]}, "capabilities"),
        ({"featureFlags": ["a"]}, "featureFlags"),
        ({"name": 7}, "name"),
        ({"name": "x" * 1025}, "name"),
    ],
)
def test_a_token_that_makes_no_sense_is_422(own: API, body: dict, place: str) -> None:
    assert places(own.post("/auth/token", body))[0][:2] == ["body", place]


def test_a_revocation_to_come_comes(godwit: Server, own: API) -> None:
    token = own.post("/auth/token", {}).json()
    api = godwit.api(token["token"])
    assert own.post(f"/auth/token/{token['id']}/revoke", {"expiry": 1}).status_code == 204
    assert api.get("/app").status_code == 200
    until(lambda: api.get("/app").status_code == 401, "the token has ended")


def test_other_organizations_tokens_are_none_of_ours(godwit: Server, own: API) -> None:
    token = own.post("/auth/token", {}).json()
    theirs = godwit.api(godwit.make_token("--org", "org_tokens_theirs"))
    assert theirs.get(f"/auth/token/{token['id']}").status_code == 404
    assert token["id"] not in theirs.get("/auth/token").text
    # Whatever it is answered, nothing happens.
    assert theirs.post(f"/auth/token/{token['id']}/revoke").status_code == 204
    assert theirs.post("/auth/token/expire-all").status_code == 204
    assert godwit.api(token["token"]).get("/app").status_code == 200


def test_only_the_organization_handles_tokens(godwit: Server, app: App) -> None:
    of_application = godwit.api(godwit.make_token("--app", app.id))
    reader = godwit.api(godwit.make_token("--read-only"))
    for method, path, may_read in (
        ("GET", "/auth/token", True),
        ("POST", "/auth/token", False),
        ("POST", "/auth/token/expire-all", False),
        ("POST", "/auth/token/tok_3Mak0zQ2Q1yZywtsq3oHmRGb2UE/revoke", False),
    ):
        body = {} if method == "GET" else {"json": {}}
        assert of_application.request(method, path, **body).status_code == 403
        assert (reader.request(method, path, **body).status_code == 403) is not may_read
        assert API(godwit.url).request(method, path, **body).status_code == 401
    for name in ("nonsense", "tok_short", "fp_XYZ"):
        assert app.api.post(f"/auth/token/{name}/revoke").status_code == 404
        assert app.api.get(f"/auth/token/{name}").status_code == 404


def test_all_of_an_organization_end_at_once(godwit: Server, request: pytest.FixtureRequest) -> None:
    name = organization(request)
    first = godwit.api(godwit.make_token("--org", name))
    app = App.create(first)
    of_application = godwit.api(first.post(f"/auth/app-portal-access/{app.id}", {}).json()["token"])
    assert first.post("/auth/token/expire-all", {"before": "2001-01-01T00:00:00Z"}).status_code == 204
    assert first.get("/app").status_code == 200
    assert places(first.post("/auth/token/expire-all", {"before": "2100-01-01T00:00:00Z"})) == [["body", "before"]]
    assert first.post("/auth/token/expire-all").status_code == 204
    assert first.get("/app").status_code == 401
    assert of_application.get(app.path).status_code == 401
    assert godwit.api(godwit.make_token("--org", name)).get(app.path).status_code == 200
    assert godwit.api().get("/app").status_code == 200


def test_the_command_lists_and_revokes_beside_a_running_server(godwit: Server, request: pytest.FixtureRequest) -> None:
    name = organization(request)
    tokens = [godwit.make_token("--org", name) for _ in range(3)]
    apis = [godwit.api(token) for token in tokens]
    assert [api.get("/app").status_code for api in apis] == [200] * 3
    listed = json.loads(command(godwit, "list", "--org", name, "--output", "json"))
    assert [row["id"] for row in listed] == [part(token, 1)["jti"] for token in tokens[::-1]]
    table = command(godwit, "list", "--org", name).splitlines()
    assert len(table) == 4 and table[0].startswith("ID")
    # By identifier, and by the token itself.
    command(godwit, "revoke", listed[2]["id"], "--org", name)
    assert [api.get("/app").status_code for api in apis] == [401, 200, 200]
    command(godwit, "revoke", tokens[1])
    assert [api.get("/app").status_code for api in apis] == [401, 401, 200]
    assert [row["revokedAt"] is None for row in json.loads(command(godwit, "list", "--org", name, "--output", "json"))] == [
        True,
        False,
        False,
    ]
    command(godwit, "revoke", "--all", "--org", name)
    assert apis[2].get("/app").status_code == 401
    assert godwit.api(godwit.make_token("--org", name)).get("/app").status_code == 200
    assert godwit.api().get("/app").status_code == 200


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("revoke",), 64),
        (("revoke", "--all", "tok_x"), 64),
        (("revoke", "--app", "x", "tok_x"), 64),
        (("revoke", "--all", "--after", "4d"), 64),
        (("revoke", "nonsense"), 1),
        (("revoke", "--all", "--app", "nobody"), 1),
        (("list", "--org", "nonsense"), 64),
        (("rotate-key", "--retire-after", "soon"), 64),
    ],
)
def test_a_command_that_makes_no_sense_does_nothing(godwit: Server, arguments: tuple[str, ...], code: int) -> None:
    ended = run("token", *arguments, "--store", godwit.store, folder=godwit.folder)
    assert ended.returncode == code
    assert ended.stdout == "" and ended.stderr
    assert godwit.api().get("/app").status_code == 200


@pytest.mark.parametrize("verb", ["list", "rotate-key"])
def test_commands_about_a_store_make_none(tmp_path: Path, verb: str) -> None:
    ended = run("token", verb, folder=tmp_path)
    assert ended.returncode == 1 and "there is no store" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_tokens_of_the_secret_alone_are_good_until_they_are_revoked(serve: Callable[..., Server]) -> None:
    secret = "a-secret-of-our-own-0123456789-0123456789"
    server = serve(GODWIT_JWT_SECRET=secret)
    # Made by other programs: without an identifier, and with a key name of theirs.
    plain = sign(secret, {"sub": "org_foreign"})
    named = sign(secret, {"sub": "org_foreign", "iat": 1}, kid="theirs")
    kept = sign(secret, {"sub": "org_foreign", "iat": 2})
    for token in (plain, named, kept):
        assert server.api(token).get("/app").status_code == 200
    assert server.api(plain).post("/auth/logout").status_code == 204
    command(server, "revoke", named)
    for _ in range(2):
        assert [server.api(token).get("/app").status_code for token in (plain, named, kept)] == [401, 401, 200]
        server.kill()
        server.start()
    assert server.api(kept).post("/auth/token/expire-all").status_code == 204
    assert server.api(kept).get("/app").status_code == 401


def test_a_revoked_signature_can_not_be_written_another_way(serve: Callable[..., Server]) -> None:
    secret = "a-secret-of-our-own-0123456789-0123456789"
    server = serve(GODWIT_JWT_SECRET=secret)
    token = sign(secret, {"sub": "org_foreign"})
    assert server.api(token).post("/auth/logout").status_code == 204
    # The last character of 32 bytes in base64 has two bits to spare.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    place = alphabet.index(token[-1])
    for spelling in (alphabet[place ^ 1], alphabet[place ^ 2], alphabet[place ^ 3], token[-1] + "="):
        assert server.api(token[:-1] + spelling).get("/app").status_code == 401


def test_a_new_key_signs_and_the_former_retires(serve: Callable[..., Server]) -> None:
    server = serve("--dev")
    former = server.make_token()
    api = server.api(former)
    assert api.get("/app").status_code == 200
    shown = command(server, "rotate-key", "--retire-after", "1h")
    key = shown.split()[0]
    assert key.startswith("key_") and "retires" in shown
    current = server.make_token()
    made = api.post("/auth/token", {}).json()
    assert part(current, 0)["kid"] == part(made["token"], 0)["kid"] == made["keyId"] == key
    assert part(former, 0)["kid"] != key
    for token in (former, current, made["token"]):
        assert server.api(token).get("/app").status_code == 200

    # Retirement only ever comes sooner.
    shown = command(server, "rotate-key", "--retire-after", "0s")
    assert shown.count("retired") == 2
    newest = server.make_token()
    for _ in range(2):
        assert [server.api(token).get("/app").status_code for token in (former, current, made["token"], newest)] == [
            401,
            401,
            401,
            200,
        ]
        server.kill()
        server.start()
    command(server, "rotate-key", "--retire-after", "365d")
    assert server.api(former).get("/app").status_code == 401


def test_a_configured_secret_can_retire_too(serve: Callable[..., Server]) -> None:
    secret = "a-secret-that-has-leaked-0123456789-0123456789"
    server = serve(GODWIT_JWT_SECRET=secret)
    leaked = sign(secret, {"sub": "org_godwit"})
    assert server.api(leaked).get("/app").status_code == 200
    command(server, "rotate-key", "--retire-after", "0s")
    assert server.api(leaked).get("/app").status_code == 401
    assert server.api(sign(secret, {"sub": "org_godwit"}, kid="other")).get("/app").status_code == 401
    assert server.api(server.make_token()).get("/app").status_code == 200


def test_secrets_are_in_no_log_and_no_answer(serve: Callable[..., Server]) -> None:
    server = serve("--dev", "--log-level", "trace")
    api = server.api()
    token = api.post("/auth/token", {"name": "quiet"}).json()["token"]
    command(server, "rotate-key")
    server.api(token).get("/app")
    server.api(token).post("/auth/logout")
    assert token not in server.log and token.split(".")[2] not in server.log
    assert token not in api.get("/auth/token").text


def test_a_rotation_retires_a_secret_that_the_command_does_not_know(serve: Callable[..., Server]) -> None:
    secret = "a-secret-of-the-server-alone-0123456789-0123456789"
    server = serve(GODWIT_JWT_SECRET=secret)
    token = sign(secret, {"sub": "org_godwit"})
    assert server.api(token).get("/app").status_code == 200
    rotated = run("token", "rotate-key", "--retire-after", "0s", "--store", server.store, folder=server.folder)
    assert rotated.returncode == 0, rotated.stderr
    assert server.api(token).get("/app").status_code == 401
    made = run("token", "--store", server.store, folder=server.folder)
    assert server.api(made.stdout.strip()).get("/app").status_code == 200
