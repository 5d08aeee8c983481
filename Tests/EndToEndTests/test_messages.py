"""What a message may be beside its payload, and how its content is removed."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook

from harness.api import API, places
from harness.app import App
from harness.receiver import Receiver, status
from harness.server import Server

RAW = {
    "XML": ("<paid amount='1'/>", "application/xml"),
    "text": ("한국 🐦\r\nsecond line\t", "text/plain; charset=utf-8"),
    "a form": ("a=1&b=%20", "application/x-www-form-urlencoded"),
    "nothing": ("", "text/plain"),
    "a zero byte": ("a\u0000b", "application/octet-stream"),
    "JSON that is no object": ("[1, 2 ,3]", "application/json"),
}


@pytest.mark.parametrize(("body", "content_type"), RAW.values(), ids=RAW.keys())
def test_a_raw_body_arrives_as_it_is(app: App, receiver: Receiver, body: str, content_type: str) -> None:
    endpoint = app.endpoint(receiver.url())
    message = app.publish({"shown": True}, transformationsParams={"rawPayload": body, "headers": {"Content-Type": content_type}})
    [delivery] = receiver.wait_for_count(1)
    assert (delivery.body, delivery.headers["content-type"]) == (body.encode(), content_type)
    endpoint.verify(delivery)
    # The API shows it beside the payload that was published; a feed shows the request.
    shown = app.api.get(f"{app.path}/msg/{message}").json()
    assert (shown["payload"], shown["rawPayload"], shown["contentType"]) == ({"shown": True}, body, content_type)
    assert "rawPayload" not in app.api.get(f"{app.path}/msg/{message}", with_content="false").json()
    [polled] = app.api.get(f"{app.path}/poller/{endpoint.id}").json()["data"]
    Webhook(endpoint.secret).verify(polled["rawPayload"].encode(), polled["headers"], json_parse=False)
    assert polled["headers"]["content-type"] == polled["contentType"] == content_type
    [item] = app.api.get(f"{endpoint.path}/feed").json()["data"]
    assert item["body"] == body and item["headers"]["content-type"] == content_type
    app.settled(message, attempts=1)
    app.resend(message, endpoint)
    assert receiver.wait_for_count(2)[1].body == body.encode()
    assert app.api.delete(f"{app.path}/msg/{message}/content").status_code == 204
    assert "rawPayload" not in app.api.get(f"{app.path}/msg/{message}").json()


def test_without_a_content_type_a_raw_body_goes_as_json_and_a_payload_may_have_its_own(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.url())
    app.publish({}, transformationsParams={"rawPayload": "x"})
    assert receiver.wait_for_count(1)[0].headers["content-type"] == "application/json"
    app.publish({"n": 1}, transformationsParams={"headers": {"content-type": "application/cloudevents+json"}})
    delivery = receiver.wait_for_count(2)[1]
    assert (json.loads(delivery.body), delivery.headers["content-type"]) == ({"n": 1}, "application/cloudevents+json")


def test_a_raw_body_in_a_batch_is_a_text(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    endpoint.set_policy(batch={"maxMessages": 10, "maxWait": "200ms", "format": "json-array"})
    app.publish({}, transformationsParams={"rawPayload": 'a "quoted"\nline', "headers": {"content-type": "text/plain"}})
    [batch] = receiver.wait_for_count(1)
    assert [item["payload"] for item in json.loads(batch.body)] == ['a "quoted"\nline']


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"transformationsParams": {"code": "handler()"}}, ["transformationsParams", "code"]),
        ({"transformationsParams": {"rawPayload": {}}}, ["transformationsParams", "rawPayload"]),
        ({"transformationsParams": {"headers": {"x-other": "a"}}}, ["transformationsParams", "headers"]),
        ({"transformationsParams": {"headers": {"content-type": "a/b\r\nx: y"}}}, ["transformationsParams", "headers"]),
        ({"transformationsParams": {"headers": {"content-type": "no slash"}}}, ["transformationsParams", "headers"]),
        ({"transformationsParams": {"headers": {"content-type": "a/" + "b" * 255}}}, ["transformationsParams", "headers"]),
        ({"payloadRetentionPeriod": 0}, ["payloadRetentionPeriod"]),
        ({"payloadRetentionPeriod": 91}, ["payloadRetentionPeriod"]),
        ({"payloadRetentionHours": 0}, ["payloadRetentionHours"]),
        ({"payloadRetentionHours": 2161}, ["payloadRetentionHours"]),
        ({"payloadRetentionHours": 1, "payloadRetentionPeriod": 1}, ["payloadRetentionHours"]),
        ({"application": {"name": ""}}, ["application", "name"]),
        ({"application": []}, ["application"]),
    ],
)
def test_fields_that_are_wrong_are_named(app: App, fields: dict, place: list[str]) -> None:
    assert places(app.send({"eventType": "a", "payload": {}} | fields)) == [["body", *place]]


@pytest.mark.parametrize("fields", [{"payloadRetentionPeriod": 1}, {"payloadRetentionPeriod": 90}, {"payloadRetentionHours": 1}])
def test_a_payload_is_kept_as_long_as_asked(app: App, fields: dict) -> None:
    assert app.send({"eventType": "a", "payload": {}} | fields).status_code == 202
    # What is scheduled beyond that could not be delivered.
    late = (datetime.now(timezone.utc) + timedelta(days=91)).isoformat()
    assert places(app.send({"eventType": "a", "payload": {}, "deliverAt": late} | fields)) == [["body", "deliverAt"]]


def test_an_application_of_another_organization_is_not_seen(api: API, godwit: Server) -> None:
    other = godwit.api(godwit.make_token("--org", "org_messages_other"))
    body = {"eventType": "a", "payload": {}, "application": {"name": "Mine", "uid": "msg-shared-uid"}}
    made = [each.post("/app/msg-shared-uid/msg", body) for each in (api, other)]
    assert [answer.status_code for answer in made] == [202, 202]
    assert api.get("/app/msg-shared-uid").json()["id"] != other.get("/app/msg-shared-uid").json()["id"]
    assert other.get(f"/app/msg-shared-uid/msg/{made[0].json()['id']}").status_code == 404
    other.close()


def test_a_wrong_request_makes_no_application(api: API) -> None:
    for wrong in ({"eventType": "a b"}, {"payload": []}, {"deliverAt": "2999-01-01T00:00:00Z"}):
        body = {"eventType": "a", "payload": {}, "application": {"name": "No", "uid": "msg-never"}} | wrong
        assert api.post("/app/msg-never/msg", body).status_code == 422
    assert api.get("/app/msg-never").status_code == 404


def test_an_idempotency_key_holds_for_the_first_message_of_an_application_too(api: API) -> None:
    body = {"eventType": "a", "payload": {}, "application": {"name": "Once", "uid": "msg-once"}}
    made = [api.post("/app/msg-once/msg", body, idempotency_key="first") for _ in range(2)]
    assert made[0].json()["id"] == made[1].json()["id"]


def test_a_precheck_answers_as_a_publish_would_be_delivered(app: App, receiver: Receiver) -> None:
    def active(**fields: object) -> bool:
        answer = app.api.post(f"{app.path}/msg/precheck/active", {"eventType": "msg.paid"} | fields)
        assert answer.status_code == 200, answer.text
        return answer.json()["active"]

    assert not active()
    assert app.api.post("/event-type", {"name": "msg.paid", "description": ""}).status_code in (201, 409)
    endpoint = app.endpoint(receiver.url(), eventTypes=["msg.paid"], channels=["vip"])
    assert active(channels=["vip", "other"])
    assert not active() and not active(channels=["other"]) and not active(eventType="msg.other", channels=["vip"])
    app.api.patch(endpoint.path, {"disabled": True})
    assert not active(channels=["vip"])
    assert places(app.api.post(f"{app.path}/msg/precheck/active", {"channels": "vip"})) == [["body", "eventType"], ["body", "channels"]]


def test_expunged_content_is_gone_everywhere(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    message = app.publish({"secret": "word"}, eventId="msg-secret", transformationsParams={"rawPayload": "secret word"})
    app.settled(message, attempts=1)
    assert app.api.delete(f"{app.path}/msg/msg-secret/content").status_code == 204
    assert app.api.delete(f"{app.path}/msg/{message}/content").status_code == 204
    for path in (f"{app.path}/msg", f"{app.path}/msg/{message}", f"{endpoint.path}/msg", f"{endpoint.path}/feed"):
        assert b"word" not in app.api.get(path).content
    refused = app.resend(message, endpoint)
    assert (refused.status_code, refused.json()["code"]) == (400, "missing_payload")
    assert app.api.delete(f"{app.path}/msg/msg-none/content").status_code == 404


def test_what_still_waits_is_not_sent_once_it_is_expunged(app: App, receiver: Receiver) -> None:
    later = (datetime.now(timezone.utc) + timedelta(seconds=1)).isoformat()
    endpoint = app.endpoint(receiver.url())
    retried = app.endpoint(receiver.script("/fails", status(500)))
    retried.set_policy(retry={"schedule": ["1h"], "jitter": 0, "maxAge": None})
    message = app.publish({"secret": 1}, deliverAt=later)
    other = app.publish({"secret": 2})
    app.settled(other, attempts=2)
    for each in (message, other):
        assert app.api.delete(f"{app.path}/msg/{each}/content").status_code == 204
    marker = app.publish({"marker": 1}, deliverAt=later)
    receiver.wait_for(lambda found: any(delivery.id == marker for delivery in found), "/")
    assert message not in {delivery.id for delivery in receiver.deliveries}
    statuses = {found["id"]: found["statusText"] for found in app.api.get(f"{app.path}/msg/{other}/endpoint").json()["data"]}
    assert statuses == {endpoint.id: "success", retried.id: "canceled"}


def test_many_are_expunged_at_once(app: App) -> None:
    stranger = App.create(app.api).publish()
    messages = [app.publish(), app.publish(eventId="msg-named")]
    kept = app.publish()
    asked = [messages[0], "msg-named", "msg-unknown", stranger, "msg_2q1S5SCrBzkCkPHBDSfkLlQnh2b"]
    answer = app.api.post(f"{app.path}/msg/bulk-expunge", {"ids": asked})
    assert answer.json() == {
        "results": {messages[0]: "expunged", "msg-named": "expunged"} | dict.fromkeys(asked[2:], "not-found")
    }
    shown = {found["id"]: found["payload"] for found in app.messages()}
    assert shown == dict.fromkeys(messages, {"expired": True}) | {kept: {"amount": 15000}}
    assert app.api.post(f"{app.path}/msg/bulk-expunge", {}).json() == {"results": {}}
    assert places(app.api.post(f"{app.path}/msg/bulk-expunge", {"ids": ["a b"]})) == [["body", "ids", "0"]]
    assert places(app.api.post(f"{app.path}/msg/bulk-expunge", {"ids": [f"m{n}" for n in range(1001)]})) == [["body", "ids"]]


def test_only_an_organization_removes_content(app: App, godwit: Server) -> None:
    message = app.publish()
    own = godwit.api(godwit.make_token("--app", app.id))
    assert own.delete(f"{app.path}/msg/{message}/content").status_code == 403
    assert own.post(f"{app.path}/msg/bulk-expunge", {"ids": [message]}).status_code == 403
    assert own.post(f"{app.path}/msg/expunge-all-contents").status_code == 403
    assert own.post(f"{app.path}/msg/precheck/active", {"eventType": "a"}).status_code == 200
    stranger = godwit.api(godwit.make_token("--org", "org_messages_stranger"))
    assert stranger.delete(f"{app.path}/msg/{message}/content").status_code == 404
    for each in (own, stranger):
        each.close()


def test_expunged_content_stays_gone_after_a_kill(serve: Callable[..., Server], receiver: Receiver) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    raw = {"rawPayload": "kept", "headers": {"content-type": "text/plain"}}
    gone, kept = app.publish({"secret": "word"}), app.publish({}, transformationsParams=raw, channels=["news"])
    assert app.api.delete(f"{app.path}/msg/{gone}/content").status_code == 204
    server.kill()
    server.start()
    app = App(server.api(), app.id)
    assert app.api.get(f"{app.path}/msg/{gone}").json()["payload"] == {"expired": True}
    assert [found["id"] for found in app.api.get(f"{app.path}/msg", channel="news").json()["data"]] == [kept]
    endpoint = app.endpoint(receiver.url())
    task = app.api.post(f"{endpoint.path}/replay-missing", {"since": "2020-01-01T00:00:00Z"})
    assert task.status_code == 202
    assert receiver.wait_for_count(1)[0].body == b"kept"
