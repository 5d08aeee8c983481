"""Several servers over one database: whoever is asked, the answer is the same, and each event is delivered once and in its order."""

import json
import time
from typing import Any

import httpx
import pytest
from harness.app import App, Endpoint
from harness.load import Load
from harness.nodes import Nodes
from harness.receiver import Exchange, Receiver, after, status
from harness.server import Server
from harness.waiting import until

EVENTS = 1500
# Seconds in which every node knows of what was changed at another one.
KNOWN = 1.0
# Seconds in which a node that died is replaced.
TAKEN_OVER = 15.0


def at(server: Server, app: App) -> App:
    """The same application, asked of another node."""
    return App(server.api(), app.id)


def everybody_knows() -> None:
    """Nothing tells from outside what another node has in memory; what is promised is this span."""
    deadline = time.monotonic() + KNOWN
    until(lambda: time.monotonic() > deadline, "the span is over")


def test_what_is_registered_at_one_node_is_known_to_the_other(cluster: Nodes, receiver: Receiver) -> None:
    first, second = cluster.pair()
    app = App.create(first.api())
    there = at(second, app)
    began = time.monotonic()
    endpoint = app.endpoint(receiver.url("/hook"))
    # A publish looks up endpoints in memory: the first that finds this one tells when the other node knew.
    until(lambda: there.publish() and receiver.to("/hook"), "the other node delivers to it", 10)
    assert receiver.to("/hook")[0].at - time.time() + time.monotonic() - began < KNOWN + 0.5

    app.api.patch(endpoint.path, {"url": receiver.url("/moved")})
    moved = time.monotonic()
    until(lambda: there.publish() and receiver.to("/moved"), "the other node delivers to the new URL", 10)
    assert time.monotonic() - moved < KNOWN + 1.0
    assert there.api.delete(endpoint.path).status_code == 204
    until(lambda: app.api.get(endpoint.path).status_code == 404, "it is gone")
    everybody_knows()
    seen = len(receiver.deliveries)
    app.publish()
    there.publish()
    other = app.endpoint(receiver.url("/other"))
    until(lambda: there.publish() and receiver.to("/other"), "a later endpoint is delivered to", 10)
    assert len([delivery for delivery in receiver.deliveries if delivery.path != "/other"]) == seen
    assert app.api.delete(other.path).status_code == 204


def test_order_holds_whichever_node_accepts(cluster: Nodes, receiver: Receiver) -> None:
    first, second = cluster.pair()
    app = App.create(first.api())
    endpoint = app.endpoint(receiver.url("/hook"))
    endpoint.set_policy(order={"mode": "fifo"})
    apps = [app, at(second, app)]
    until(lambda: apps[1].api.get(endpoint.path).status_code == 200, "the other node knows of it")
    everybody_knows()
    messages = [apps[number % 2].publish({"number": number}) for number in range(80)]
    deliveries = receiver.wait_for_count(80)
    assert [delivery.id for delivery in deliveries] == messages
    assert [delivery.sequence for delivery in deliveries] == list(range(1, 81))
    endpoint.verify(*deliveries)


def test_a_rate_limit_holds_over_both_nodes(cluster: Nodes, receiver: Receiver) -> None:
    first, second = cluster.pair()
    app = App.create(first.api())
    endpoint = app.endpoint(receiver.url("/hook"))
    endpoint.set_policy(rateLimit={"perSecond": 20})
    everybody_knows()
    apps = [app, at(second, app)]
    for number in range(100):
        apps[number % 2].publish({"number": number})
    times = sorted(delivery.at for delivery in receiver.wait_for_count(100))
    assert len({delivery.id for delivery in receiver.deliveries}) == 100
    for index, began in enumerate(times):
        # A second's worth, what a full bucket holds, and one for the clock of this receiver.
        assert len([time for time in times[index:] if time < began + 1]) <= 20 + 2 + 1


