"""Several messages in one request, for endpoints that ask for it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from harness.app import App, Endpoint
from harness.receiver import Delivery, Exchange, Receiver, status

CONTENT_TYPES = {
    "json-array": "application/json",
    "ndjson": "application/x-ndjson",
    "cloudevents": "application/cloudevents-batch+json",
}


def batching(app: App, url: str, format: str, **limits: Any) -> Endpoint:
    endpoint = app.endpoint(url)
    endpoint.set_policy(
        batch={"maxMessages": 10, "maxWait": "300ms", "format": format} | limits,
        retry={"schedule": ["100ms"] * 5, "jitter": 0, "maxAge": None},
    )
    return endpoint


def items(delivery: Delivery) -> list[dict[str, Any]]:
    if delivery.headers["content-type"].startswith("application/x-ndjson"):
        assert delivery.body.endswith(b"\n")
        return [json.loads(line) for line in delivery.body.splitlines()]
    found = json.loads(delivery.body)
    assert isinstance(found, list)
    return found


def contents(deliveries: list[Delivery]) -> Iterator[tuple[str, int]]:
    """Each message's identifier with the number that it carries."""
    for delivery in deliveries:
        for item in items(delivery):
            yield item["id"], (item.get("payload") or item["data"])["n"]


@pytest.mark.parametrize("format", CONTENT_TYPES)
def test_messages_arrive_in_batches_that_are_signed(app: App, receiver: Receiver, format: str) -> None:
    endpoint = batching(app, receiver.url("/hook"), format)
    published = {app.publish({"n": number}): number for number in range(35)}
    deliveries = receiver.wait_for(lambda found: len(list(contents(found))) >= 35)
    assert dict(contents(deliveries)) == published
    assert len(list(contents(deliveries))) == 35, "nothing comes twice"
    assert all(len(items(delivery)) <= 10 for delivery in deliveries)
    assert len(deliveries) < 35, "some of them came together"
    for delivery in deliveries:
        assert delivery.headers["content-type"].split(";")[0] == CONTENT_TYPES[format]
        assert endpoint.refuses(delivery, delivery.body + b" ")
    endpoint.verify(*deliveries)
    for message in published:
        [attempt] = app.settled(message, attempts=1)
        assert attempt["responseStatusCode"] == 204


def test_a_full_batch_does_not_wait(app: App, receiver: Receiver) -> None:
    batching(app, receiver.url("/hook"), "json-array", maxMessages=3, maxWait="10s")
    for number in range(3):
        app.publish({"n": number})
    [delivery] = receiver.wait_for(lambda found: len(found) >= 1, patience=8)
    assert len(items(delivery)) == 3


def test_one_alone_waits_no_longer_than_told(app: App, receiver: Receiver) -> None:
    batching(app, receiver.url("/hook"), "json-array", maxMessages=100, maxWait="200ms")
    message = app.publish({"n": 1})
    [delivery] = receiver.wait_for(lambda found: len(found) >= 1, patience=8)
    assert list(contents([delivery])) == [(message, 1)]


def test_cloudevents_are_cloudevents(app: App, receiver: Receiver) -> None:
    batching(app, receiver.url("/hook"), "cloudevents")
    message = app.publish({"n": 1}, event_type="order.paid")
    [event] = items(receiver.wait_for_count(1)[0])
    assert (event["specversion"], event["id"], event["type"]) == ("1.0", message, "order.paid")
    assert event["source"] and event["time"] and event["data"] == {"n": 1}


def test_what_is_not_accepted_is_sent_again_and_only_that(app: App, receiver: Receiver) -> None:
    refused: list[str] = []

    def accept_but_one(exchange: Exchange) -> None:
        refused.append(items(exchange.delivery)[1]["id"])
        status(200, json.dumps({"failed": refused[-1:]}).encode(), content_type="application/json")(exchange)

    endpoint = batching(
        app, receiver.script("/hook", accept_but_one, status(204)), "json-array", maxMessages=3, maxWait="10s"
    )
    messages = [app.publish({"n": number}) for number in range(3)]
    receiver.wait_for_count(1)
    # The rest of a batch need not wait for company for ever.
    endpoint.set_policy(batch={"maxMessages": 3, "maxWait": "100ms", "format": "json-array"})
    first, second = receiver.wait_for_count(2)
    assert [id for id, _ in contents([first])] == messages
    assert [id for id, _ in contents([second])] == refused == [messages[1]]
    assert len(app.settled(messages[1], attempts=2)) == 2
    for message in (messages[0], messages[2]):
        [attempt] = app.settled(message, attempts=1)
        assert attempt["statusText"] == "success"
    endpoint.verify(first, second)


def test_a_batch_that_fails_is_retried_as_a_whole(app: App, receiver: Receiver) -> None:
    endpoint = batching(app, receiver.script("/hook", status(500), status(204)), "json-array")
    messages = {app.publish({"n": number}): number for number in range(5)}

    def everything_after_the_first(found: list[Delivery]) -> bool:
        return {id for id, _ in contents(found[1:])} == set(messages)

    deliveries = receiver.wait_for(everything_after_the_first)
    failed = {id for id, _ in contents(deliveries[:1])}
    for message in messages:
        app.settled(message, attempts=2 if message in failed else 1)
    endpoint.verify(*deliveries)
