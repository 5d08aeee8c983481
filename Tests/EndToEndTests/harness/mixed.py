"""A load of all kinds over several nodes, whose publishers go to another node when one refuses or is gone, and what arrives of it."""

import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle

import httpx

from .app import App, Endpoint
from .quick_receiver import OK, QuickReceiver
from .receiver import Delivery
from .server import Server
from .waiting import PATIENCE

RATE = 100
KEYS = 7
POLICIES = {
    "/plain": {},
    "/fifo": {"order": {"mode": "fifo"}},
    "/keyed": {"order": {"mode": "fifo-per-key", "key": {"from": "ordering-key"}, "headOfLine": "block"}},
    "/rated": {"rateLimit": {"perSecond": RATE}},
}
# Seconds for which one event is offered again and again.
STUBBORNNESS = 4 * PATIENCE

BODY = re.compile(rb'\{"publisher":(\d+),"number":(\d+)\}')


@dataclass(frozen=True)
class Arrival:
    id: str
    sequence: int
    timestamp: int
    publisher: int
    number: int
    at: float = field(default_factory=time.time)


class Arrivals:
    """By path. The receiver's answer is always 204."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.by_path: dict[str, list[Arrival]] = {path: [] for path in POLICIES}
        self.ids: dict[str, set[str]] = {path: set() for path in POLICIES}
        self.last: dict[str, Delivery] = {}
        self.receiver = QuickReceiver(self._answer, host)

    def _answer(self, head: bytes, body: bytes) -> bytes:
        first, *lines = head.decode().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        found = BODY.fullmatch(body)
        assert found, body
        self.last[path] = Delivery(method, path, headers, body)
        arrival = Arrival(
            headers["webhook-id"], int(headers["webhook-sequence"]), int(headers["webhook-timestamp"]), int(found[1]), int(found[2])
        )
        self.by_path[path].append(arrival)
        self.ids[path].add(arrival.id)
        return OK

    def longest_silence(self, path: str, begin: float = 0.0) -> float:
        """Seconds between two that came one after the other."""
        times = [arrival.at for arrival in self.by_path[path] if arrival.at >= begin]
        return max((later - earlier for earlier, later in zip(times, times[1:])), default=0.0)


class Mixed:
    """Goes on until `finish`."""

    def __init__(self, nodes: Sequence[Server], *, host: str = "127.0.0.1", publishers: int = 2, pause: float = 0.04) -> None:
        """`publishers` of each kind, which begin at one node each; `pause` seconds between two events of one publisher."""
        self.arrivals = Arrivals(host)
        self.endpoints: dict[str, Endpoint] = {}
        self.refusals: Counter[int] = Counter()
        self.accepted: dict[str, dict[str, tuple[int, int]]] = {path: {} for path in POLICIES}
        # Seconds from the first offer of an event to its 202.
        self.slowest = 0.0
        self._nodes = nodes
        self._pause = pause
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._failure: BaseException | None = None
        for path, policy in POLICIES.items():
            app = App.create(nodes[0].api())
            self.endpoints[path] = app.endpoint(self.arrivals.receiver.url(path))
            if policy:
                self.endpoints[path].set_policy(**policy)
        self._threads = [
            threading.Thread(target=self._run, args=(path, number), daemon=True) for path in POLICIES for number in range(publishers)
        ]

    def begin(self) -> "Mixed":
        for thread in self._threads:
            thread.start()
        return self

    @property
    def count(self) -> int:
        assert self._failure is None, self._failure
        return sum(map(len, self.accepted.values()))

    def finish(self, patience: float = STUBBORNNESS) -> None:
        """What is on its way is accepted, and arrives."""
        self._over.set()
        for thread in self._threads:
            thread.join(patience)
            assert not thread.is_alive(), "the publishers did not come to an end"
        assert self._failure is None, self._failure
        for path, accepted in self.accepted.items():
            self.arrivals.receiver.wait_for(
                lambda: self.arrivals.ids[path] >= set(accepted), f"everything accepted arrives at {path}", patience
            )

    def close(self) -> None:
        self._over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(PATIENCE)
        self.arrivals.receiver.close()

    def _run(self, path: str, publisher: int) -> None:
        try:
            apps = cycle(
                App(node.api(may_refuse=True), self.endpoints[path].app.id)
                for node in [*self._nodes[publisher % len(self._nodes) :], *self._nodes[: publisher % len(self._nodes)]]
            )
            app, number = next(apps), 0
            while not self._over.wait(self._pause):
                began = time.monotonic()
                while (message := self._offer(app, path, publisher, number)) is None:
                    assert time.monotonic() - began < STUBBORNNESS, f"event {number} of {publisher} is not accepted by anybody"
                    time.sleep(0.02)
                    app = next(apps)
                with self._lock:
                    self.accepted[path][message] = (publisher, number)
                    self.slowest = max(self.slowest, time.monotonic() - began)
                number += 1
        except BaseException as failure:
            self._failure = self._failure or failure

    def _offer(self, app: App, path: str, publisher: int, number: int) -> str | None:
        event = {"eventType": "load.event", "payload": {"publisher": publisher, "number": number}}
        if path == "/keyed":
            event["orderingKey"] = f"key-{number % KEYS}"
        try:
            answer = app.send(event, idempotency_key=f"{publisher}-{number}")
        except httpx.TransportError:
            self.refusals[0] += 1
            return None
        if answer.status_code == 202:
            return answer.json()["id"]
        self.refusals[answer.status_code] += 1
        assert answer.status_code in (429, 503) and int(answer.headers["retry-after"]) >= 1, answer.text
        return None

    def verify(self) -> dict[str, int]:
        """After `finish`: nothing lost, nothing made up, numbers gapless, orders and rates kept. How many came more than once."""
        repeated: dict[str, int] = {}
        for path, arrivals in self.arrivals.by_path.items():
            accepted = self.accepted[path]
            assert {arrival.id for arrival in arrivals} == set(accepted)
            for arrival in arrivals:
                assert accepted[arrival.id] == (arrival.publisher, arrival.number)
            numbered = {(arrival.sequence, arrival.id) for arrival in arrivals}
            assert sorted(sequence for sequence, _ in numbered) == list(range(1, len(accepted) + 1)), path
            # Each publisher's events are one for each number, however often it had to offer them.
            assert len(set(accepted.values())) == len(accepted)
            repeated[path] = len(arrivals) - len(accepted)
            self.endpoints[path].verify(self.arrivals.last[path])
        in_order(self.arrivals.by_path["/fifo"])
        by_key: dict[int, list[Arrival]] = defaultdict(list)
        for arrival in self.arrivals.by_path["/keyed"]:
            by_key[arrival.number % KEYS].append(arrival)
        for arrivals in by_key.values():
            in_order(arrivals)
        times = [arrival.at for arrival in self.arrivals.by_path["/rated"]]
        # What a full bucket holds, and half as much again for the receiver's own delays: two at once would send twice as much.
        most = max(sum(1 for time in times[index : index + 2 * RATE] if time < began + 1) for index, began in enumerate(times))
        assert most <= RATE * 1.1 + RATE / 2, most
        return repeated


def in_order(arrivals: list[Arrival]) -> None:
    """Each comes for the first time after all before it. What was sent when a node died may come again, and then all behind it, in
    order: nothing that was overtaken ever comes alone."""
    rank = {sequence: rank for rank, sequence in enumerate(sorted({arrival.sequence for arrival in arrivals}))}
    for earlier, later in zip(arrivals, arrivals[1:]):
        assert rank[later.sequence] <= rank[earlier.sequence] + 1, (earlier, later)
    published: dict[int, int] = {}
    for arrival in sorted(arrivals, key=lambda arrival: arrival.sequence):
        assert published.get(arrival.publisher, -1) <= arrival.number, arrival
        published[arrival.publisher] = arrival.number
