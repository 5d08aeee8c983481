"""An organization is told of its endpoints and deliveries, by webhooks like all others."""

import json
from collections.abc import Callable, Iterator
from random import SystemRandom

import pytest
from harness.api import API
from harness.app import App
from harness.receiver import Delivery, Receiver, status
from harness.server import Server

Told = Callable[..., list[dict]]


@pytest.fixture
def api(godwit: Server) -> Iterator[API]:
    """An organization of its own."""
    name = "org_" + "".join(SystemRandom().choices("23456789abcdefghjkmnpqrstuvwxyz", k=12))
    api = godwit.api(godwit.make_token("--org", name))
    yield api
    api.close()


@pytest.fixture
def told(api: API, receiver: Receiver) -> Told:
    """The events of these types, once there are so many."""
    assert api.post("/operational-webhook/endpoint", {"url": receiver.url("/told")}).status_code == 201

    def fitting(deliveries: list[Delivery], types: tuple[str, ...]) -> list[dict]:
        return [event for event in (json.loads(each.body) for each in deliveries) if event["type"] in types]

    def wait(count: int, *types: str) -> list[dict]:
        return fitting(receiver.wait_for(lambda found: len(fitting(found, types)) >= count, "/told"), types)

    return wait


def test_switching_an_endpoint_off_and_on_is_told(api: API, receiver: Receiver, told: Told) -> None:
    endpoint = App.create(api, uid="shop").endpoint(receiver.url("/hook"), uid="till")
    assert api.patch(endpoint.path, {"disabled": True}).status_code == 200
    [disabled] = told(1, "endpoint.disabled")
    assert disabled["data"]["trigger"] == "manual"
    assert api.patch(endpoint.path, {"disabled": False}).status_code == 200
    [enabled] = told(1, "endpoint.enabled")
    for event in (disabled, enabled):
        assert {"appUid": "shop", "endpointId": endpoint.id, "endpointUid": "till"}.items() <= event["data"].items()
    assert len(told(2, "endpoint.updated")) == 2


def test_a_delivery_that_recovers_is_told(api: API, receiver: Receiver, told: Told) -> None:
    app = App.create(api)
    endpoint = app.endpoint(receiver.script("/weak", *[status(500)] * 4, status(200)))
    endpoint.set_policy(retry={"schedule": ["1ms"] * 5, "jitter": 0, "maxAge": None}, breaker={"failures": None})
    message = app.publish(eventId="order-1")
    failing, recovered = told(2, "message.attempt.failing", "message.attempt.recovered", "message.attempt.exhausted")
    assert [failing["type"], recovered["type"]] == ["message.attempt.failing", "message.attempt.recovered"]
    assert {"msgId": message, "msgEventId": "order-1", "endpointId": endpoint.id}.items() <= recovered["data"].items()
    assert failing["data"]["lastAttempt"]["responseStatusCode"] == 500
    assert recovered["data"]["lastAttempt"]["responseStatusCode"] == 200


def test_only_types_that_were_asked_for_are_told(api: API, receiver: Receiver, told: Told) -> None:
    body = {"url": receiver.url("/deleted"), "eventTypes": ["endpoint.deleted"]}
    assert api.post("/operational-webhook/endpoint", body).status_code == 201
    endpoint = App.create(api).endpoint(receiver.url("/hook"))
    assert api.delete(endpoint.path).status_code == 204
    told(1, "endpoint.deleted")
    [event] = [json.loads(each.body) for each in receiver.wait_for_count(1, "/deleted")]
    assert (event["type"], event["data"]["endpointId"]) == ("endpoint.deleted", endpoint.id)


def test_what_tells_is_not_told_of(api: API, receiver: Receiver, told: Told) -> None:
    second = api.post("/operational-webhook/endpoint", {"url": receiver.url("/second")}).json()["id"]
    assert api.delete(f"/operational-webhook/endpoint/{second}").status_code == 204
    endpoint = App.create(api).endpoint(receiver.url("/hook"))
    [created] = told(1, "endpoint.created")
    assert created["data"]["endpointId"] == endpoint.id
    assert [json.loads(each.body)["type"] for each in receiver.to("/told")] == ["endpoint.created"]
