"""Gap repair from end to end: a server, a hostile network, and a receiver built with the kit that dies again and again."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.app import App
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
    for kill in range(1, KILLS):
        proxy.wait_for_forwarded(kill * EVENTS * 8 // 10 // KILLS, LONG)
        program.kill()
        program.start()
    # The last one lasts until the sender has given up at least one.
    program.kill()
    given_up = until(lambda: failed(app, endpoint.id), "the sender gives up", LONG)
    accepted = load.finish()
    program.start()
    until(lambda: (program.standing() or {}).get("cursor") == EVENTS, f"all {EVENTS} are there", LONG)
    assert program.standing() == {"cursor": EVENTS, "head": EVENTS, "missing": 0}
    assert program.stop() == 0 and program.starts == KILLS + 1
    proxy.close()

    effects = program.effects()
    assert len(effects) == EVENTS
    assert {id: json.loads(body)["number"] for id, body in effects} == accepted
    assert given_up <= {id for id, _ in effects}
    assert min(proxy.fates[fate] for fate in ("swallow", "twice", "hold", "drop before", "drop after")) > 0, proxy.fates
    if order == "fifo":
        sent = [item["id"] for item in feed(endpoint.path, app)]
        assert [id for id, _ in effects] == sent


def failed(app: App, endpoint: str) -> set[str]:
    return {message["id"] for message in app.pages(f"/endpoint/{endpoint}/msg?status=2")}


def feed(path: str, app: App) -> list[dict[str, str]]:
    items: list[dict[str, str]] = []
    while True:
        page = app.api.get(f"{path}/feed", after=len(items), limit=250).json()
        items += page["data"]
        if page["done"]:
            return items
