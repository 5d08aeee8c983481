"""With an idempotency key, a request that is repeated happens once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from harness.api import API
from harness.app import App
from harness.receiver import Receiver
from harness.server import Server

EVENT = {"eventType": "payment.approved", "payload": {"n": 1}}


def test_a_repeated_publish_is_one_message_and_one_delivery(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.url())
    answers = [app.send(EVENT, idempotency_key="key-1") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    marker = app.publish()
    deliveries = receiver.wait_for_count(2)
    assert {delivery.sequence: delivery.id for delivery in deliveries} == {1: answers[0].json()["id"], 2: marker}
    assert len(app.messages()) == 2


def test_another_body_with_the_same_key_is_refused(app: App) -> None:
    first = app.send(EVENT, idempotency_key="key-1")
    other = app.send(EVENT | {"payload": {"n": 2}}, idempotency_key="key-1")
    assert (first.status_code, other.status_code) == (202, 422)
    assert len(app.messages()) == 1


def test_keys_of_two_applications_never_meet(app: App) -> None:
    other = App.create(app.api)
    first, second = (shop.send(EVENT, idempotency_key="key-1") for shop in (app, other))
    assert first.status_code == second.status_code == 202
    assert first.json()["id"] != second.json()["id"]


def test_keys_of_two_organizations_never_meet(godwit: Server) -> None:
    ids = []
    for organization in ("org_keys_a", "org_keys_b"):
        api = godwit.api(godwit.make_token("--org", organization))
        ids.append(api.post("/app", {"name": "Same"}, idempotency_key="key-1").json()["id"])
    assert len(set(ids)) == 2


def test_a_refused_publish_does_not_spend_its_key(app: App) -> None:
    assert app.send(b"{", idempotency_key="key-1").status_code == 422
    assert app.send(EVENT, idempotency_key="key-1").status_code == 202


def test_keys_survive_a_restart_and_a_kill(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    app.endpoint(receiver.url())
    message = app.send(EVENT, idempotency_key="key-1").json()["id"]
    made = server.api().post("/app", {"name": "Once"}, idempotency_key="key-2").json()["id"]
    receiver.wait_for_count(1)
    for end in (server.stop, server.kill):
        end()
        server.start()
        again = App(server.api(), app.id)
        assert again.send(EVENT, idempotency_key="key-1").json()["id"] == message
        assert again.send(EVENT | {"payload": {}}, idempotency_key="key-1").status_code == 422
        assert again.api.post("/app", {"name": "Once"}, idempotency_key="key-2").json()["id"] == made
        assert len(again.messages()) == 1


def test_publishes_with_one_key_at_the_same_time_are_one(godwit: Server, app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.url())
    answers = at_once(godwit, 12, lambda api: App(api, app.id).send(EVENT, idempotency_key="key-1"))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    marker = app.publish()
    assert {delivery.sequence: delivery.id for delivery in receiver.wait_for_count(2)}[2] == marker


def test_other_requests_with_one_key_at_the_same_time_are_one(godwit: Server, app: App) -> None:
    path = f"{app.path}/endpoint"
    answers = at_once(godwit, 12, lambda api: api.post(path, {"url": "http://127.0.0.1:9/"}, idempotency_key="key-1"))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(list(app.pages("/endpoint"))) == 1


def test_a_repeated_creation_is_told_apart_by_a_header(api: API) -> None:
    first, second = (api.post("/app", {"name": "Twice"}, idempotency_key="told-apart") for _ in range(2))
    assert first.json() == second.json()
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", ["k" * 257, "two words", "é", ""])
def test_a_key_that_is_none_is_refused(app: App, key: str) -> None:
    answer = app.api.request("POST", f"{app.path}/msg", json=EVENT, headers={b"idempotency-key": key.encode()})
    assert answer.status_code == 422
    assert app.messages() == []


def at_once(godwit: Server, count: int, call: Callable[[API], object]) -> list:
    barrier = threading.Barrier(count)
    answers: list = []

    def run(api: API) -> None:
        api.get("/health")  # The connection is open by then.
        barrier.wait()
        answers.append(call(api))

    threads = [threading.Thread(target=run, args=(godwit.api(),)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == count
    return answers


UPSERTS = {
    "application": ("/app/{name}", {"name": "Shop"}),
    "endpoint": ("{app}/endpoint/{name}", {"url": "http://127.0.0.1:9/"}),
    "event type": ("/event-type/{name}", {"description": "Made"}),
    "operational endpoint": ("/operational-webhook/endpoint/{name}", {"url": "http://127.0.0.1:9/"}),
}


@pytest.mark.parametrize(("path", "body"), UPSERTS.values(), ids=UPSERTS.keys())
def test_of_puts_at_the_same_time_one_creates_and_the_others_change(godwit: Server, app: App, path: str, body: dict) -> None:
    apis = [godwit.api() for _ in range(8)]
    for round in range(4):
        place = path.format(app=app.path, name=f"{app.id[-10:]}-{round}")
        answers = together([lambda api=api: api.put(place, body) for api in apis])
        assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
        assert len({answer.json().get("id") for answer in answers}) == 1


def test_imports_at_the_same_time_end_with_one_of_each(godwit: Server, api: API, app: App) -> None:
    types = [{"name": f"{app.id[-10:]}.{number}", "description": ""} for number in range(30)]
    answers = together([lambda: godwit.api().post("/environment/import", {"eventTypes": types}) for _ in range(6)])
    assert {answer.status_code for answer in answers} == {204}
    assert all(api.get(f"/event-type/{made['name']}").status_code == 200 for made in types)


def together(requests: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """All of them once every one is ready."""
    start = threading.Barrier(len(requests))

    def send(request: Callable[[], httpx.Response]) -> httpx.Response:
        start.wait()
        return request()

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(send, requests))
