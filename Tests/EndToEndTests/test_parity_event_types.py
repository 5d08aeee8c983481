"""Svix's e2e_event_type.rs, with the same assertions. Docs/svix-parity.md says which test of theirs is which of ours."""

from random import SystemRandom

import pytest

from harness.api import API, places
from harness.listing import check_list
from harness.server import Server

SCHEMA = {"1": {"type": "object", "properties": {"id": {"type": "string"}}}}


@pytest.fixture
def api(godwit: Server) -> API:
    """An organization with nothing in it."""
    name = "org_" + "".join(SystemRandom().choices("23456789abcdefghjkmnpqrstuvwxyz", k=12))
    return godwit.api(godwit.make_token("--org", name))


def make(api: API, name: str, **fields: object) -> dict:
    made = api.post("/event-type", {"name": name, "description": "Made"} | fields)
    assert made.status_code == 201, made.text
    return made.json()


def test_patch_changes_one_thing_at_a_time(api: API) -> None:
    assert api.put("/event-type/parity.patched", {"description": "Made"}).status_code == 201
    now = api.get("/event-type/parity.patched").json()
    for name, value in (("description", "Changed"), ("schemas", SCHEMA), ("schemas", None), ("archived", True)):
        shown = api.patch("/event-type/parity.patched", {name: value}).json()
        assert shown[name] == value
        kept = {"description", "schemas", "archived", "deprecated"} - {name}
        assert {each: shown[each] for each in kept} == {each: now[each] for each in kept}
        now = shown


def test_a_list_shows_schemas_when_asked(api: API) -> None:
    make(api, "parity.one", schemas=SCHEMA)
    assert api.get("/event-type/parity.one").json()["schemas"] == SCHEMA
    assert api.get("/event-type", with_content="true").json()["data"][0]["schemas"] == SCHEMA
    assert api.get("/event-type", with_content="false").json()["data"][0].get("schemas") is None


def test_a_feature_flag_hides_a_type(api: API) -> None:
    make(api, "parity.open")
    make(api, "parity.flagged", featureFlag="parity-flag")
    app = api.post("/app", {"name": "App"}).json()["id"]

    def names(flags: list[str]) -> list[str]:
        token = api.post(f"/auth/app-portal-access/{app}", {"featureFlags": flags}).json()["token"]
        visitor = API(str(api._http.base_url).removesuffix("/api/v1/"), token)
        listed = [found["name"] for found in visitor.get("/event-type").json()["data"]]
        assert visitor.get("/event-type/parity.flagged").status_code == (200 if "parity.flagged" in listed else 404)
        return listed

    assert names([]) == ["parity.open"]
    assert names(["another"]) == ["parity.open"]
    assert names(["parity-flag"]) == ["parity.flagged", "parity.open"]
    assert [found["name"] for found in api.get("/event-type").json()["data"]] == ["parity.flagged", "parity.open"]


def test_a_list_is_paged_by_name(api: API) -> None:
    check_list(api, "/event-type", lambda number: make(api, f"parity.number-{number:02}")["name"], key="name")


def test_a_schema_that_is_none_is_refused(api: API) -> None:
    refused = api.post("/event-type", {"name": "parity.bad", "description": "", "schemas": {"1": {"type": "nonsense"}}})
    assert places(refused)[0][:2] == ["body", "schemas"]


def test_an_archived_type_can_be_made_again(api: API) -> None:
    make(api, "parity.again")
    taken = api.post("/event-type", {"name": "parity.again", "description": ""})
    assert (taken.status_code, taken.json()["code"]) == (409, "event_type_exists")
    assert api.delete("/event-type/parity.again").status_code == 204
    assert make(api, "parity.again", description="Again")["archived"] is False
