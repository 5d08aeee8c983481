"""An application with its endpoints and messages, as a test speaks of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from standardwebhooks import Webhook, WebhookVerificationError

from .api import API
from .receiver import Delivery
from .waiting import until


@dataclass
class Endpoint:
    app: "App"
    id: str
    secret: str

    @property
    def path(self) -> str:
        return f"{self.app.path}/endpoint/{self.id}"

    def get(self) -> dict[str, Any]:
        return self.app.api.get(self.path).json()

    def policy(self) -> dict[str, Any]:
        answer = self.app.api.get(f"{self.path}/policy")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def set_policy(self, **changes: Any) -> dict[str, Any]:
        """As a merge patch: what isn't mentioned stays. The whole policy after it."""
        answer = self.app.api.patch(f"{self.path}/policy", changes)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def verify(self, *deliveries: Delivery) -> None:
        """With the official library: it raises when a signature is wrong."""
        webhook = Webhook(self.secret)
        for delivery in deliveries:
            webhook.verify(delivery.body, delivery.headers, json_parse=False)

    def refuses(self, delivery: Delivery, body: bytes) -> bool:
        try:
            Webhook(self.secret).verify(body, delivery.headers, json_parse=False)
        except WebhookVerificationError:
            return True
        return False

    def attempts(self) -> list[dict[str, Any]]:
        """The oldest first."""
        return list(self.app.pages(f"/attempt/endpoint/{self.id}"))[::-1]


class App:
    def __init__(self, api: API, id: str) -> None:
        self.api = api
        self.id = id

    @classmethod
    def create(cls, api: API, **fields: Any) -> "App":
        made = api.post("/app", {"name": "Shop"} | fields)
        assert made.status_code == 201, made.text
        return cls(api, made.json()["id"])

    @property
    def path(self) -> str:
        return f"/app/{self.id}"

    def endpoint(self, url: str, **fields: Any) -> Endpoint:
        made = self.api.post(f"{self.path}/endpoint", {"url": url} | fields)
        assert made.status_code == 201, made.text
        id = made.json()["id"]
        return Endpoint(self, id, self.api.get(f"{self.path}/endpoint/{id}/secret").json()["key"])

    def send(self, body: bytes | dict[str, Any], **headers: str) -> httpx.Response:
        return self.api.post(f"{self.path}/msg", body, **headers)

    def publish(self, payload: Any = None, event_type: str = "payment.approved", **fields: Any) -> str:
        """The message's identifier."""
        answer = self.send({"eventType": event_type, "payload": payload or {"amount": 15000}} | fields)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def publish_bytes(self, payload: bytes) -> str:
        answer = self.send(b'{"eventType":"payment.approved","payload":' + payload + b"}")
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def messages(self) -> list[dict[str, Any]]:
        """The newest first."""
        return list(self.pages("/msg"))

    def attempts(self, message: str) -> list[dict[str, Any]]:
        """The oldest first."""
        return list(self.pages(f"/attempt/msg/{message}"))[::-1]

    def settled(self, message: str, attempts: int) -> list[dict[str, Any]]:
        """Once so many attempts are recorded."""

        def enough() -> list[dict[str, Any]] | None:
            found = self.attempts(message)
            return found if len(found) >= attempts else None

        found = until(enough, f"{attempts} attempts are recorded")
        assert len(found) == attempts, found
        return found

    def resend(self, message: str, endpoint: Endpoint) -> httpx.Response:
        return self.api.post(f"{self.path}/msg/{message}/endpoint/{endpoint.id}/resend")

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"limit": 250}
        while True:
            answer = self.api.get(f"{self.path}{path}", **query)
            assert answer.status_code == 200, answer.text
            page = json.loads(answer.content)
            yield from page["data"]
            if page["done"]:
                return
            query["iterator"] = page["iterator"]