def test_a_key_is_one_key_and_a_token_one_token_on_all_nodes(cluster: Nodes, receiver: Receiver) -> None:
    first, second = cluster.pair()
    app = App.create(first.api())
    there = at(second, app)
    event = {"eventType": "payment.approved", "payload": {"amount": 1}}
    answers = [node.send(event, idempotency_key="same") for node in (app, there, app, there)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = {"eventType": "payment.approved", "payload": {"amount": 2}}
    assert there.send(other, idempotency_key="same").status_code in (409, 422)
    assert len({app.publish({"number": number}) for number in range(20)} | {there.publish() for _ in range(20)}) == 40
    numbers = [message["id"] for message in app.messages()]
    assert numbers == [message["id"] for message in there.messages()] and len(numbers) == 41

    portal = first.api().post(f"/auth/app-portal-access/{app.id}", {}).json()["token"]
    assert second.api(portal).get(app.path).status_code == 200
    assert first.api().post(f"/auth/app/{app.id}/expire-all", {}).status_code in (200, 204)
    until(lambda: second.api(portal).get(app.path).status_code == 401, "the token ended on the other node", KNOWN + 1)


def seen_by(server: Server, app: App, endpoint: Endpoint, message: str) -> dict[str, Any]:
    """How a node stands to an endpoint, as it explains it."""
    [seen] = at(server, app).api.get(f"{app.path}/msg/{message}/explain").json()["endpoints"]
    assert seen["endpointId"] == endpoint.id
    return seen


def test_a_pause_that_a_receiver_asks_for_holds_for_all_nodes(cluster: Nodes, receiver: Receiver) -> None:
    first, second = cluster.pair()
    app = App.create(first.api())
    endpoint = app.endpoint(receiver.script("/hook", status(429, retry_after="6"), status(204)))
    there = at(second, app)
    until(lambda: there.api.get(endpoint.path).status_code == 200, "the other node knows of it")
    everybody_knows()
    asked = app.publish()
    until(lambda: seen_by(second, app, endpoint, asked)["pausedUntil"], "the other node knows of the pause", KNOWN + 2)
    there.publish()
    deliveries = receiver.wait_for_count(3)
    assert min(delivery.at for delivery in deliveries[1:]) - deliveries[0].at >= 5.9


def test_a_breaker_opens_and_closes_for_all_nodes(cluster: Nodes, receiver: Receiver) -> None:
    first, second = cluster.pair(retry_schedule="1s,1s,1s,1s,1s,1s,1s,1s")
    app = App.create(first.api())
    endpoint = app.endpoint(receiver.script("/hook", status(500), status(500), status(204)))
    endpoint.set_policy(breaker={"failures": 2, "pause": "5s"})
    there = at(second, app)
    until(lambda: there.api.get(endpoint.path).status_code == 200, "the other node knows of it")
    everybody_knows()
    message = app.publish()
    app.publish()
    until(lambda: seen_by(second, app, endpoint, message)["breaker"] == "open", "the other node's is open too", KNOWN + 4)
    there.publish()
    deliveries = receiver.wait_for_count(5)
    assert min(delivery.at for delivery in deliveries[2:]) - deliveries[1].at >= 4.9
    for node in (first, second):
        until(lambda node=node: seen_by(node, app, endpoint, message)["breaker"] == "closed", "it is closed again")


@pytest.mark.parametrize("answers_elsewhere", [True, False])
def test_an_endpoint_is_disabled_only_when_no_node_is_answered(
    cluster: Nodes, receiver: Receiver, answers_elsewhere: bool
) -> None:
    first, second = cluster.pair(retry_schedule="")
    app = App.create(second.api())

    def by_node(exchange: Exchange) -> None:
        status(204 if b'"second"' in exchange.delivery.body else 500)(exchange)

    endpoint = app.endpoint(receiver.script("/hook", by_node))
    endpoint.set_policy(disableAfter="60s", breaker={"failures": None})
    until(lambda: at(first, app).api.get(endpoint.path).status_code == 200, "the other node knows of it")
    if answers_elsewhere:
        app.settled(app.publish({"node": "second"}), attempts=1)
    # As a node finds it when it starts after two hours of nothing but failure.
    first.stop()
    cluster.query("UPDATE godwit.endpoints SET failing_since = extract(epoch FROM now() - interval '2 hours') * 1000, failing_announced = 0")
    first.start()
    there = at(first, app)
    there.settled(there.publish({"node": "first"}), attempts=1)
    if answers_elsewhere:
        until(lambda: cluster.query("SELECT failing_since FROM godwit.endpoints") == "", "the first node has heard of it")
        assert app.api.get(endpoint.path).json()["disabled"] is False
        there.settled(there.publish({"node": "second"}), attempts=1)
        assert receiver.wait_for_count(3)
    else:
        until(lambda: app.api.get(endpoint.path).json()["disabled"], "it is disabled")


def test_readers_of_a_feed_wait_at_any_node(cluster: Nodes, receiver: Receiver) -> None:
    first, second = cluster.pair()
    app = App.create(first.api())
    endpoint = app.endpoint(receiver.url("/hook"))
    there = at(second, app)
    until(lambda: there.api.get(endpoint.path).status_code == 200, "the other node knows of it")
    app.publish()
    page = until(lambda: there.api.get(f"{endpoint.path}/feed", after=0).json().get("data"), "the feed has an item")
    assert len(page) == 1


def test_a_node_that_is_killed_under_load_is_replaced_and_nothing_is_lost(cluster: Nodes, receiver: Receiver) -> None:
    first, second = cluster.pair()
    app = App.create(first.api())
    endpoint = app.endpoint(receiver.url("/hook"))
    lines = App.create(first.api())
    ordered = lines.endpoint(receiver.url("/ordered"))
    ordered.set_policy(order={"mode": "fifo"})
    stuck = App.create(second.api())
    stuck.endpoint(receiver.script("/stuck", after(receiver.gate(), status(204))))
    held = {stuck.publish({"number": number}) for number in range(20)}
    receiver.wait_for(lambda deliveries: len(deliveries) >= 16, "/stuck")

    # The same keys at both nodes: each event is accepted once, whoever is faster.
    loads = [Load(first, app, EVENTS, publishers=3), Load(second, app, EVENTS, publishers=3)]
    in_order = [lines.publish({"number": number}) for number in range(200)]
    loads[1].wait_for_accepted(EVENTS // 3)
    second.kill()
    receiver.script("/stuck", status(204))
    killed = time.time()
    in_order += [lines.publish({"number": number}) for number in range(200, 300)]
    second.start()
    accepted = loads[0].finish() | loads[1].finish()
    assert sorted(accepted.values()) == list(range(EVENTS))

    def is_replaced() -> bool:
        return {delivery.id for delivery in receiver.to("/stuck") if delivery.at > killed} >= held

    until(is_replaced, "what the killed node held is delivered", TAKEN_OVER + 5)
    replaced = {delivery.id: delivery.at for delivery in reversed(receiver.to("/stuck")) if delivery.at > killed}
    assert max(replaced.values()) - killed < TAKEN_OVER
    deliveries = receiver.wait_for(
        lambda deliveries: {delivery.id for delivery in deliveries} >= set(accepted), "/hook", patience=TAKEN_OVER
    )
    for delivery in deliveries:
        assert json.loads(delivery.body) == {"number": accepted[delivery.id]}
    numbered = {(delivery.sequence, delivery.id) for delivery in deliveries}
    assert sorted(sequence for sequence, _ in numbered) == list(range(1, EVENTS + 1))
    # No more than what one node may hold of one endpoint.
    assert len(deliveries) - EVENTS <= 1024
    endpoint.verify(*deliveries[:50])

    arrived = receiver.wait_for(
        lambda deliveries: {delivery.id for delivery in deliveries} >= set(in_order), "/ordered", patience=TAKEN_OVER
    )
    first_times = list(dict.fromkeys(delivery.id for delivery in arrived))
    assert first_times == in_order
    print(
        f"taken over after {max(replaced.values()) - killed:.1f} s; "
        f"{len(deliveries) - EVENTS} of {EVENTS} twice, {len(arrived) - 300} of 300 in order"
    )
    until(lambda: cluster.leases() == 2, "the killed node is forgotten", TAKEN_OVER)


def test_nothing_is_lost_when_connections_to_the_database_break(cluster: Nodes, receiver: Receiver) -> None:
    node = cluster.node()
    app = App.create(node.api())
    endpoint = app.endpoint(receiver.url("/hook"))
    ordered = app.endpoint(receiver.url("/ordered"))
    ordered.set_policy(order={"mode": "fifo"})
    load = Load(node, app, 600, publishers=4, may_refuse=True)
    for moment in (100, 200, 300, 400):
        load.wait_for_accepted(moment)
        cluster.break_connections()
    accepted = load.finish()
    assert sorted(accepted.values()) == list(range(600))
    for path in ("/hook", "/ordered"):
        receiver.wait_for(lambda deliveries: {delivery.id for delivery in deliveries} >= set(accepted), path)
    in_order = [delivery.id for delivery in receiver.to("/ordered")]
    numbers = {delivery.id: delivery.sequence for delivery in receiver.to("/ordered")}
    assert [numbers[id] for id in dict.fromkeys(in_order)] == list(range(1, 601))
    endpoint.verify(*receiver.to("/hook")[:20])


def test_a_rolling_restart_loses_nothing_and_sends_nothing_twice(cluster: Nodes, receiver: Receiver) -> None:
    first, second = cluster.pair()
    app = App.create(first.api())
    endpoint = app.endpoint(receiver.url("/hook"))
    ordered = app.endpoint(receiver.url("/ordered"))
    ordered.set_policy(order={"mode": "fifo"})
    everybody_knows()
    sent: list[str] = []
    for stopping, other in ((first, second), (second, first)):
        here, there = at(stopping, app), at(other, app)
        sent += [here.publish({"number": number}) for number in range(50)]
        assert stopping.stop() == 0, stopping.log[-2000:]
        assert cluster.leases() == 1
        sent += [there.publish({"number": number}) for number in range(50)]
        stopping.start()
        sent += [at(stopping, app).publish({"number": 0})]
    for path in ("/hook", "/ordered"):
        receiver.wait_for(lambda deliveries: {delivery.id for delivery in deliveries} == set(sent), path)
        assert len(receiver.to(path)) == len(sent)
    assert [delivery.id for delivery in receiver.to("/ordered")] == sent
    endpoint.verify(*receiver.to("/hook"))


def test_roles(cluster: Nodes, receiver: Receiver) -> None:
    front = cluster.node("--role", "api")
    back = cluster.node(GODWIT_ROLE="worker")
    app = App.create(front.api())
    app.endpoint(receiver.url("/hook"))
    messages = {app.publish({"number": number}) for number in range(20)}
    deliveries = receiver.wait_for(lambda deliveries: {delivery.id for delivery in deliveries} == messages)
    assert len(deliveries) == 20
    assert httpx.get(f"{back.url}/api/v1/health", trust_env=False).status_code == 204
    answer = httpx.get(f"{back.url}/api/v1{app.path}", trust_env=False, headers={"authorization": f"Bearer {front.token}"})
    assert answer.status_code == 404 and answer.json()["code"]
    # Without anybody who delivers it waits.
    assert back.stop() == 0
    waiting = {app.publish({"number": number}) for number in range(5)}
    back.start()
    receiver.wait_for(lambda deliveries: {delivery.id for delivery in deliveries} == messages | waiting)
