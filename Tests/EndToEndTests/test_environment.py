"""What an organization has configured goes out as one document, and comes in as one."""

from random import SystemRandom

import pytest
from harness.api import API
from harness.server import Server

SCHEMAS = {"1": {"type": "object", "examples": [{"n": 1}]}}


def organization(godwit: Server) -> API:
    name = "org_" + "".join(SystemRandom().choices("23456789abcdefghjkmnpqrstuvwxyz", k=12))
    return godwit.api(godwit.make_token("--org", name))


@pytest.fixture
def api(godwit: Server) -> API:
    return organization(godwit)


def test_what_is_exported_can_be_imported_elsewhere(godwit: Server, api: API) -> None:
    api.post("/event-type", {"name": "a.one", "description": "One", "schemas": SCHEMAS, "featureFlag": "beta"})
    api.post("/event-type", {"name": "a.two", "description": "Two", "archived": True, "deprecated": True})
    document = api.post("/environment/export").json()
    assert (document["version"], document["settings"], document["connectors"]) == (1, None, [])
    assert [found["name"] for found in document["eventTypes"]] == ["a.one", "a.two"]

    other = organization(godwit)
    for _ in range(2):
        answer = other.post("/environment/import", document)
        assert (answer.status_code, answer.content) == (204, b"")
    stripped = [
        [{k: v for k, v in found.items() if k not in ("createdAt", "updatedAt")} for found in each]
        for each in (document["eventTypes"], other.post("/environment/export").json()["eventTypes"])
    ]
    assert stripped[0] == stripped[1]


def test_more_than_a_page_is_exported(api: API) -> None:
    types = [{"name": f"many.{number:04}", "description": ""} for number in range(260)]
    assert api.post("/environment/import", {"eventTypes": types}).status_code == 204
    assert len(api.post("/environment/export").json()["eventTypes"]) == 260


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({"connectors": [{"name": "Slack"}]}, ["body", "connectors"]),
        ({"settings": {"enableChannels": True}}, ["body", "settings"]),
        ({"eventTypes": [{"name": "fine", "description": ""}, {"name": "not fine", "description": ""}]},
         ["body", "eventTypes", "1", "name"]),
        ({"eventTypes": [{"name": "fine", "description": ""}, {"name": "undescribed"}]},
         ["body", "eventTypes", "1", "description"]),
        ({"eventTypes": ["fine"]}, ["body", "eventTypes", "0"]),
    ],
)
def test_what_cannot_be_imported_changes_nothing(api: API, body: dict, location: list[str]) -> None:
    answer = api.post("/environment/import", body)
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["detail"]] == [location]
    assert api.post("/environment/export").json()["eventTypes"] == []


def test_an_applications_token_may_do_neither(godwit: Server, api: API) -> None:
    app = api.post("/app", {"name": "App"}).json()["id"]
    visitor = godwit.api(api.post(f"/auth/app-portal-access/{app}", {}).json()["token"])
    assert visitor.post("/environment/export").status_code == 403
    assert visitor.post("/environment/import", {"eventTypes": []}).status_code == 403
