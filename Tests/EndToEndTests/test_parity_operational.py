"""Svix's e2e_operational_webhooks.rs, with the same assertions; see Docs/svix-parity.md."""

import json
from collections.abc import Iterator
from random import SystemRandom

import pytest

from harness.api import API
from harness.app import App
from harness.receiver import Delivery, Receiver, status
from harness.server import Server


@pytest.fixture
def told(godwit: Server, receiver: Receiver) -> Iterator[tuple[API, Receiver]]:
    """An organization of its own, and where it is told of its deliveries."""
    name = "org_" + "".join(SystemRandom().choices("23456789abcdefghjkmnpqrstuvwxyz", k=12))
    api = godwit.api(godwit.make_token("--org", name))
    made = api.post("/operational-webhook/endpoint", {"url": receiver.url("/told")})
    assert made.status_code == 201, made.text
    yield api, receiver
    api.close()


def events(receiver: Receiver, count: int, *types: str) -> list[dict]:
    def fitting(deliveries: list[Delivery]) -> list[dict]:
        return [event for event in (json.loads(each.body) for each in deliveries) if event["type"] in types]

    return fitting(receiver.wait_for(lambda deliveries: len(fitting(deliveries)) >= count, "/told"))


def test_a_change_of_an_endpoint_is_told(told: tuple[API, Receiver]) -> None:
    api, receiver = told
    app = App.create(api, uid="parity-told")
    endpoint = app.endpoint(receiver.url("/hook"), uid="parity-endpoint")
    data = {"appId": app.id, "appUid": "parity-told", "endpointId": endpoint.id, "endpointUid": "parity-endpoint"}
    [created] = events(receiver, 1, "endpoint.created")
    assert data.items() <= created["data"].items()
    assert api.put(endpoint.path, {"url": receiver.url("/other"), "uid": "parity-endpoint"}).status_code == 200
    assert data.items() <= events(receiver, 1, "endpoint.updated")[0]["data"].items()
    assert api.post(f"{endpoint.path}/secret/rotate", {}).is_success
    assert len(events(receiver, 2, "endpoint.updated")) == 2
    assert api.delete(endpoint.path).status_code == 204
    [deleted] = events(receiver, 1, "endpoint.deleted")
    assert {"appId": app.id, "endpointId": endpoint.id}.items() <= deleted["data"].items()


def test_a_message_that_fails_is_told_twice(told: tuple[API, Receiver]) -> None:
    api, receiver = told
    app = App.create(api, uid="parity-failing")
    endpoint = app.endpoint(receiver.script("/fails", status(500)))
    endpoint.set_policy(retry={"schedule": ["1ms"] * 5, "jitter": 0, "maxAge": None}, breaker={"failures": None})
    message = app.publish(eventId="parity-event")
    first, last = events(receiver, 2, "message.attempt.failing", "message.attempt.exhausted")
    assert [first["type"], last["type"]] == ["message.attempt.failing", "message.attempt.exhausted"]
    for event in (first, last):
        data = event["data"]
        assert (data["appId"], data["appUid"], data["endpointId"]) == (app.id, "parity-failing", endpoint.id)
        assert (data["msgId"], data["msgEventId"]) == (message, "parity-event")
        assert data["lastAttempt"]["responseStatusCode"] == 500
        assert {"id", "timestamp"} <= data["lastAttempt"].keys()
