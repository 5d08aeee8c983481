"""Gap repair from end to end: a server, a hostile network, and a receiver built with the kit that dies again and again."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.app import App, Endpoint
from harness.hostile_proxy import HostileProxy
from harness.load import Load
from harness.receiver_program import ReceiverProgram
from harness.server import Server
from harness.waiting import until

# Fewer than the promise is about, so that the suite stays quick; E2E_REPAIR_EVENTS=100000 for all of it.
EVENTS = int(os.environ.get("E2E_REPAIR_EVENTS", "2000"))
KILLS = 20
# Seconds, for binaries that were built for debugging, on a busy machine.
LONG = 120 + EVENTS / 20
# The sender gives up after half a second, so that what comes while the receiver is down is lost to it.
QUICK = {"schedule": ["100ms"] * 4, "jitter": 0, "maxAge": None}


@pytest.mark.timeout(3 * LONG)
@pytest.mark.parametrize("order", ["fifo", "unordered"])
def test_each_effect_happens_once_through_a_hostile_network_and_20_kills(
    serve: Callable[..., Server], tmp_path: Path, order: str
) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    endpoint = app.endpoint("http://127.0.0.1:9/")
    program = ReceiverProgram(tmp_path, server, endpoint, ORDER=order).start()
    proxy = HostileProxy(program.port, seed=7)
    assert app.api.patch(endpoint.path, {"url": proxy.url}).status_code == 200
    endpoint.set_policy(order={"mode": order}, retry=QUICK)
    load = Load(server, app, EVENTS, publishers=2)
    try:
        for kill in range(1, KILLS):
            proxy.wait_for_forwarded(kill * EVENTS * 8 // 10 // KILLS, LONG)
            program.kill()
            program.start()
        # The last one lasts until the sender has given up some.
        program.kill()
        given_up = until(lambda: failed(app, endpoint.id), "the sender gives up", LONG)
        accepted = load.finish(LONG)
        program.start()
        program.wait_until_complete(EVENTS, LONG)
        assert program.stop() == 0 and program.starts == KILLS + 1
    finally:
        program.close()
        proxy.close()

    effects = program.effects()
    assert len(effects) == EVENTS
    assert {effect.id: json.loads(effect.body)["number"] for effect in effects} == accepted
    assert given_up <= {effect.id for effect in effects}
    assert min(proxy.fates[fate] for fate in ("swallow", "twice", "hold", "drop before", "drop after")) > 0, proxy.fates
    if order == "fifo":
        assert [effect.id for effect in effects] == [item["id"] for item in feed(endpoint.path, app)]


def test_silence_is_looked_into(app: App, godwit: Server, tmp_path: Path) -> None:
    """A proxy that answers 200 to everything and forwards nothing: only the feed's head tells."""
    endpoint = app.endpoint("http://127.0.0.1:9/")
    program = ReceiverProgram(tmp_path, godwit, endpoint).start()
    proxy = HostileProxy(program.port, always="swallow")
    try:
        assert app.api.patch(endpoint.path, {"url": proxy.url}).status_code == 200
        sent = [app.publish({"number": number}) for number in range(20)]
        program.wait_until_complete(20)
        assert program.stop() == 0 and proxy.forwarded == 0
    finally:
        program.close()
        proxy.close()
    assert sorted(effect.id for effect in program.effects()) == sorted(sent)


def test_an_endpoint_that_is_only_pulled(serve: Callable[..., Server], tmp_path: Path) -> None:
    """Over kills of both sides; what is scheduled comes at its time, and nothing waits for it."""
    server = serve("--dev")
    app = App.create(server.api())
    made = app.api.post(f"{app.path}/endpoint", {"mode": "pull"}).json()
    secret = app.api.get(f"{app.path}/endpoint/{made['id']}/secret").json()["key"]
    endpoint = Endpoint(app, made["id"], secret)
    program = ReceiverProgram(tmp_path, server, endpoint, ORDER="fifo", MODE="pull").start()
    try:
        due = datetime.now(UTC) + timedelta(seconds=5)
        scheduled = app.publish({"number": 0}, deliverAt=due.isoformat())
        sent: list[str] = []
        for round in range(6):
            sent += [app.publish({"number": number}) for number in range(10)]
            if round % 2:
                until(lambda: (program.standing() or {}).get("cursor") == 1 + len(sent), "it keeps up")
            program.kill()
            program.start()
            if round == 3:
                server.kill()
                server.start()
                app = App(server.api(), app.id)
        program.wait_until_complete(1 + len(sent))
        assert program.stop() == 0
    finally:
        program.close()
    effects = program.effects()
    assert [effect.id for effect in effects if effect.id != scheduled] == sent
    [at] = [effect.at for effect in effects if effect.id == scheduled]
    assert at >= int(due.timestamp())


def failed(app: App, endpoint: str) -> set[str]:
    return {message["id"] for message in app.pages(f"/endpoint/{endpoint}/msg?status=2")}


def feed(path: str, app: App) -> list[dict[str, str]]:
    items: list[dict[str, str]] = []
    while True:
        page = app.api.get(f"{path}/feed", after=len(items), limit=250).json()
        items += page["data"]
        if page["done"]:
            return items
