"""Svix's e2e_endpoint.rs, what an endpoint is; with the same assertions. Docs/svix-parity.md says which test of theirs is which of ours."""

import pytest

from harness.api import places
from harness.app import App
from harness.listing import check_list
from harness.receiver import Receiver
from harness.server import Server

URL = "http://127.0.0.1:9/"
FIELDS = {"description", "throttleRate", "uid", "url", "disabled", "eventTypes", "channels", "metadata"}


def make(app: App, **fields: object) -> dict:
    made = app.api.post(f"{app.path}/endpoint", {"url": URL} | fields)
    assert made.status_code == 201, made.text
    return made.json()


def test_a_new_endpoint_has_defaults(app: App) -> None:
    made = make(app, url="http://127.0.0.1:9")
    assert (made["url"], made["version"], made["disabled"], made["description"]) == (URL, 1, False, "")
    assert [made.get(name) for name in ("throttleRate", "uid", "eventTypes", "filterTypes", "channels")] == [None] * 5


def test_patch_changes_one_thing_at_a_time(app: App) -> None:
    app.api.post("/event-type", {"name": "parity.filter", "description": ""})
    now = make(app)
    path = f"{app.path}/endpoint/{now['id']}"
    changes = [
        ("description", "changed"),
        ("throttleRate", 10),
        ("throttleRate", None),
        ("uid", "parity-endpoint"),
        ("uid", None),
        ("url", "http://127.0.0.1:9/changed"),
        ("disabled", True),
        ("eventTypes", ["parity.filter"]),
        ("eventTypes", None),
        ("channels", ["one", "two"]),
        ("channels", None),
        ("metadata", {"key": "value"}),
    ]
    for name, value in changes:
        patched = app.api.patch(path, {name: value})
        assert patched.status_code == 200, patched.text
        shown = patched.json()
        assert shown.get(name) == value
        assert {each: shown.get(each) for each in FIELDS - {name}} == {each: now.get(each) for each in FIELDS - {name}}
        now = shown
    assert app.api.patch(path, {"filterTypes": ["parity.filter"]}).json()["eventTypes"] == ["parity.filter"]


def test_endpoints_live_and_die_in_their_application(app: App) -> None:
    other = App.create(app.api)
    first, second = make(app, url="HTTP://127.0.0.1:9/A"), make(other, metadata={"k": "v"})
    assert first["url"] == "http://127.0.0.1:9/A"
    assert app.api.get(f"{other.path}/endpoint/{first['id']}").status_code == 404
    assert app.api.get(f"{app.path}/endpoint/{first['id']}").json() == first
    assert app.api.put(f"{app.path}/endpoint/parity-put", {"url": URL, "uid": "parity-put"}).status_code == 201
    assert len(app.api.get(f"{app.path}/endpoint").json()["data"]) == 2
    replaced = app.api.put(f"{other.path}/endpoint/{second['id']}", {"url": URL})
    assert replaced.status_code == 200 and replaced.json()["metadata"] == {}
    for where, endpoint in ((app, first), (other, second)):
        assert app.api.delete(f"{where.path}/endpoint/{endpoint['id']}").status_code == 204
        assert app.api.get(f"{where.path}/endpoint/{endpoint['id']}").status_code == 404


def test_a_list_is_paged_newest_first(app: App) -> None:
    check_list(app.api, f"{app.path}/endpoint", lambda number: make(app, url=f"{URL}{number}")["id"], newest_first=True)


def test_a_uid_is_unique_in_its_application(app: App) -> None:
    first, second = make(app, uid="one"), make(app, uid="two")
    assert app.api.post(f"{app.path}/endpoint", {"url": URL, "uid": "one"}).status_code == 409
    assert app.api.put(f"{app.path}/endpoint/{second['id']}", {"url": URL, "uid": "one"}).status_code == 409
    assert app.api.put(f"{app.path}/endpoint/{first['id']}", {"url": URL, "uid": "one"}).status_code == 200
    assert make(App.create(app.api), uid="one")["uid"] == "one"
    assert app.api.delete(f"{app.path}/endpoint/one").status_code == 204
    assert make(app, uid="one")["id"] != first["id"]


