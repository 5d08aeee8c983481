"""Readers that the server remembers: acknowledged pull, and the SDK's poller."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook
from svix.api import (
    MessagePollerConsumerPollOptions,
    MessagePollerPollOptions,
    Svix,
    SvixOptions,
)
from svix.models import PollingEndpointConsumerSeekIn

from harness.app import App, Endpoint
from harness.receiver import Receiver
from harness.server import Server


@pytest.fixture
def endpoint(app: App, receiver: Receiver) -> Endpoint:
    return app.endpoint(receiver.url("/hook"))


@pytest.fixture
def svix(godwit: Server) -> Svix:
    return Svix(godwit.token, SvixOptions(server_url=godwit.url))


def poll(endpoint: Endpoint, consumer: str = "reader", **body: Any) -> dict[str, Any]:
    answer = endpoint.app.api.post(f"{endpoint.path}/feed/consumer/{consumer}/poll", {"returnImmediately": True} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def numbers(page: dict[str, Any]) -> list[int]:
    return [item["sequence"] for item in page["items"]]


def publish(endpoint: Endpoint, count: int) -> list[str]:
    return [endpoint.app.publish({"n": number}) for number in range(count)]


def test_an_acknowledged_item_never_comes_again(endpoint: Endpoint) -> None:
    publish(endpoint, 4)
    page = poll(endpoint, maxEvents=3)
    assert numbers(page) == [1, 2, 3] and page["moreAvailable"] and page["head"] == 4 and page["acknowledged"] == 0
    for item in page["items"]:
        Webhook(endpoint.secret).verify(item["body"], item["headers"])
    # Out of order: the place of what is missing stays open.
    page = poll(endpoint, ack=[1, 3])
    assert numbers(page) == [4] and page["acknowledged"] == 1 and not page["moreAvailable"]
    assert poll(endpoint, ack=[2, 4])["acknowledged"] == 4
    assert poll(endpoint)["items"] == []


def test_what_is_handed_back_comes_at_once(endpoint: Endpoint) -> None:
    publish(endpoint, 2)
    assert numbers(poll(endpoint)) == [1, 2]
    assert numbers(poll(endpoint, nack=[2])) == [2]


def test_what_is_not_acknowledged_in_time_comes_again(endpoint: Endpoint) -> None:
    publish(endpoint, 1)
    assert numbers(poll(endpoint, visibilityTimeout=1)) == [1]
    assert poll(endpoint)["items"] == []
    begun = time.monotonic()
    assert numbers(poll(endpoint, returnImmediately=False)) == [1]
    assert time.monotonic() - begun < 5


def test_a_poll_waits_for_the_next_item(endpoint: Endpoint) -> None:
    threading.Timer(0.5, endpoint.app.publish, [{"n": 1}]).start()
    begun = time.monotonic()
    assert numbers(poll(endpoint, returnImmediately=False)) == [1]
    assert time.monotonic() - begun < 10


def test_consumers_are_independent(endpoint: Endpoint) -> None:
    publish(endpoint, 2)
    assert numbers(poll(endpoint, "one")) == [1, 2]
    assert numbers(poll(endpoint, "two", ack=[1])) == [2]


def test_two_pollers_of_one_consumer_share_the_items(godwit: Server, endpoint: Endpoint) -> None:
    publish(endpoint, 200)
    taken: list[list[int]] = [[], []]

    def work(index: int) -> None:
        api = godwit.api()
        ack: list[int] = []
        while True:
            body = {"maxEvents": 7, "returnImmediately": True, "ack": ack}
            page = api.post(f"{endpoint.path}/feed/consumer/team/poll", body).json()
            ack = numbers(page)
            taken[index] += ack
            if not ack:
                return

    workers = [threading.Thread(target=work, args=(index,)) for index in (0, 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(taken[0] + taken[1]) == list(range(1, 201))
    assert poll(endpoint, "team")["acknowledged"] == 200


def test_acknowledgements_and_leases_survive_a_kill(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    endpoint = App.create(server.api()).endpoint(receiver.url("/hook"))
    publish(endpoint, 3)
    assert numbers(poll(endpoint, maxEvents=1)) == [1]
    assert numbers(poll(endpoint, ack=[1], maxEvents=1, visibilityTimeout=3600)) == [2]
    server.kill()
    server.start()
    endpoint = Endpoint(App(server.api(), endpoint.app.id), endpoint.id, endpoint.secret)
    page = poll(endpoint)
    assert numbers(page) == [3] and page["acknowledged"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {"maxEvents": 0}, {"maxEvents": 251}, {"visibilityTimeout": 0}, {"visibilityTimeout": 3601}, {"ack": [0]}, {"ack": [1.5]},
        {"ack": ["1"]}, {"ack": 1}, {"nack": [-1]}, {"returnImmediately": "yes"}, {"ack": [1] * 1001},
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused(endpoint: Endpoint, body: dict[str, Any]) -> None:
    assert endpoint.app.api.post(f"{endpoint.path}/feed/consumer/c/poll", body).status_code == 422


def test_consumers_have_names_and_a_bound(endpoint: Endpoint) -> None:
    publish(endpoint, 1)
    assert endpoint.app.api.post(f"{endpoint.path}/feed/consumer/a%20b/poll", {}).status_code == 422
    assert endpoint.app.api.post(f"{endpoint.path}/feed/consumer/{'x' * 257}/poll", {}).status_code == 422
    for number in range(100):
        assert numbers(poll(endpoint, f"c{number}")) == [1]
    past = endpoint.app.api.post(f"{endpoint.path}/feed/consumer/past/poll", {"returnImmediately": True})
    assert past.status_code == 400 and past.json()["code"] == "limit_reached"


def test_the_sdk_polls_pages(svix: Svix, endpoint: Endpoint) -> None:
    messages = publish(endpoint, 5)
    seen = []
    iterator = None
    for _ in range(3):
        page = svix.message.poller.poll(endpoint.app.id, endpoint.id, MessagePollerPollOptions(limit=2, iterator=iterator))
        iterator = page.iterator
        seen += page.data
    assert [message.id for message in seen] == messages and page.done
    for message in seen:
        assert message.headers is not None and message.headers["webhook-id"] == message.id
    none = svix.message.poller.poll(endpoint.app.id, endpoint.id, MessagePollerPollOptions(event_type="no.such"))
    assert none.data == [] and none.done


def test_the_sdk_polls_from_a_moment(svix: Svix, endpoint: Endpoint) -> None:
    publish(endpoint, 1)
    time.sleep(0.05)
    moment = datetime.now(UTC)
    time.sleep(0.05)
    [second] = publish(endpoint, 1)
    page = svix.message.poller.poll(endpoint.app.id, endpoint.id, MessagePollerPollOptions(after=moment))
    assert [message.id for message in page.data] == [second]


def test_a_consumer_of_the_sdk_goes_on_where_it_was(svix: Svix, endpoint: Endpoint) -> None:
    messages = publish(endpoint, 3)
    poller, app = svix.message.poller, endpoint.app.id
    first = poller.consumer_poll(app, endpoint.id, "c", MessagePollerConsumerPollOptions(limit=2))
    # Until an iterator says that they were processed, they come again.
    repeated = poller.consumer_poll(app, endpoint.id, "c", MessagePollerConsumerPollOptions(limit=2))
    assert [message.id for message in repeated.data] == messages[:2]
    second = poller.consumer_poll(app, endpoint.id, "c", MessagePollerConsumerPollOptions(iterator=first.iterator))
    assert [message.id for message in first.data + second.data] == messages
    again = poller.consumer_poll(app, endpoint.id, "c")
    assert [message.id for message in again.data] == messages[2:]
    sought = poller.consumer_seek(
        app, endpoint.id, "c", PollingEndpointConsumerSeekIn(after=datetime.now(UTC) - timedelta(hours=1))
    )
    assert sought.iterator
    assert [message.id for message in poller.consumer_poll(app, endpoint.id, "c").data] == messages


@pytest.mark.parametrize("iterator", ["x", "-", "iter_1", "ep_2Xk_1"])
def test_a_bad_iterator_is_refused(endpoint: Endpoint, iterator: str) -> None:
    for path in ("", "/consumer/c"):
        answer = endpoint.app.api.get(f"{endpoint.app.path}/poller/{endpoint.id}{path}", iterator=iterator)
        assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["query", "iterator"]


def test_a_seek_needs_a_time(endpoint: Endpoint) -> None:
    path = f"{endpoint.app.path}/poller/{endpoint.id}/consumer/c/seek"
    for body in ({}, {"after": "yesterday"}, {"after": 5}):
        assert endpoint.app.api.post(path, body).status_code == 422
