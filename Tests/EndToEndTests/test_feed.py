"""The feed: every delivery of an endpoint once, in its order, by pages, by waiting, and as a stream."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from harness.api import API, places
from harness.app import App, Endpoint
from harness.load import Load
from harness.receiver import Receiver
from harness.server import Server

EVENTS = 10_000


@pytest.fixture
def endpoint(app: App, receiver: Receiver) -> Endpoint:
    return app.endpoint(receiver.url("/hook"), headers={"X-Shop": "one"})


def read(endpoint: Endpoint, after: int = 0, **query: Any) -> dict[str, Any]:
    answer = endpoint.app.api.get(f"{endpoint.path}/feed", after=after, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["webhook-head"] == str(answer.json()["head"])
    return answer.json()


@contextmanager
def stream(
    server: Server, endpoint: Endpoint, after: int | None = None, token: str | None = None
) -> Iterator[Iterator[dict[str, str]]]:
    headers = {"authorization": f"Bearer {token or server.token}", "accept": "text/event-stream"}
    if after is not None:
        headers["last-event-id"] = str(after)
    with httpx.stream("GET", f"{server.url}/api/v1{endpoint.path}/feed", headers=headers, timeout=40, trust_env=False) as answer:
        assert answer.status_code == 200 and answer.headers["content-type"] == "text/event-stream"
        yield events(answer)


def events(answer: httpx.Response) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        else:
            yield event
            event = {}


def test_an_item_is_what_a_push_was(endpoint: Endpoint, receiver: Receiver) -> None:
    message = endpoint.app.publish({"amount": 1, "name": 'é "quoted"'})
    [push] = receiver.wait_for_count(1)
    endpoint.app.settled(message, attempts=1)
    page = read(endpoint)
    [item] = page["data"]
    assert (page["head"], page["next"], page["done"]) == (1, 1, True)
    assert item["id"] == message and item["sequence"] == 1 and item["statusText"] == "success"
    assert item["body"].encode() == push.body
    assert item["headers"]["X-Shop"] == "one" and item["headers"]["webhook-sequence"] == "1"
    assert item["headers"]["content-type"] == push.headers["content-type"]
    Webhook(endpoint.secret).verify(item["body"], item["headers"])


def test_after_a_rotation_both_secrets_verify(endpoint: Endpoint) -> None:
    endpoint.app.publish({"n": 1})
    assert endpoint.app.api.post(f"{endpoint.path}/secret/rotate", {}).status_code == 200
    new = endpoint.app.api.get(f"{endpoint.path}/secret").json()["key"]
    [item] = read(endpoint)["data"]
    assert len(item["headers"]["webhook-signature"].split()) == 2
    for secret in (endpoint.secret, new):
        Webhook(secret).verify(item["body"], item["headers"])


def test_pages_follow_each_other(endpoint: Endpoint) -> None:
    for number in range(5):
        endpoint.app.publish({"n": number})
    page = read(endpoint, limit=2)
    assert [item["sequence"] for item in page["data"]] == [1, 2] and page["next"] == 2 and not page["done"]
    assert [item["sequence"] for item in read(endpoint, after=2)["data"]] == [3, 4, 5]
    end = read(endpoint, after=5)
    assert end == {"data": [], "head": 5, "next": 5, "done": True}
    # As after a backup was restored.
    assert read(endpoint, after=99) == {"data": [], "head": 5, "next": 99, "done": True}


def test_a_page_ends_early_when_payloads_are_large(endpoint: Endpoint) -> None:
    for _ in range(4):
        endpoint.app.publish({"blob": "x" * 600_000})
    page = read(endpoint)
    assert [item["sequence"] for item in page["data"]] == [1, 2] and not page["done"]


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=9223372036854775808", "limit=0", "limit=251", "wait=-1", "wait=31", "wait=1.5"]
)
def test_what_is_out_of_bounds_is_refused(endpoint: Endpoint, query: str) -> None:
    name = query.split("=")[0]
    answer = endpoint.app.api.request("GET", f"{endpoint.path}/feed?{query}")
    assert answer.status_code == 422 and answer.json()["detail"][0]["loc"] == ["query", name]


def test_a_bad_last_event_id_is_refused(endpoint: Endpoint) -> None:
    headers = {"accept": "text/event-stream", "last-event-id": "x"}
    assert endpoint.app.api.request("GET", f"{endpoint.path}/feed", headers=headers).status_code == 422


def test_head_is_told_without_a_body(endpoint: Endpoint) -> None:
    head = endpoint.app.api.request("HEAD", f"{endpoint.path}/feed")
    assert head.status_code == 200 and head.headers["webhook-head"] == "0" and head.content == b""
    endpoint.app.publish({"n": 1})
    assert endpoint.app.api.request("HEAD", f"{endpoint.path}/feed").headers["webhook-head"] == "1"


def test_a_cancelled_message_keeps_its_place(endpoint: Endpoint) -> None:
    app = endpoint.app
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    made = app.api.post(f"{app.path}/msg", {"eventType": "a.b", "payload": {}, "deliverAt": soon})
    assert made.status_code == 202, made.text
    assert app.api.post(f"{app.path}/msg/{made.json()['id']}/cancel").status_code == 200
    [item] = read(endpoint)["data"]
    assert item["gone"] == "cancelled" and item["statusText"] == "canceled" and "body" not in item and "headers" not in item


def test_waiting_ends_with_the_next_item_or_with_patience(endpoint: Endpoint) -> None:
    begun = time.monotonic()
    assert read(endpoint, wait=1)["data"] == []
    assert 0.9 <= time.monotonic() - begun < 5
    publisher = threading.Timer(0.5, endpoint.app.publish, [{"n": 1}])
    publisher.start()
    begun = time.monotonic()
    assert [item["sequence"] for item in read(endpoint, wait=30)["data"]] == [1]
    assert time.monotonic() - begun < 10
    publisher.join()


def test_waiting_for_a_deleted_endpoint_ends(endpoint: Endpoint, godwit: Server) -> None:
    threading.Timer(0.5, endpoint.app.api.delete, [endpoint.path]).start()
    other = godwit.api()
    assert other.request("GET", f"{endpoint.path}/feed?wait=30").status_code == 404
    assert other.request("HEAD", f"{endpoint.path}/feed").status_code == 404


def test_a_stream_goes_on_from_the_last_event(endpoint: Endpoint, godwit: Server) -> None:
    for number in range(3):
        endpoint.app.publish({"n": number})
    with stream(godwit, endpoint, after=1) as found:
        head = next(found)
        assert head == {"event": "head", "data": '{"head":3}'}
        received = [next(found), next(found)]
        endpoint.app.publish({"n": 3})
        received.append(next(found))
    assert [event["id"] for event in received] == ["2", "3", "4"]
    for event in received:
        item = json.loads(event["data"])
        assert event["event"] == item["eventType"]
        Webhook(endpoint.secret).verify(item["body"], item["headers"])


def test_who_is_shut_out_while_waiting_is_told_nothing_more(endpoint: Endpoint, godwit: Server) -> None:
    token = godwit.make_token()
    with ThreadPoolExecutor() as pool, stream(godwit, endpoint, token=token) as found:
        next(found)
        asked = pool.submit(godwit.api(token).request, "GET", f"{endpoint.path}/feed?wait=30")
        assert godwit.api(token).post("/auth/logout").status_code == 204
        endpoint.app.publish()
        assert asked.result().status_code == 401
        assert list(found) == []


def test_a_quiet_stream_gives_signs_of_life(endpoint: Endpoint, godwit: Server) -> None:
    with stream(godwit, endpoint) as found:
        next(found)
        begun = time.monotonic()
        assert next(found) == {"event": "head", "data": '{"head":0}'}
        assert 14 < time.monotonic() - begun < 25


def test_nothing_is_missed_or_repeated_while_publishing(serve: Callable[..., Server], receiver: Receiver) -> None:
    """By pages, by waiting and as a stream at once, over a kill -9 in the middle."""
    server = serve("--dev")
    app = App.create(server.api())
    endpoint = app.endpoint(receiver.url("/hook"))
    load = Load(server, app, EVENTS)
    seen: dict[str, list[dict[str, Any]]] = {"pages": [], "waits": [], "stream": []}

    def by_pages(name: str, wait: int) -> None:
        after = 0
        while after < EVENTS:
            api = API(server.url, server.token, may_refuse=True)
            try:
                while after < EVENTS:
                    page = api.get(f"{endpoint.path}/feed", after=after, limit=250, wait=wait).json()
                    seen[name] += page["data"]
                    after = page["next"]
            except httpx.TransportError:
                time.sleep(0.05)
            finally:
                api.close()

    def by_stream() -> None:
        while len(seen["stream"]) < EVENTS:
            try:
                with stream(server, endpoint, after=len(seen["stream"])) as found:
                    for event in found:
                        if "id" in event:
                            seen["stream"].append(json.loads(event["data"]))
                        if len(seen["stream"]) >= EVENTS:
                            break
            except httpx.TransportError:
                time.sleep(0.05)

    readers = [
        threading.Thread(target=by_pages, args=("pages", 0)),
        threading.Thread(target=by_pages, args=("waits", 5)),
        threading.Thread(target=by_stream),
    ]
    for reader in readers:
        reader.start()
    load.wait_for_accepted(EVENTS // 2)
    server.kill()
    server.start()
    accepted = load.finish()
    for reader in readers:
        reader.join(120)
    webhook = Webhook(endpoint.secret)
    for name, items in seen.items():
        assert [item["sequence"] for item in items] == list(range(1, EVENTS + 1)), name
        assert {item["id"] for item in items} == set(accepted), name
        for item in items:
            webhook.verify(item["body"], item["headers"])


def test_a_stop_answers_all_who_wait(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    endpoint = app.endpoint(receiver.url("/hook"))
    answers: list[Any] = []

    def wait() -> None:
        answers.append(server.api().get(f"{endpoint.path}/feed", wait=30).status_code)

    def follow(ready: threading.Event) -> None:
        with stream(server, endpoint) as found:
            next(found)
            ready.set()
            answers.append(list(found))

    ready = threading.Event()
    waiting = [threading.Thread(target=wait), threading.Thread(target=follow, args=(ready,))]
    for thread in waiting:
        thread.start()
    assert ready.wait(10)
    time.sleep(0.5)
    begun = time.monotonic()
    assert server.stop() == 0
    for thread in waiting:
        thread.join(10)
    assert time.monotonic() - begun < 8
    assert 200 in answers and [] in answers


def test_other_tenants_read_nothing(endpoint: Endpoint, godwit: Server, api: API) -> None:
    endpoint.app.publish({"n": 1})
    other = App.create(api)
    made = api.post(f"/auth/app-portal-access/{other.id}", {})
    stranger = API(godwit.url, made.json()["token"])
    own = API(godwit.url, api.post(f"/auth/app-portal-access/{endpoint.app.id}", {}).json()["token"])
    assert stranger.get(f"{endpoint.path}/feed").status_code == 404
    assert stranger.post(f"{endpoint.path}/feed/consumer/c/poll", {}).status_code == 404
    assert API(godwit.url).get(f"{endpoint.path}/feed").status_code == 401
    assert [item["sequence"] for item in own.get(f"{endpoint.path}/feed").json()["data"]] == [1]


def test_an_endpoint_that_only_pulls_needs_no_url_and_delivers_what_is_acknowledged(app: App, receiver: Receiver) -> None:
    made = app.api.post(f"{app.path}/endpoint", {"mode": "pull"})
    assert made.status_code == 201, made.text
    assert (made.json()["mode"], made.json()["url"]) == ("pull", "urn:godwit:pull")
    path = f"{app.path}/endpoint/{made.json()['id']}"
    messages = [app.publish({"n": number}) for number in range(3)]

    def statuses() -> list[str]:
        return [app.api.get(f"{app.path}/msg/{message}/endpoint").json()["data"][0]["statusText"] for message in messages]

    polled = app.api.post(f"{path}/feed/consumer/one/poll", {"returnImmediately": True}).json()
    assert [item["id"] for item in polled["items"]] == messages
    assert statuses() == ["pending"] * 3
    app.api.post(f"{path}/feed/consumer/one/poll", {"returnImmediately": True, "ack": [1, 3]})
    assert statuses() == ["success", "pending", "success"]
    # A caller that doesn't know the mode gives back what it was shown.
    kept = app.api.put(path, {"url": "urn:godwit:pull", "description": "kept"})
    assert (kept.status_code, kept.json()["mode"]) == (200, "pull")
    # What still waits is pushed when the mode changes.
    assert places(app.api.patch(path, {"mode": "push"})) == [["body", "url"]]
    assert places(app.api.patch(path, {"mode": "fetch"})) == [["body", "mode"]]
    assert places(app.api.post(f"{app.path}/endpoint", {"mode": "push"})) == [["body", "url"]]
    changed = app.api.patch(path, {"mode": "push", "url": receiver.url()})
    assert (changed.status_code, changed.json()["mode"]) == (200, "push")
    assert [delivery.id for delivery in receiver.wait_for_count(1)] == [messages[1]]
    # And back: nothing more is pushed.
    assert app.api.patch(path, {"mode": "pull"}).status_code == 200
    app.publish({"n": 3})
    assert len(app.api.get(f"{path}/feed").json()["data"]) == 4
    assert len(receiver.deliveries) == 1


def test_what_only_waited_to_be_fetched_keeps_its_time_its_order_and_its_url(app: App, receiver: Receiver) -> None:
    made = app.api.post(f"{app.path}/endpoint", {"mode": "pull", "url": receiver.url()}).json()
    assert (made["mode"], made["url"]) == ("pull", receiver.url())
    assert places(app.api.post(f"{app.path}/endpoint", {"mode": "pull", "url": "nowhere"})) == [["body", "url"]]
    path = f"{app.path}/endpoint/{made['id']}"
    assert app.api.patch(f"{path}/policy", {"order": {"mode": "fifo"}}).status_code == 200
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    scheduled = app.publish({"n": 0}, deliverAt=tomorrow)
    ordered = [app.publish({"n": number}) for number in range(1, 21)]
    assert app.api.patch(path, {"mode": "push"}).json()["url"] == receiver.url()
    assert [delivery.id for delivery in receiver.wait_for_count(20)] == ordered
    waiting = app.api.get(f"{app.path}/msg/{scheduled}/endpoint").json()["data"][0]
    assert waiting["statusText"] == "pending"
    assert datetime.fromisoformat(waiting["nextAttempt"]) > datetime.now(UTC) + timedelta(hours=23)


def test_operational_webhooks_are_pushed_only(app: App) -> None:
    refused = app.api.post("/operational-webhook/endpoint", {"mode": "pull"})
    assert places(refused) == [["body", "mode"]]
