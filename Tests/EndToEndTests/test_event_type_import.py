"""Event types come out of an OpenAPI document: all of it, or nothing."""

import json
from random import SystemRandom

import pytest
import yaml
from harness.api import API, places
from harness.server import Server

PET = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}


def webhook(schema: object = None, **operation: object) -> dict:
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}} if schema is not None else {}
    return {"post": {"description": "Told", "responses": {"200": {"description": "Taken"}}} | body | operation}


def document(webhooks: dict, version: str = "3.1.0", section: str = "webhooks", **more: object) -> dict:
    return {"openapi": version, "info": {"title": "T", "version": "1"}, section: webhooks} | more


@pytest.fixture
def api(godwit: Server) -> API:
    name = "org_" + "".join(SystemRandom().choices("23456789abcdefghjkmnpqrstuvwxyz", k=12))
    return godwit.api(godwit.make_token("--org", name))


def take(api: API, **body: object) -> dict:
    answer = api.post("/event-type/import/openapi", body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def names(api: API) -> list[str]:
    return [found["name"] for found in api.get("/event-type").json()["data"]]


SPEC = document(
    {
        "pet.new": webhook({"$ref": "#/components/schemas/Pet"}, description="A new pet"),
        "pet.gone": webhook(PET, deprecated=True, description=None, summary="Gone"),
        "ping": webhook(),
    },
    components={"schemas": {"Pet": PET}},
)


@pytest.mark.parametrize(
    "body",
    [{"spec": SPEC}, {"specRaw": json.dumps(SPEC)}, {"specRaw": yaml.safe_dump(json.loads(json.dumps(SPEC)))}, {"spec": SPEC, "specRaw": None}],
)
def test_webhooks_become_event_types(api: API, body: dict) -> None:
    tried = take(api, dryRun=True, **body)
    assert tried["modified"] == [] and names(api) == []
    assert {found["name"] for found in tried["to_modify"]} == {"pet.new", "pet.gone", "ping"}
    assert set(take(api, **body)["modified"]) == {"pet.new", "pet.gone", "ping"}
    for planned in tried["to_modify"]:
        made = api.get(f"/event-type/{planned['name']}").json()
        assert made == made | planned
    new, gone, ping = (api.get(f"/event-type/{name}").json() for name in ("pet.new", "pet.gone", "ping"))
    assert (new["description"], new["deprecated"], new["schemas"]) == ("A new pet", False, {"1": PET})
    assert (gone["description"], gone["deprecated"], gone["schemas"]) == ("Gone", True, {"1": PET})
    assert (ping["description"], ping["schemas"]) == ("Told", None)


def test_openapi_30_has_its_own_way(api: API) -> None:
    schema = {"type": "string", "nullable": True, "example": "x"}
    number = {"type": "number", "minimum": 0, "exclusiveMinimum": True}
    hook = webhook({"type": "object", "properties": {"a": schema, "n": number}})
    take(api, spec=document({"old.one": hook | {"x-svix-group-name": "old"}}, "3.0.3", "x-webhooks"))
    made = api.get("/event-type/old.one").json()
    assert made["groupName"] == "old"
    assert made["schemas"]["1"]["properties"] == {
        "a": {"type": ["string", "null"], "example": "x"}, "n": {"type": "number", "exclusiveMinimum": 0}}


def test_schemas_that_refer_to_themselves_come_along(api: API) -> None:
    tree = {"type": "object", "properties": {"$ref": {"type": "string"}, "down": {"$ref": "#/components/schemas/Tree"},
                                             "pet": {"$ref": "#/components/schemas/Pet"}}}
    spec = document({"a": webhook({"type": "array", "items": {"$ref": "#/components/schemas/Tree"}})},
                    components={"schemas": {"Tree": tree, "Pet": PET, "Other": {"type": "null"}}})
    take(api, spec=spec)
    schema = api.get("/event-type/a").json()["schemas"]["1"]
    assert schema["items"] == {"$ref": "#/definitions/Tree"}
    assert set(schema["definitions"]) == {"Tree", "Pet"}
    assert schema["definitions"]["Tree"]["properties"]["pet"] == {"$ref": "#/definitions/Pet"}


def test_parts_may_be_elsewhere_in_the_document(api: API) -> None:
    spec = document(
        {"a": {"$ref": "#/components/pathItems/A~1B"}},
        components={"pathItems": {"A/B": {"post": {"requestBody": {"$ref": "#/components/requestBodies/R"}}}},
                    "requestBodies": {"R": {"description": "Body", "content": {"application/x+json": {"schema": PET}}}}})
    take(api, spec=spec)
    made = api.get("/event-type/a").json()
    assert (made["description"], made["schemas"]) == ("Body", {"1": PET})


def test_what_is_there_is_updated_and_the_rest_may_be_archived(api: API) -> None:
    for name in ("keep", "other"):
        api.post("/event-type", {"name": name, "description": "", "groupName": "g", "featureFlags": ["f"]})
    api.delete("/event-type/keep")
    assert take(api, spec=document({"keep": webhook()}))["modified"] == ["keep"]
    kept = api.get("/event-type/keep").json()
    assert (kept["archived"], kept["description"], kept["groupName"], kept["featureFlags"]) == (False, "Told", "g", ["f"])
    assert names(api) == ["keep", "other"]
    take(api, spec=document({"keep": webhook()}), replaceAll=True, dryRun=True)
    assert names(api) == ["keep", "other"]
    take(api, spec=document({"keep": webhook()}), replaceAll=True)
    assert names(api) == ["keep"]
    assert api.get("/event-type/other").json()["archived"] is True


@pytest.mark.parametrize(
    ("webhooks", "place"),
    [
        ({"fine": webhook(), "not fine": webhook()}, ["webhooks", "not fine"]),
        ({"fine": webhook(), "bad": webhook({"type": "nonsense"})},
         ["webhooks", "bad", "post", "requestBody", "content", "application/json", "schema", "type"]),
        ({"fine": webhook(), "bad": webhook({"$ref": "#/components/schemas/Nowhere"})},
         ["webhooks", "bad", "post", "requestBody", "content", "application/json", "schema"]),
        ({"bad": webhook({"items": {"$ref": "https://example.com/other.json"}})},
         ["webhooks", "bad", "post", "requestBody", "content", "application/json", "schema"]),
        ({"bad": {"$ref": "#/webhooks/bad"}}, ["webhooks", "bad", "$ref"]),
        ({"bad": {"description": "no operation"}}, ["webhooks", "bad"]),
        ({"bad": 7}, ["webhooks", "bad"]),
        ([], ["webhooks"]),
        ({f"n{number}": webhook() for number in range(1001)}, []),
    ],
)
def test_what_cannot_be_imported_changes_nothing(api: API, webhooks: object, place: list[str]) -> None:
    spec = document(webhooks)
    for field, value in (("spec", spec), ("specRaw", yaml.safe_dump(spec) if len(webhooks) < 100 else json.dumps(spec))):
        answer = api.post("/event-type/import/openapi", {field: value, "replaceAll": True})
        assert (answer.status_code, places(answer)) == (422, [["body", field, *place]])
    assert names(api) == []


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "- 1", "openapi: 2.0.0", "openapi: 3.1.0", "openapi: 3.1.0\n? [a]\n: 1", "{" * 5000, "[" * 999 + "]" * 999,
     "- " * 900, "a: &a [x]\nb: [*a, *a]", "openapi: 3.1.0\nopenapi: 3.1.0", "a: *b", "\x00", "%YAML 9.9\n---\na"],
)
def test_a_text_that_is_no_document_is_refused(api: API, text: str) -> None:
    answer = api.post("/event-type/import/openapi", {"specRaw": text})
    assert answer.status_code == 422 and places(answer)[0][:2] == ["body", "specRaw"], answer.text


@pytest.mark.parametrize("text", ['"fish &nbsp; & &chips *here*"', "|\n        fish &nbsp;chips\n        * one", "&a told"])
def test_an_ampersand_in_yaml_is_no_alias(api: API, text: str) -> None:
    spec = f"openapi: 3.1.0\nwebhooks:\n  a:\n    post:\n      description: {text}\n"
    assert take(api, specRaw=spec)["modified"] == ["a"]
    assert api.get("/event-type/a").json()["description"] == yaml.safe_load(spec)["webhooks"]["a"]["post"]["description"]


@pytest.mark.parametrize("body", [{}, {"spec": SPEC, "specRaw": "{}"}, {"spec": None}])
def test_one_document_is_needed(api: API, body: dict) -> None:
    assert api.post("/event-type/import/openapi", body).status_code == 400


def test_an_applications_token_may_not(godwit: Server, api: API) -> None:
    app = api.post("/app", {"name": "App"}).json()["id"]
    visitor = godwit.api(api.post(f"/auth/app-portal-access/{app}", {}).json()["token"])
    assert visitor.post("/event-type/import/openapi", {"spec": SPEC}).status_code == 403
