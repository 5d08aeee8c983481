"""What a client does wrong is said in JSON, names the place, and never ends in a 5xx; `API` looks at each answer."""

from collections.abc import Callable

import pytest

from harness.api import API, places
from harness.app import App
from harness.server import Server

LIMIT = 1 << 20


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"}",
        b"nonsense",
        b'{"name":"x",}',
        b"{'name':'x'}",
        b'{"name":"x"} x',
        b'{"name":"\xff"}',
        b'\xef\xbb\xbf{"name":"x"}',
        b'{"name":NaN}',
        b'{"name":"a\nb"}',
        b"{" * 10_000,
        b'{"a":' * 200_000,
    ],
)
@pytest.mark.parametrize("place", ["/app", "/msg"])
def test_broken_json_is_refused_with_its_place(app: App, body: bytes, place: str) -> None:
    answer = app.api.post(place if place == "/app" else f"{app.path}{place}", body)
    assert answer.status_code == 422, answer.text
    [error, *_] = answer.json()["detail"]
    assert error["loc"][0] == "body"


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true"])
def test_a_body_that_is_no_object_is_refused(app: App, body: bytes) -> None:
    assert app.send(body).status_code == 422
    assert app.api.post("/app", body).status_code == 422


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"name": 1}, "name"),
        ({"name": None}, "name"),
        ({}, "name"),
        ({"name": "x", "uid": 1}, "uid"),
        ({"name": "x", "uid": "a b"}, "uid"),
        ({"name": "x", "uid": "app_mine"}, "uid"),
        ({"name": "x", "uid": ""}, "uid"),
        ({"name": "x", "uid": "u" * 257}, "uid"),
        ({"name": "x", "metadata": []}, "metadata"),
        ({"name": "x", "metadata": {"k": "v" * 5000}}, "metadata"),
        ({"name": "x", "throttleRate": 0}, "throttleRate"),
    ],
)
def test_an_application_says_what_is_wrong_with_it(api: API, fields: dict, place: str) -> None:
    assert places(api.post("/app", fields)) == [["body", place]]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"payload": {}}, "eventType"),
        ({"eventType": 5, "payload": {}}, "eventType"),
        ({"eventType": "a b", "payload": {}}, "eventType"),
        ({"eventType": "a" * 257, "payload": {}}, "eventType"),
        ({"eventType": "a"}, "payload"),
        ({"eventType": "a", "payload": []}, "payload"),
        ({"eventType": "a", "payload": "text"}, "payload"),
        ({"eventType": "a", "payload": None}, "payload"),
        ({"eventType": "a", "payload": {}, "channels": "seoul"}, "channels"),
        ({"eventType": "a", "payload": {}, "channels": [f"c{n}" for n in range(11)]}, "channels"),
        ({"eventType": "a", "payload": {}, "eventId": "no spaces"}, "eventId"),
        ({"eventType": "a", "payload": {}, "payloadRetentionPeriod": 0}, "payloadRetentionPeriod"),
        ({"eventType": "a", "payload": {}, "payloadRetentionPeriod": 91}, "payloadRetentionPeriod"),
        ({"eventType": "a", "payload": {}, "deliverAt": "tomorrow"}, "deliverAt"),
        ({"eventType": "a", "payload": {}, "transformationsParams": {"code": "x"}}, "transformationsParams"),
    ],
)
def test_a_message_says_what_is_wrong_with_it(app: App, fields: dict, place: str) -> None:
    assert [location[:2] for location in places(app.send(fields))] == [["body", place]]


def test_everything_that_is_wrong_is_said_at_once(app: App) -> None:
    found = places(app.send({"eventType": 1, "payload": [], "eventId": 2}))
    assert {location[1] for location in found} == {"eventType", "payload", "eventId"}


@pytest.mark.parametrize(
    ("fields", "place"), [({"enabled": True}, "enabled"), ({"code": "x"}, "code"), ({"variables": {"a": "b"}}, "variables")]
)
def test_a_transformation_is_refused_in_words(app: App, fields: dict, place: str) -> None:
    path = f"{app.endpoint('http://127.0.0.1:9/').path}/transformation"
    assert places(app.api.patch(path, fields)) == [["body", place]]
    assert app.api.patch(path, {"code": None, "enabled": False, "variables": {}}).status_code == 204


