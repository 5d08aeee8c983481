"""Every delivery verifies with the official Standard Webhooks library, and nothing that was changed does."""

import base64
from collections.abc import Callable

import pytest
from standardwebhooks import Webhook

from harness.app import App, Endpoint
from harness.receiver import Delivery, Receiver
from harness.server import Server


def test_a_delivery_carries_the_standard_headers_and_verifies(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url("/hook?tenant=1"))
    message = app.publish({"amount": 1})
    [delivery] = receiver.wait_for_count(1)
    endpoint.verify(delivery)
    assert (delivery.method, delivery.path) == ("POST", "/hook?tenant=1")
    assert (delivery.id, delivery.attempt, delivery.sequence) == (message, 1, 1)
    assert abs(delivery.at - delivery.timestamp) < 5
    assert delivery.headers["content-type"] == "application/json"
    assert delivery.headers["user-agent"].startswith("Godwit/")


def test_a_changed_body_id_timestamp_or_secret_is_refused(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    app.publish({"amount": 15000})
    [delivery] = receiver.wait_for_count(1)
    endpoint.verify(delivery)
    assert endpoint.refuses(delivery, delivery.body.replace(b"15000", b"15001"))
    assert endpoint.refuses(delivery, delivery.body + b" ")
    for name, value in {"webhook-id": "msg_other", "webhook-timestamp": str(delivery.timestamp - 1)}.items():
        forged = Delivery(delivery.method, delivery.path, delivery.headers | {name: value}, delivery.body)
        assert endpoint.refuses(forged, delivery.body), name
    other = app.endpoint(receiver.url("/other"))
    assert other.secret != endpoint.secret
    assert other.refuses(delivery, delivery.body)


@pytest.mark.parametrize("key", [None, "whsec_" + base64.b64encode(b"a new key of 32 bytes, by a user").decode()])
def test_after_a_rotation_the_old_and_the_new_secret_verify(app: App, receiver: Receiver, key: str | None) -> None:
    endpoint = app.endpoint(receiver.url())
    answer = app.api.post(f"{endpoint.path}/secret/rotate", {"key": key} if key else {})
    assert answer.status_code == 200
    new = answer.json()["key"]
    assert new != endpoint.secret and (key is None or new == key)
    app.publish()
    [delivery] = receiver.wait_for_count(1)
    endpoint.verify(delivery)
    rotated(endpoint, new).verify(delivery)
    assert len(delivery.headers["webhook-signature"].split(" ")) == 2


def test_a_rotation_without_grace_ends_the_old_secret(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    answer = app.api.post(f"{endpoint.path}/secret/rotate", {"gracePeriodSeconds": 0})
    app.publish()
    [delivery] = receiver.wait_for_count(1)
    rotated(endpoint, answer.json()["key"]).verify(delivery)
    assert endpoint.refuses(delivery, delivery.body)


def test_old_secrets_do_not_pile_up(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    codes = [app.api.post(f"{endpoint.path}/secret/rotate", {}).status_code for _ in range(11)]
    assert codes == [200] * 10 + [400]


def test_a_secret_of_the_users_own_signs(app: App, receiver: Receiver) -> None:
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    endpoint = app.endpoint(receiver.url(), secret=secret)
    assert endpoint.secret == secret
    app.publish()
    endpoint.verify(*receiver.wait_for_count(1))


def test_the_svix_names_are_sent_too_when_asked_for(serve: Callable[..., Server], receiver: Receiver) -> None:
    app = App.create(serve("--dev", "--svix-headers").api())
    endpoint = app.endpoint(receiver.url())
    app.publish()
    [delivery] = receiver.wait_for_count(1)
    renamed = {
        name.replace("svix-", "webhook-"): delivery.headers[name] for name in ("svix-id", "svix-timestamp", "svix-signature")
    }
    Webhook(endpoint.secret).verify(delivery.body, renamed)
    endpoint.verify(delivery)


def rotated(endpoint: Endpoint, secret: str) -> Endpoint:
    return Endpoint(endpoint.app, endpoint.id, secret)
