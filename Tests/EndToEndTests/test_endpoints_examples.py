"""send-example: one endpoint gets an example of a type, or a ping, whatever it listens to."""

import json

import pytest
from harness.api import API
from harness.app import App
from harness.receiver import Receiver

SCHEMAS = {"1": {"type": "object", "examples": [{"n": 1}, {"n": 2}, 3]}}


@pytest.fixture
def app(api: API) -> App:
    for name, schemas in (("example.full", SCHEMAS), ("example.bare", None)):
        api.put(f"/event-type/{name}", {"description": "", "schemas": schemas})
    return App.create(api)


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        ({"eventType": "svix.ping"}, {"success": True}),
        ({"eventType": "example.full"}, {"n": 1}),
        ({"eventType": "example.full", "exampleIndex": 1}, {"n": 2}),
    ],
)
def test_only_that_endpoint_gets_it(app: App, receiver: Receiver, body: dict, payload: dict) -> None:
    chosen = app.endpoint(receiver.url("/chosen"), eventTypes=["example.bare"])
    app.endpoint(receiver.url("/other"))
    answer = app.api.post(f"{chosen.path}/send-example", body)
    assert (answer.status_code, answer.json()["payload"]) == (202, payload)
    attempts = app.settled(answer.json()["id"], 1)
    assert [attempt["endpointId"] for attempt in attempts] == [chosen.id]
    assert json.loads(receiver.to("/chosen")[0].body) == payload


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"eventType": "example.none"}, 404, "not_found"),
        ({"eventType": "example.bare"}, 400, "invalid_scheme"),
        ({"eventType": "example.full", "exampleIndex": 2}, 400, "invalid_scheme"),
        ({"eventType": "example.full", "exampleIndex": 3}, 400, "invalid_scheme"),
        ({"eventType": "example.full", "exampleIndex": -1}, 422, None),
        ({"eventType": "no name"}, 422, None),
        ({}, 422, None),
    ],
)
def test_what_cannot_be_sent_is_refused(app: App, receiver: Receiver, body: dict, status: int, code: str | None) -> None:
    endpoint = app.endpoint(receiver.url("/never"))
    answer = app.api.post(f"{endpoint.path}/send-example", body)
    assert (answer.status_code, answer.json().get("code")) == (status, code)


def test_a_disabled_endpoint_gets_nothing(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/disabled"), disabled=True)
    answer = app.api.post(f"{endpoint.path}/send-example", {"eventType": "svix.ping"})
    assert (answer.status_code, answer.json()["code"]) == (400, "endpoint_disabled")