def test_things_may_have_the_names_of_operations(api: API, app: App) -> None:
    for path in ("/event-type/import", "/event-type/openapi"):
        assert api.put(path, {"description": "Imported"}).status_code in (200, 201)
        assert api.get(path).json()["description"] == "Imported"
        assert api.patch(path, {"deprecated": True}).json()["deprecated"] is True
        assert api.delete(f"{path}?expunge=true").status_code == 204
    for name in ("precheck", "bulk-expunge", "expunge-all-contents"):
        message = app.publish(eventId=name)
        assert api.get(f"{app.path}/msg/{name}").json()["id"] == message
        assert api.delete(f"{app.path}/msg/{name}/content").status_code == 204


def test_a_name_of_an_operation_is_no_identifier(api: API) -> None:
    refused = api.get("/auth/token/expire-all")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "fine"),
    [
        ({"x-shop": "seoul"}, True),
        ({"webhook-id": "x"}, False),
        ({"host": "x"}, False),
        ({"content-length": "1"}, False),
        ({"connection": "close"}, False),
        ({"x y": "1"}, False),
        ({"x-a": "1\r\nx-b: 2"}, False),
        ({"x-a": "é"}, False),
        ({"transfer-encoding": "chunked"}, False),
        ({"Webhook-Signature": "v1,x"}, False),
    ],
)
def test_headers_that_could_forge_a_request_are_refused(app: App, headers: dict[str, str], fine: bool) -> None:
    answer = app.api.post(f"{app.path}/endpoint", {"url": "http://127.0.0.1:9/", "headers": headers})
    assert answer.status_code == (201 if fine else 422), answer.text


@pytest.mark.parametrize("secret", ["", "short", "whsec_", "whsec_%%%%", "whsec_c2hvcnQ=", 7])
def test_a_secret_that_is_none_is_refused_without_being_repeated(app: App, secret: object) -> None:
    answer = app.api.post(f"{app.path}/endpoint", {"url": "http://127.0.0.1:9/", "secret": secret})
    assert places(answer) == [["body", "secret"]]
    if isinstance(secret, str) and len(secret) > 6:
        assert secret not in answer.text


@pytest.mark.parametrize("query", ["limit=0", "limit=251", "limit=x", "limit=-1", "iterator=nonsense", "order=sideways"])
def test_a_query_that_is_wrong_is_refused(api: API, query: str) -> None:
    assert places(api.get(f"/app?{query}")) == [["query", query.split("=")[0]]]


def test_what_does_not_exist_is_404(api: API, app: App) -> None:
    paths = [
        "/app/nobody",
        "/app/app_2abc",
        f"{app.path}/endpoint/nothing",
        f"{app.path}/msg/nothing",
        "/event-type/nothing",
        f"{app.path}/attempt/msg/nothing",
        f"{app.path}/attempt/endpoint/nothing",
        "/app/nobody/msg",
        "/app/%00",
        "/app/..%2f",
    ]
    for path in paths:
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert api.post("/app/nobody/msg", {"eventType": "a", "payload": {}}).status_code == 404
    assert api.post(f"{app.path}/msg/nothing/endpoint/nothing/resend").status_code == 404


@pytest.mark.parametrize("path", ["/", "/nothing", "/app/x/y/z/w", "/../etc/passwd", "/%2e%2e/", "/app//x/nothing"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_an_unknown_route_is_404_in_json(api: API, path: str, method: str) -> None:
    answer = api.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/app"),
        ("PATCH", "/app"),
        ("DELETE", "/app"),
        ("PUT", "/app/x/msg"),
        ("POST", "/health"),
        ("PATCH", "/app/x/msg"),
        ("DELETE", "/app/x/msg"),
        ("GET", "/app/x/msg/y/endpoint/z/resend"),
    ],
)
def test_a_wrong_method_is_405_and_names_the_right_ones(api: API, method: str, path: str) -> None:
    answer = api.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"]


def test_what_can_be_got_can_be_asked_for_without_its_content(app: App) -> None:
    message = app.publish()
    for path in ("/app", app.path, f"{app.path}/msg", f"{app.path}/msg/{message}", "/event-type"):
        head, whole = app.api.request("HEAD", path), app.api.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.content))
    assert app.api.request("HEAD", "/app/nowhere").status_code == 404
    assert app.api.request("HEAD", f"{app.path}/msg/{message}/cancel").status_code == 405


