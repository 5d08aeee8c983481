"""A payload is delivered as it came, byte by byte, and so it is signed."""

import json

import pytest

from harness.app import App
from harness.receiver import Receiver

PAYLOADS = {
    "order of keys": b'{"z":1,"a":2,"m":{"y":1,"b":2}}',
    "a key twice": b'{"a":1,"a":2}',
    "number beyond a double": b'{"n":1e400}',
    "integer beyond 64 bits": b'{"n":123456789012345678901234567890}',
    "digits of a fraction": b'{"n":0.1000000000000000055511151231257827,"m":1.0,"e":1E+2,"z":-0}',
    "escaped ASCII": b'{"t":"\\u0041\\/\\b"}',
    "raw unicode": '{"t":"é 한국 🐦","é":1}'.encode(),
    "escaped unicode": b'{"t":"\\ud83d\\udc26 \\uD55C"}',
    "lone surrogate": b'{"t":"\\ud800"}',
    "escaped zero": b'{"t":"a\\u0000b"}',
    "line separators": '{"t":"\u2028\u2029"}'.encode(),
    "white space": b'{ "a" :\t[ 1 ,\r\n 2 ] ,\n\n"b" : { } }',
    "empty": b"{}",
    "100 levels": b'{"d":' * 100 + b"1" + b"}" * 100,
    "arrays 100 deep": b'{"d":' + b"[" * 100 + b"]" * 100 + b"}",
    "500 kB": b'{"text":"' + "가나다라마".encode() * 33_334 + b'"}',
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_the_bytes_arrive_as_they_were_sent(app: App, receiver: Receiver, payload: bytes) -> None:
    endpoint = app.endpoint(receiver.url())
    message = app.publish_bytes(payload)
    [delivery] = receiver.wait_for_count(1)
    assert delivery.body == payload
    endpoint.verify(delivery)
    # The API shows the same bytes within its own.
    assert payload in app.api.get(f"{app.path}/msg/{message}").content


def test_a_resend_has_the_same_bytes(app: App, receiver: Receiver) -> None:
    payload = PAYLOADS["white space"]
    endpoint = app.endpoint(receiver.url())
    message = app.publish_bytes(payload)
    app.settled(message, attempts=1)
    app.resend(message, endpoint)
    assert [delivery.body for delivery in receiver.wait_for_count(2)] == [payload, payload]


def test_fields_around_the_payload_may_come_in_any_order(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.url())
    body = b' { "payload" : {"a": "}"} , "eventId":"e-1", "unknown": [{"payload": 1}], "eventType":"t" } '
    answer = app.send(body)
    assert answer.status_code == 202
    [delivery] = receiver.wait_for_count(1)
    assert delivery.body == b'{"a": "}"}'
    assert json.loads(answer.content)["eventId"] == "e-1"


def test_without_content_the_payload_stays_out(app: App) -> None:
    message = app.publish({"secret": "value"})
    shown = app.api.get(f"{app.path}/msg/{message}", with_content="false")
    assert shown.json()["payload"] == {}
    assert b"value" not in app.api.get(f"{app.path}/msg", with_content="false").content
