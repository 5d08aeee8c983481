"""Examples/toss-payments: what is proved decides what is done, and the payment's state comes from the API alone."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.app import App
from harness.example import Example
from harness.receiver import Answer, Delivery, Exchange, Receiver, after, status
from harness.server import run
from harness.waiting import until

SECURITY_KEY = "0123456789abcdef" * 4
KOREA = timezone(timedelta(hours=9))
TRANSMISSION = "tosspayments-webhook-transmission"


class Shop:
    """The receiver under test with one order, and an API in place of Toss Payments'."""

    def __init__(self, folder: Path, api: Receiver) -> None:
        self.api = api
        self.status = "WAITING_FOR_DEPOSIT"
        self.answer: Answer = self._payment
        api.accept = self._accept  # type: ignore[method-assign]
        self.asked: list[Delivery] = []
        self.example = Example("toss", folder, "/webhooks/toss")
        self.settings = {
            "TOSS_SECURITY_KEY": SECURITY_KEY, "TOSS_SECRET_KEY": "test_sk_1", "TOSS_API": api.url("").rstrip("/"),
        }  # fmt: skip
        self.example.start(**self.settings)
        self.file = folder / "toss.db"
        with self.database() as database:
            database.execute("INSERT INTO orders VALUES ('o1', 'pay_1', 'ps_secret', 'WAITING_FOR_DEPOSIT')")

    def _accept(self, delivery: Delivery) -> Answer:
        self.asked.append(delivery)
        return self.answer

    def _payment(self, exchange: Exchange) -> None:
        payment = {"paymentKey": "pay_1", "orderId": "o1", "status": self.status, "totalAmount": 15000}
        status(200, json.dumps(payment).encode(), content_type="application/json")(exchange)

    def database(self) -> Any:
        return closing(sqlite3.connect(self.file, timeout=10, isolation_level=None))

    def rows(self, sql: str) -> list[Any]:
        with self.database() as database:
            return [row[0] for row in database.execute(sql)]

    def changes(self) -> list[str]:
        return self.rows("SELECT status FROM order_changes ORDER BY rowid")

    def is_idle(self) -> bool:
        return not self.rows("SELECT 1 FROM lookups")

    def post(self, event: dict[str, Any] | bytes, id: str = "whtrans_1", **headers: str) -> int:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        usual = {f"{TRANSMISSION}-id": id, f"{TRANSMISSION}-retried-count": "0", f"{TRANSMISSION}-time": now()}
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(self.example.url, content=body, headers=usual | headers, trust_env=False, timeout=30).status_code

    def post_signed(self, event: bytes, id: str = "whtrans_1", at: str | None = None, sent: bytes | None = None) -> int:
        """Signed by the command line's `sign`, as Toss Payments signs."""
        at = at or now()
        made = run(
            "sign", "--provider", "tosspayments", "--secret", SECURITY_KEY, "--at", at, "--id", id, "--data", event.decode(),
            folder=self.file.parent,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        headers = dict(line.split(": ", 1) for line in made.stdout.splitlines())
        return self.post(sent or event, **headers)


def now(minutes: int = 0) -> str:
    return (datetime.now(tz=KOREA) + timedelta(minutes=minutes)).isoformat(timespec="seconds")


@pytest.fixture
def shop(tmp_path: Path, receiver: Receiver) -> Iterator[Shop]:
    shop = Shop(tmp_path, receiver)
    yield shop
    code = shop.example.stop()
    assert code == 0


def status_changed(payment_key: str = "pay_1", status: str = "DONE") -> dict[str, Any]:
    data = {"paymentKey": payment_key, "orderId": "o1", "status": status}
    return {"eventType": "PAYMENT_STATUS_CHANGED", "createdAt": "2026-11-25T17:00:00.000000", "data": data}


def deposit(secret: str = "ps_secret", order: str = "o1") -> dict[str, Any]:
    return {
        "createdAt": "2026-11-25T17:00:00.000000", "secret": secret, "status": "DONE", "transactionKey": "9FF1", "orderId": order,
    }  # fmt: skip


def payout(state: str = "COMPLETED", created: str = "2026-11-25T17:00:00+09:00") -> bytes:
    # 5000.0 and the spaces are gone after parsing and writing: only the bytes as they came have the right signature.
    return (
        f'{{"eventType": "payout.changed","createdAt":"{created}","version":"2022-11-16","eventId":"evt_1","entityType":"payout",'
        f'"entityBody":{{"id":"FPA_12345","amount":{{"currency":"KRW","value":5000.0}},"status":"{state}","error":null}}}}'
    ).encode()


def test_an_unsigned_event_of_the_real_server_is_looked_up(app: App, shop: Shop) -> None:
    """Godwit stands in for Toss Payments: its preset has the same schedule, and the endpoint adds the header."""
    shop.status = "DONE"
    endpoint = app.endpoint(shop.example.url, headers={f"{TRANSMISSION}-id": "whtrans_1"})
    endpoint.set_policy(retry={"preset": "toss"})
    message = app.publish(status_changed(), "PAYMENT_STATUS_CHANGED")
    app.settled(message, 1)
    until(lambda: shop.changes() and shop.is_idle(), "the payment is looked up")
    app.resend(message, endpoint)
    assert [attempt["responseStatusCode"] for attempt in app.settled(message, 2)] == [200, 200]
    until(lambda: len(shop.asked) > 1 and shop.is_idle(), "it is looked up again")
    assert (shop.changes(), shop.rows("SELECT status FROM orders")) == (["DONE"], ["DONE"])
    first = shop.asked[0]
    assert (first.method, first.path) == ("GET", "/v1/payments/pay_1")
    assert first.headers["authorization"] == "Basic " + base64.b64encode(b"test_sk_1:").decode()


def test_what_an_unsigned_event_says_is_not_believed(shop: Shop) -> None:
    assert shop.post(status_changed(status="DONE")) == 200
    until(lambda: shop.asked and shop.is_idle(), "the payment is looked up")
    # The API says that it still waits for the deposit.
    assert (shop.changes(), shop.rows("SELECT status FROM orders")) == ([], ["WAITING_FOR_DEPOSIT"])
    asked = len(shop.asked)
    # Strangers can't spend the API's quota on payments that aren't ours; ours may not be stored yet, so it has to come again.
    assert shop.post(status_changed("pay_stranger"), "whtrans_2") == 503
    # Nothing can be asked about these.
    assert shop.post({"eventType": "BILLING_DELETED", "createdAt": "x", "data": {"billingKey": "b"}}, "whtrans_3") == 200
    assert shop.post(b"no JSON", "whtrans_4") == 200
    assert (shop.is_idle(), len(shop.asked)) == (True, asked)


def test_a_deposit_needs_the_secret_of_its_order_and_the_api_decides(shop: Shop) -> None:
    for forged in (deposit("ps_forged"), deposit(SECURITY_KEY), deposit(order="o2")):
        assert shop.post(forged) == 401
    assert shop.post(deposit("")) == 400
    assert (shop.is_idle(), shop.asked) == (True, [])
    shop.status = "DONE"
    # The same change comes twice when both events are registered, and each of them twice again.
    for id in ("whtrans_1", "whtrans_1", "whtrans_2"):
        assert shop.post(deposit(), id) == 200
        assert shop.post(status_changed(), id + "b") == 200
    until(lambda: shop.changes() and shop.is_idle(), "the payment is looked up")
    assert shop.changes() == ["DONE"]
    shop.status = "CANCELED"
    assert shop.post(deposit(), "whtrans_3") == 200
    until(lambda: len(shop.changes()) == 2, "the next change")
    assert shop.changes() == ["DONE", "CANCELED"]


def test_the_answer_does_not_wait_for_the_api(shop: Shop) -> None:
    """Toss Payments waits for 10 s; an API that hangs, and then fails, costs a later look-up and no webhook."""
    gate = shop.api.gate()
    shop.answer = after(gate, status(500))
    shop.status = "DONE"
    assert shop.post(deposit()) == 200
    until(lambda: shop.asked, "the API is asked")
    assert shop.post(deposit(), "whtrans_2") == 200
    shop.answer = shop._payment
    gate.set()
    until(shop.changes, "the payment is looked up again")
    assert shop.changes() == ["DONE"]


def test_a_look_up_survives_a_crash(shop: Shop) -> None:
    shop.answer = status(503)
    shop.status = "DONE"
    assert shop.post(deposit()) == 200
    shop.example.kill()
    shop.answer = shop._payment
    shop.example.start(**shop.settings)
    until(lambda: shop.changes() == ["DONE"], "the payment is looked up after all")


def test_a_signed_event_is_believed_once(shop: Shop) -> None:
    assert shop.post_signed(payout()) == 200
    assert shop.post_signed(payout()) == 200
    # The identifier isn't signed: under another one, the content still tells that nothing is new.
    assert shop.post_signed(payout(), "whtrans_2") == 200
    # What is older comes late and changes nothing.
    assert shop.post_signed(payout("FAILED", "2026-11-25T16:59:59+09:00"), "whtrans_3") == 200
    assert shop.rows("SELECT status FROM entity_changes") == ["COMPLETED"]
    assert shop.post_signed(payout("FAILED", "2026-11-25T17:00:01+09:00"), "whtrans_4") == 200
    assert shop.rows("SELECT status FROM entity_changes ORDER BY rowid") == ["COMPLETED", "FAILED"]
    assert shop.asked == []


def test_a_wrong_signature_is_refused(shop: Shop) -> None:
    assert shop.post_signed(payout(), sent=payout("FAILED")) == 401
    assert shop.post_signed(payout(), sent=json.dumps(json.loads(payout())).encode()) == 401
    assert shop.post_signed(payout(), at=now(-6)) == 401
    assert shop.post_signed(payout(), at=now(6)) == 401
    # These are always signed: without a signature they aren't taken for an unsigned event, nor with the secret of an order.
    assert shop.post(payout()) == 400
    assert shop.post(json.loads(payout()) | deposit("ps_forged")) == 401
    assert shop.rows("SELECT status FROM entity_changes") == []
    assert shop.post_signed(b'{"eventType":"payout.changed"}') == 422


def test_only_published_addresses(shop: Shop) -> None:
    shop.example.kill()
    shop.example.start(**shop.settings, ONLY_FROM_TOSS="1")
    assert shop.post(deposit()) == 403
    assert shop.post(deposit(), x_forwarded_for="13.124.18.147") == 403
    shop.example.kill()
    shop.example.start(**shop.settings, ONLY_FROM_TOSS="1", TRUSTED_PROXIES="127.0.0.0/8")
    assert shop.post(deposit(), x_forwarded_for="1.2.3.4") == 403
    assert shop.post(deposit(), x_forwarded_for="1.2.3.4, 13.124.18.147") == 200


def test_it_is_no_receiver_of_standard_webhooks(tmp_path: Path, shop: Shop) -> None:
    """`godwit check` signs by Standard Webhooks, which Toss Payments doesn't use: everything it sends is refused, and changes nothing."""
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    checked = run("check", shop.example.url, "--secret", secret, "--output", "json", folder=tmp_path, patience=120)
    cases = {case["name"]: case["outcome"] for case in json.loads(checked.stdout)["cases"]}
    assert {name for name, outcome in cases.items() if outcome == "passed"} == {"head", "in-time"}
    assert (shop.is_idle(), shop.asked, shop.changes()) == (True, [], [])