def test_health_needs_no_token_and_a_slash_makes_no_difference(godwit: Server, api: API) -> None:
    anonymous = API(godwit.url)
    for path in ("/health", "/health/", "/health/ping"):
        assert anonymous.get(path).status_code == 204
        assert anonymous.request("HEAD", path).status_code == 204
    assert api.get("/app/").status_code == api.get("/app").status_code == 200


def test_a_name_in_a_path_may_be_percent_encoded(app: App) -> None:
    uid = f"shop-{app.id[-8:]}.1_x"
    assert app.api.patch(app.path, {"uid": uid}).status_code == 200
    encoded = "".join(f"%{ord(character):02X}" for character in uid)
    assert app.api.get(f"/app/{encoded}").json()["id"] == app.id
    assert app.api.post(f"/app/{encoded}/msg", {"eventType": "a.b", "payload": {}}).status_code == 202
    for other in (f"{encoded}%2F", f"x%2F..%2F{encoded}", f"{encoded}%00", f"{encoded}%", "%C3%BC", "%FF", "%"):
        assert app.api.get(f"/app/{other}").status_code == 404


@pytest.mark.parametrize("name", ["a%20b", "%C3%BC", "a%2Fb", "%00", "n" * 257, "{prefix}_mine"])
def test_what_cannot_be_a_name_is_not_put(app: App, name: str) -> None:
    url = {"url": "http://127.0.0.1:9/"}
    for path, body, place in (
        (f"/app/{name.format(prefix='app')}", {"name": "Shop"}, "app_id"),
        (f"{app.path}/endpoint/{name.format(prefix='ep')}", url, "endpoint_id"),
        (f"/operational-webhook/endpoint/{name.format(prefix='ep')}", url, "endpoint_id"),
    ):
        assert places(app.api.put(path, body)) == [["path", place]]
        assert app.api.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/app", "/event-type", "/background-task"])
def test_an_order_that_is_none_is_refused(api: API, path: str) -> None:
    assert places(api.get(path, order="upwards")) == [["query", "order"]]
    assert api.get(path, order="descending").status_code == 200


@pytest.mark.parametrize("place", ["/msg", "/endpoint"])
def test_a_body_at_the_limit_is_taken_and_one_past_it_is_not(app: App, place: str) -> None:
    frame = (
        b'{"eventType":"a","payload":{"t":"' if place == "/msg" else b'{"url":"http://127.0.0.1:9/","unknown":{"t":"',
        b'"}}',
    )
    at_limit = frame[0] + b"x" * (LIMIT - len(frame[0]) - len(frame[1])) + frame[1]
    assert len(at_limit) == LIMIT
    assert app.api.post(f"{app.path}{place}", at_limit).status_code in (201, 202)
    refused = app.api.post(f"{app.path}{place}", at_limit + b" ")
    assert (refused.status_code, refused.json()["code"]) == (413, "payload_too_large")
    assert str(LIMIT) in refused.json()["detail"]


def test_a_duplicate_event_id_is_a_conflict(app: App) -> None:
    app.publish(eventId="order-1")
    answer = app.send({"eventType": "a", "payload": {}, "eventId": "order-1"})
    assert answer.status_code == 409
    assert len(app.messages()) == 1


def test_a_flood_of_bad_requests_leaves_the_server_healthy(serve: Callable[..., Server]) -> None:
    server = serve("--dev")
    api = server.api()
    for _ in range(200):
        api.post("/app", b'{"name":')
        api.get("/nothing")
    app = App.create(api)
    assert app.publish().startswith("msg_")
    assert server.answers()


@pytest.mark.parametrize("time", ["0000-01-01T00:00:00+00:01", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-00:01"])
def test_a_time_that_no_answer_could_show_is_refused(app: App, time: str) -> None:
    endpoint = app.endpoint("http://127.0.0.1:9/")
    for path in ("recover", "bulk-replay", "replay-missing"):
        assert places(app.api.post(f"{endpoint.path}/{path}", {"since": time})) == [["body", "since"]]
    assert places(app.api.post("/stats/usage/app", {"since": time, "until": time})) == [["body", "since"], ["body", "until"]]
    assert places(app.api.get(f"{app.path}/msg", after=time)) == [["query", "after"]]
    first = app.api.post(f"{endpoint.path}/recover", {"since": "0000-01-01T00:00:00Z"})
    task = app.api.get(f"/background-task/{first.json()['id']}").json()
    assert task["data"]["since"] == "0000-01-01T00:00:00.000Z"
