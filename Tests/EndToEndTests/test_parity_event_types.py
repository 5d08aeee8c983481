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


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        ({"featureFlags": ["b", "a", "b"]}, ["b", "a"]),
        ({"featureFlag": "a"}, ["a"]),
        ({"featureFlag": "a", "featureFlags": ["b", "a"]}, ["b", "a"]),
        ({"featureFlag": None, "featureFlags": ["b"]}, ["b"]),
        ({"featureFlags": []}, None),
        ({"featureFlags": None, "featureFlag": None}, None),
    ],
)
def test_feature_flags_and_the_single_one_are_in_step(api: API, given: dict, flags: list[str] | None) -> None:
    for shown in (make(api, "parity.flags", **given), api.get("/event-type/parity.flags").json()):
        assert (shown.get("featureFlags"), shown.get("featureFlag")) == (flags, flags[0] if flags else None)
    again = api.put("/event-type/parity.flags", shown).json()
    assert again.get("featureFlags") == flags
    for change, after in (({"featureFlags": ["x", "y"]}, ["x", "y"]), ({"description": "Kept"}, ["x", "y"]),
                          ({"featureFlag": "z"}, ["z"]), ({"featureFlags": None}, None)):
        assert api.patch("/event-type/parity.flags", change).json().get("featureFlags") == after


def test_a_type_belongs_to_a_group(api: API) -> None:
    assert make(api, "parity.grouped", groupName="user")["groupName"] == "user"
    assert api.get("/event-type").json()["data"][0]["groupName"] == "user"
    assert api.patch("/event-type/parity.grouped", {"description": "Kept"}).json()["groupName"] == "user"
    assert "groupName" not in api.patch("/event-type/parity.grouped", {"groupName": None}).json()
    assert places(api.patch("/event-type/parity.grouped", {"groupName": "no name"})) == [["body", "groupName"]]


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": ["string", "string"]}, ["type"]),
        ({"properties": {"type": {"maxLength": -1}}}, ["properties", "type", "maxLength"]),
        ({"items": [True, {"required": ["a", 1]}]}, ["items", "1", "required"]),
        ({"anyOf": []}, ["anyOf"]),
        ({"exclusiveMinimum": True}, ["exclusiveMinimum"]),
        ({"multipleOf": 0}, ["multipleOf"]),
        ({"dependencies": {"a": ["b"], "c": 7}}, ["dependencies", "c"]),
        ({"if": {"not": None}}, ["if", "not"]),
    ],
)
def test_what_is_wrong_in_a_schema_is_named(api: API, schema: dict, place: list[str]) -> None:
    refused = api.post("/event-type", {"name": "parity.bad", "description": "", "schemas": {"2": schema}})
    assert (refused.status_code, places(refused)) == (422, [["body", "schemas", "2", *place]])


def test_a_schema_of_draft_7_is_kept(api: API) -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#", "type": ["object", "null"], "required": [], "minProperties": 1.0,
        "properties": {"minimum": {"minimum": -1.5e3, "default": {"type": 7}}, "const": {"const": None, "enum": []}},
        "dependencies": {"a": ["b"], "c": False}, "items": [True], "x-ours": 7, "prefixItems": "unknown to draft 7",
    }
    assert make(api, "parity.schema", schemas={"1": schema})["schemas"] == {"1": schema}
