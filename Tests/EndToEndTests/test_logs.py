"""Secrets and payloads never reach the log, at any level, also when something goes wrong."""

import base64
from collections.abc import Callable

from harness.app import App
from harness.receiver import Receiver, hang_up, status
from harness.server import Server
from harness.wire import Wire, request

CANARY = "canary7f3a"


def test_no_secret_and_no_payload_is_in_the_log(serve: Callable[..., Server], receiver: Receiver) -> None:
    signing_key = f"{CANARY}-signing-key-of-32-bytes--"
    secret = "whsec_" + base64.b64encode(signing_key.encode()).decode()
    jwt_secret = f"{CANARY}-jwt-secret"
    server = serve("--dev", "--log-level", "trace", "--retry-schedule", "50ms", GODWIT_JWT_SECRET=jwt_secret)
    api = server.api()
    app = App.create(api, name=f"{CANARY}-name", metadata={"note": f"{CANARY}-metadata"})
    receiver.script("/hook", status(500, f"{CANARY}-response".encode()), status(204))
    endpoint = app.endpoint(
        receiver.url("/hook") + f"?key={CANARY}-query", secret=secret, headers={"authorization": f"Bearer {CANARY}-header"}
    )
    app.endpoint(receiver.script("/closed", hang_up), secret=secret, headers={"x-key": f"{CANARY}-header"})

    message = app.publish({"card": f"{CANARY}-payload"}, channels=["c"])
    receiver.wait_for(lambda deliveries: len(deliveries) >= 3)
    app.settled(message, attempts=3)
    app.resend(message, endpoint)
    receiver.wait_for_count(4)

    # What goes wrong.
    app.send(f'{{"eventType":"a","payload":{{"card":"{CANARY}-broken"'.encode())
    app.send({"eventType": f"{CANARY} type", "payload": {"card": CANARY}})
    app.send({"eventType": "a", "payload": {"card": CANARY}, "eventId": "once"}, idempotency_key=f"{CANARY}-key")
    app.send({"eventType": "a", "payload": {"card": CANARY * 2}, "eventId": "once"})
    app.send(CANARY.encode() * 150_000)
    app.api.post(f"{app.path}/endpoint", {"url": f"ftp://{CANARY}@host/", "secret": f"whsec_{CANARY}"})
    app.api.post(f"{endpoint.path}/secret/rotate", {"key": secret})
    server.api(f"{CANARY}.token.here").get("/app")
    server.api(jwt_secret).get("/app")
    api.get(f"/{CANARY}-path?token={CANARY}-query")
    with Wire(server.port) as wire:
        wire.send(request("POST", f"{app.path}/msg", server.token, f'{{"payload":"{CANARY}'.encode(), x_canary=CANARY)[:-2])
    with Wire(server.port) as wire:
        wire.send(f"{CANARY} {CANARY}\r\n\r\n".encode())

    server.kill()
    server.start()
    app = App(server.api(), app.id)
    app.publish({"card": f"{CANARY}-payload"})
    receiver.wait_for_count(6)
    assert server.stop() == 0

    assert len(server.log) > 0, "at this level there is something to read"
    found = [line for line in server.log.splitlines() if CANARY in line]
    assert found == []
    for kept in (secret, secret.removeprefix("whsec_"), server.token, server.token.split(".")[2]):
        assert kept not in server.log
    signatures = {delivery.headers["webhook-signature"] for delivery in receiver.deliveries}
    assert not any(signature in server.log for signature in signatures)


def test_errors_do_not_repeat_secrets(app: App) -> None:
    answers = [
        app.api.post(f"{app.path}/endpoint", {"url": f"https://user:{CANARY}@example.com/"}),
        app.api.post(f"{app.path}/endpoint", {"url": "http://127.0.0.1:9/", "secret": f"whsec_{CANARY}!"}),
        app.api.post(f"{app.path}/endpoint", {"url": "http://127.0.0.1:9/", "headers": {"x-a": f"{CANARY}\n"}}),
        app.send(f'{{"eventType":"a","payload":{{"card":"{CANARY}" x'.encode()),
        app.send({"eventType": 1, "payload": f"{CANARY}"}),
    ]
    assert [answer.status_code for answer in answers] == [422] * len(answers)
    assert [answer.text for answer in answers if CANARY in answer.text] == []


def test_lists_and_endpoints_do_not_show_secrets(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url(), headers={"authorization": f"Bearer {CANARY}"})
    shown = [app.api.get(endpoint.path).text, app.api.get(f"{app.path}/endpoint").text]
    assert all(endpoint.secret not in text and CANARY not in text for text in shown)
    headers = app.api.get(f"{endpoint.path}/headers")
    assert CANARY not in headers.text
    assert headers.json()["sensitive"] == ["authorization"]
