"""Svix's e2e_application.rs, with the same assertions. Docs/svix-parity.md says which test of theirs is which of ours."""

import pytest

from harness.api import API, places
from harness.listing import check_list
from harness.server import Server


def make(api: API, **fields: object) -> dict:
    made = api.post("/app", {"name": "App"} | fields)
    assert made.status_code == 201, made.text
    return made.json()


@pytest.fixture
def alone(godwit: Server) -> API:
    """An organization with nothing in it."""
    return godwit.api(godwit.make_token("--org", organization()))


def organization() -> str:
    from random import SystemRandom

    return "org_" + "".join(SystemRandom().choices("23456789abcdefghjkmnpqrstuvwxyz", k=12))


def test_patch_changes_one_thing_at_a_time(api: API) -> None:
    created = api.put("/app/parity-patched", {"name": "test", "uid": "parity-patched"})
    assert created.status_code == 201
    path, now = f"/app/{created.json()['id']}", created.json()
    changes = [
        ("name", "changed"),
        ("throttleRate", 1000),
        ("throttleRate", None),
        ("uid", "parity-patched-2"),
        ("uid", None),
        ("metadata", {"key": "value"}),
    ]
    for name, value in changes:
        patched = api.patch(path, {name: value})
        assert patched.status_code == 200, patched.text
        shown = patched.json()
        assert shown.get(name) == value
        kept = {"name", "throttleRate", "uid", "metadata"} - {name}
        assert {each: shown.get(each) for each in kept} == {each: now.get(each) for each in kept}
        now = shown


def test_rate_limit_is_the_former_name_of_throttle_rate(api: API) -> None:
    path = f"/app/{make(api)['id']}"
    assert api.patch(path, {"rateLimit": 5}).json()["throttleRate"] == 5
    assert "rateLimit" not in api.patch(path, {"rateLimit": None}).json()


def test_two_applications_live_and_die(api: API) -> None:
    first, second = make(api), make(api, metadata={"first": "1"})
    assert (first["metadata"], second["metadata"]) == ({}, {"first": "1"})
    assert api.get(f"/app/{first['id']}").json() == first
    changed = api.put(f"/app/{first['id']}", {"name": "Other", "metadata": {"second": "2"}})
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["metadata"]) == ("Other", {"second": "2"})
    for app in (first, second):
        assert api.delete(f"/app/{app['id']}").status_code == 204
        assert api.get(f"/app/{app['id']}").status_code == 404


def test_a_list_is_paged_oldest_first(alone: API) -> None:
    check_list(alone, "/app", lambda number: make(alone, name=f"App {number}")["id"])


def test_a_uid_names_one_application_until_it_is_gone(alone: API) -> None:
    first, second = make(alone, uid="app1"), make(alone, uid="app2")
    third = make(alone)
    assert alone.post("/app", {"name": "App", "uid": "app1"}).status_code == 409
    for other in (second, third):
        assert alone.put(f"/app/{other['id']}", {"name": "App", "uid": "app1"}).status_code == 409
        assert alone.patch(f"/app/{other['id']}", {"uid": "app1"}).status_code == 409
    assert alone.get("/app/app1").json() == first
    assert alone.delete("/app/app1").status_code == 204
    again = make(alone, uid="app1")
    moved = alone.put(f"/app/{again['id']}", {"name": "App", "uid": "app3"})
    assert moved.status_code == 200
    assert alone.get("/app/app3").json()["id"] == again["id"]
    assert alone.get("/app/app1").status_code == 404
    removed = alone.put(f"/app/{again['id']}", {"name": "App", "uid": None})
    assert removed.json().get("uid") is None and alone.get("/app/app3").status_code == 404


def test_two_organizations_may_use_the_same_uid(alone: API, godwit: Server) -> None:
    other = godwit.api(godwit.make_token("--org", organization()))
    assert make(alone, uid="same")["id"] != make(other, uid="same")["id"]


def test_get_or_create(alone: API) -> None:
    made = make(alone, uid="once")
    assert alone.post("/app", {"name": "App", "uid": "once"}).status_code == 409
    found = alone.post("/app?get_if_exists=true", {"name": "Other", "uid": "once"})
    assert (found.status_code, found.json()) == (200, made)


def test_the_same_idempotency_key_makes_one_application(alone: API) -> None:
    first, second = (alone.post("/app", {"name": "App"}, idempotency_key="parity-once") for _ in range(2))
    assert first.json() == second.json()
    assert len(alone.get("/app").json()["data"]) == 1


def test_names_are_checked(api: API) -> None:
    assert places(api.post("/app", {"name": ""})) == [["body", "name"]]
    assert places(api.post("/app", {"name": "a\x01b"})) == [["body", "name"]]
