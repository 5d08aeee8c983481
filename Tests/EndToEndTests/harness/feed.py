"""A feed that misbehaves on purpose, which a server can't be made to do: gaps, an old backup, disconnections."""

import json
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .receiver import Answer, Delivery, Exchange, Receiver, hang_up, status


def item(sequence: int, body: str = "{}", **fields: Any) -> dict[str, Any]:
    headers = {"content-type": "application/json", "webhook-id": f"msg_{sequence}", "webhook-sequence": str(sequence)}
    usual = {"sequence": sequence, "id": f"msg_{sequence}", "eventType": "invoice.paid", "timestamp": "2026-11-25T08:00:00Z"}
    return usual | {"status": 0, "statusText": "success", "headers": headers, "body": body} | fields


class Feed:
    """`items` is what there is. While `away` is set, connections are closed without an answer."""

    def __init__(self, receiver: Receiver, items: list[dict[str, Any]] | None = None) -> None:
        self.items = items or []
        self.head: int | None = None
        self.away = threading.Event()
        self.refusal: int | None = None
        self.changed = threading.Condition()
        self.url = receiver.url("").rstrip("/")
        receiver.accept = self._accept  # type: ignore[method-assign]
        self.asked: list[Delivery] = []

    def add(self, *items: dict[str, Any]) -> None:
        with self.changed:
            self.items += items
            self.changed.notify_all()

    def _accept(self, delivery: Delivery) -> Answer:
        with self.changed:
            self.asked.append(delivery)
            self.changed.notify_all()
        return hang_up if self.away.is_set() else self._answer

    def wait_asked(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.asked) >= count, 30)

    def _answer(self, exchange: Exchange) -> None:
        if self.refusal:
            refusal = json.dumps({"code": "refused", "detail": "refused on purpose"}).encode()
            return status(self.refusal, refusal, content_type="application/json")(exchange)
        query = {name: int(values[0]) for name, values in parse_qs(urlsplit(exchange.path).query).items()}
        with self.changed:
            # A long-poll: at most as long as was asked for, or until something comes or the connection is to break.
            self.changed.wait_for(lambda: self._page(query) or self.away.is_set(), query["wait"])
            if self.away.is_set():
                return hang_up(exchange)
            data = self._page(query)
            head = self.head if self.head is not None else max((item["sequence"] for item in self.items), default=0)
        next = data[-1]["sequence"] if data else query["after"]
        page = json.dumps({"data": data, "head": head, "next": next, "done": next == head}).encode()
        return status(200, page, content_type="application/json")(exchange)

    def _page(self, query: dict[str, int]) -> list[dict[str, Any]]:
        return [item for item in self.items if item["sequence"] > query["after"]][: query["limit"]]

    def disconnect(self) -> None:
        with self.changed:
            self.away.set()
            self.changed.notify_all()