def test_an_empty_filter_filters_nothing(app: App, receiver: Receiver) -> None:
    """Svix refuses it with 422, and its own component sends it always."""
    made = make(app, url=receiver.url(), filterTypes=[], channels=[])
    assert (made["eventTypes"], made["channels"]) == (None, None)
    app.publish(channels=["any"])
    receiver.wait_for_count(1)


def test_a_filter_names_types_that_exist(app: App) -> None:
    body = {"url": URL, "eventTypes": ["parity.later"]}
    assert places(app.api.post(f"{app.path}/endpoint", body)) == [["body", "eventTypes"]]
    assert app.api.post("/event-type", {"name": "parity.later", "description": ""}).status_code == 201
    path = f"{app.path}/endpoint/{make(app, eventTypes=['parity.later'])['id']}"
    assert app.api.put(path, {"url": URL}).json()["eventTypes"] is None
    assert app.api.put(path, body).json()["eventTypes"] == ["parity.later"]


def test_channels_are_set_cleared_and_set(app: App) -> None:
    path = f"{app.path}/endpoint/{make(app, channels=['one'])['id']}"
    assert app.api.put(path, {"url": URL}).json()["channels"] is None
    assert app.api.put(path, {"url": URL, "channels": ["two"]}).json()["channels"] == ["two"]


def test_a_throttle_rate_is_set_and_cleared(app: App) -> None:
    path = f"{app.path}/endpoint/{make(app, throttleRate=1)['id']}"
    assert app.api.put(path, {"url": URL, "throttleRate": 7}).json()["throttleRate"] == 7
    assert app.api.put(path, {"url": URL}).json()["throttleRate"] is None


@pytest.mark.parametrize(
    "name", ["content-length", "some:thing", "nul\0", "svix-foo", "x-svix-foo", "x-amzn-foo", "webhook-id", "host"]
)
def test_a_header_that_is_not_for_users_is_refused(app: App, name: str) -> None:
    path = f"{app.path}/endpoint/{make(app)['id']}/headers"
    for method in (app.api.put, app.api.patch):
        assert places(method(path, {"headers": {name: "value"}}))[0][:2] == ["body", "headers"]


def test_headers_are_patched_replaced_and_removed(app: App, receiver: Receiver) -> None:
    endpoint = make(app, url=receiver.url())
    path = f"{app.path}/endpoint/{endpoint['id']}/headers"
    assert app.api.patch(path, {"headers": {"Foo-Bar": "1", "x-two": "2"}}).status_code == 204
    # As the user wrote it.
    assert app.api.get(path).json() == {"headers": {"Foo-Bar": "1", "x-two": "2"}, "sensitive": []}
    assert app.api.put(path, {"headers": {"x-three": "3", "authorization": "secret"}}).status_code == 204
    assert app.api.get(path).json() == {"headers": {"x-three": "3"}, "sensitive": ["authorization"]}
    app.publish()
    [delivery] = receiver.wait_for_count(1)
    assert (delivery.headers["x-three"], delivery.headers["authorization"]) == ("3", "secret")
    assert app.api.patch(path, {"headers": {"x-three": None}}).status_code == 204
    assert app.api.get(path).json() == {"headers": {}, "sensitive": ["authorization"]}


def test_only_https_when_that_is_the_rule(strict: Server) -> None:
    app = App.create(strict.api())
    refused = app.api.post(f"{app.path}/endpoint", {"url": "http://example.com/"})
    assert places(refused) == [["body", "url"]]


def test_an_example_is_sent_to_one_endpoint(app: App, receiver: Receiver) -> None:
    chosen, other = make(app, url=receiver.url("/chosen")), make(app, url=receiver.url("/other"))
    sent = app.api.post(f"{app.path}/endpoint/{chosen['id']}/send-example", {"eventType": "svix.ping"})
    assert sent.status_code == 202, sent.text
    [delivery] = receiver.wait_for_count(1)
    assert (delivery.path, delivery.body.replace(b" ", b"")) == ("/chosen", b'{"success":true}')
    assert other["id"] != chosen["id"] and receiver.to("/other") == []
    assert app.api.post(f"{app.path}/endpoint/{chosen['id']}/send-example", {"eventType": "parity.nobody"}).status_code == 404
