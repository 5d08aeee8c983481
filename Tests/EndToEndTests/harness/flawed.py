"""Receivers of webhooks: a right one on the official library, and wrong ones, each with one flaw of the field."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Callable

from standardwebhooks import Webhook, WebhookVerificationError

from .receiver import Delivery, Exchange, Receiver, status

# Raises for what it refuses.
Verify = Callable[[str, Delivery], object]


def official(secret: str, delivery: Delivery) -> None:
    Webhook(secret).verify(delivery.body, delivery.headers, json_parse=False)


class Handler:
    """Verifies, remembers identifiers, counts effects, and answers."""

    def __init__(self, secret: str, verify: Verify = official, *, refusal: int = 401, duplicate: int = 204) -> None:
        self.secret = secret
        self.verify = verify
        self.refusal = refusal
        self.duplicate = duplicate
        self.effects: Counter[str] = Counter()
        self.head = 200
        self._lock = threading.Lock()

    def register(self, receiver: Receiver, path: str = "/hook") -> str:
        return receiver.script(path, self)

    def __call__(self, exchange: Exchange) -> None:
        delivery = exchange.delivery
        if delivery.method == "HEAD":
            status(self.head)(exchange)
            return
        try:
            self.verify(self.secret, delivery)
        except WebhookVerificationError:
            status(self.refusal)(exchange)
            return
        except Exception:
            status(500)(exchange)
            return
        status(self.take(delivery))(exchange)

    def take(self, delivery: Delivery) -> int:
        with self._lock:
            seen = self.effects[delivery.headers.get("webhook-id", "")]
            if not seen:
                self.effects[delivery.headers.get("webhook-id", "")] = 1
        return self.duplicate if seen else 204


class Forgetful(Handler):
    """Has the effect again for every duplicate."""

    def take(self, delivery: Delivery) -> int:
        self.effects[delivery.id] += 1
        return 204


def _code(secret: str, content: bytes) -> bytes:
    return hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256)


def _by_hand(
    secret: str, delivery: Delivery, *, body: bytes | None = None, equal=hmac.compare_digest, seconds=(300, 300), validate=False
) -> None:
    """As many write it themselves; the arguments are the flaws."""
    try:
        id, timestamp, header = (delivery.headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        age = time.time() - int(timestamp)
    except (KeyError, ValueError):
        raise WebhookVerificationError("headers") from None
    if age > seconds[0] or age < -seconds[1]:
        raise WebhookVerificationError("timestamp")
    code = _code(secret, f"{id}.{timestamp}.".encode() + (delivery.body if body is None else body))
    for item in header.split(" "):
        version, _, text = item.partition(",")
        if version == "v1" and equal(code, base64.b64decode(text, validate=validate)):
            return
    raise WebhookVerificationError("signature")


def by_hand(**flaw) -> Verify:
    return lambda secret, delivery: _by_hand(secret, delivery, **flaw)


def rewriting(**style) -> Verify:
    """Parses, writes again, and verifies that."""

    def verify(secret: str, delivery: Delivery) -> None:
        try:
            body = json.dumps(json.loads(delivery.body), **style).encode()
        except ValueError:
            raise WebhookVerificationError("body") from None
        _by_hand(secret, delivery, body=body)

    return verify


def trusting_without(name: str) -> Verify:
    def verify(secret: str, delivery: Delivery) -> None:
        if name in delivery.headers:
            official(secret, delivery)

    return verify


def prefix_equal(left: bytes, right: bytes) -> bool:
    return all(a == b for a, b in zip(left, right))


def any_version(secret: str, delivery: Delivery) -> None:
    header = delivery.headers.get("webhook-signature", "")
    renamed = " ".join("v1," + item.partition(",")[2] for item in header.split(" ") if item)
    Webhook(secret).verify(delivery.body, delivery.headers | {"webhook-signature": renamed}, json_parse=False)


def one_signature(secret: str, delivery: Delivery) -> None:
    """Looks at the first only."""
    first = delivery.headers.get("webhook-signature", "").split(" ")[0]
    Webhook(secret).verify(delivery.body, delivery.headers | {"webhook-signature": first}, json_parse=False)


def ignoring_id(secret: str, delivery: Delivery) -> None:
    """Signs over what it remembers of the body, not over the header's identifier."""
    try:
        number = json.loads(delivery.body)["check"]
        id = f"msg_check_{number['run']}_{number['case']}_{number['number']}"
    except (ValueError, KeyError):
        raise WebhookVerificationError("body") from None
    official_headers = delivery.headers | {"webhook-id": id}
    Webhook(secret).verify(delivery.body, official_headers, json_parse=False)
