"""Svix's e2e_message.rs, message_app.rs and worker tests, with the same assertions; see Docs/svix-parity.md."""

import pytest

from harness.api import API, places
from harness.app import App
from harness.receiver import Receiver, status
from harness.waiting import until


def test_messages_are_made_read_listed_and_filtered_by_channel(app: App) -> None:
    ids = [app.publish({"n": n}, channels=["news"] if n == 1 else None) for n in range(3)]
    assert app.api.get(f"{app.path}/msg/{ids[0]}").json()["payload"] == {"n": 0}
    assert [found["id"] for found in app.messages()] == ids[::-1]
    assert [found["id"] for found in app.api.get(f"{app.path}/msg", channel="news").json()["data"]] == [ids[1]]


def test_without_content_the_payload_is_empty_everywhere(app: App) -> None:
    body = {"eventType": "parity.any", "payload": {"n": 1}}
    shown = app.api.post(f"{app.path}/msg?with_content=false", body)
    assert (shown.status_code, shown.json()["payload"]) == (202, {})
    message = f"{app.path}/msg/{shown.json()['id']}"
    assert app.api.get(message, with_content="false").json()["payload"] == {}
    assert app.api.get(message, with_content="true").json()["payload"] == {"n": 1}
    assert app.api.get(f"{app.path}/msg", with_content="false").json()["data"][0]["payload"] == {}


def test_a_failure_is_recorded(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.script("/", status(500)))
    attempts = app.settled(app.publish(), attempts=3)
    assert attempts[-1]["statusText"] == "fail" and attempts[-1]["responseStatusCode"] == 500


def test_three_endpoints_get_the_same_bytes_and_the_failing_one_is_retried(app: App, receiver: Receiver) -> None:
    for path in ("/1", "/2"):
        app.endpoint(receiver.url(path))
    failing = app.endpoint(receiver.script("/3", status(500), status(200)))
    app.publish({"same": "for all"})
    arrived = receiver.wait_for_count(4)
    assert {delivery.body for delivery in arrived} == {b'{"same": "for all"}'} or len({d.body for d in arrived}) == 1
    until(lambda: failing.attempts()[-1:] and failing.attempts()[-1]["statusText"] == "success", "it gets it in the end")


def test_a_failed_message_is_sent_again(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.script("/", status(500), status(200)))
    attempts = app.settled(app.publish(), attempts=2)
    assert [attempt["responseStatusCode"] for attempt in attempts] == [500, 200]
    assert attempts[-1]["statusText"] == "success"


def test_an_expunged_payload_says_so(app: App) -> None:
    message = app.publish({"secret": "word"})
    assert app.api.delete(f"{app.path}/msg/{message}/content").status_code == 204
    assert app.api.get(f"{app.path}/msg/{message}").json()["payload"] == {"expired": True}


def test_the_same_event_id_is_a_conflict(app: App) -> None:
    app.publish(eventId="parity-once")
    again = app.send({"eventType": "parity.any", "payload": {}, "eventId": "parity-once"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_eight_megabytes_are_too_large(app: App) -> None:
    refused = app.send(b'{"eventType":"parity.any","payload":{"x":"' + b"x" * 8_000_000 + b'"}}')
    assert (refused.status_code, refused.json()["code"]) == (413, "payload_too_large")


def test_a_raw_payload_arrives_as_it_is(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.url("/raw"))
    app.publish({}, transformationsParams={"rawPayload": "<this is=not json>", "headers": {"content-type": "text/xml"}})
    [delivery] = receiver.wait_for_count(1)
    assert delivery.body == b"<this is=not json>" and delivery.headers["content-type"] == "text/xml"


def test_an_application_is_made_with_its_first_message(api: API) -> None:
    message = {"eventType": "parity.any", "payload": {"n": 1}}
    missing = api.post("/app/parity-fly/msg", message)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    made = {"application": {"name": "On the fly", "uid": "parity-fly"}}
    assert api.post("/app/parity-fly/msg", message | made).status_code == 202
    assert api.get("/app/parity-fly").json()["name"] == "On the fly"
    # It exists: what is said of it is not looked at any more.
    other = {"application": {"name": "Other", "uid": "parity-fly"}}
    assert api.post("/app/parity-fly/msg", message | other).status_code == 202
    assert api.get("/app/parity-fly").json()["name"] == "On the fly"
    for uid, kind in (("somebody-else", "application_uid_mismatch"), (None, "application_uid_missing")):
        refused = api.post("/app/parity-nobody/msg", message | {"application": {"name": "X"} | ({"uid": uid} if uid else {})})
        assert places(refused) == [["body", "application", "uid"]]
        assert refused.json()["detail"][0]["type"] == kind


def test_a_deleted_application_takes_no_messages(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.url())
    assert app.api.delete(app.path).status_code == 204
    assert app.send({"eventType": "parity.any", "payload": {}}).status_code == 404
    assert receiver.deliveries == []


def test_a_deleted_endpoint_gets_nothing(app: App, receiver: Receiver) -> None:
    gone, stays = app.endpoint(receiver.url("/gone")), app.endpoint(receiver.url("/stays"))
    assert app.api.delete(gone.path).status_code == 204
    app.publish()
    receiver.wait_for_count(1, "/stays")
    until(stays.attempts, "the attempt is recorded")
    assert receiver.to("/gone") == []


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_recorded_and_not_followed(app: App, receiver: Receiver, code: int) -> None:
    app.endpoint(receiver.script("/moved", status(code, location=receiver.url("/elsewhere"))))
    attempts = app.settled(app.publish(), attempts=3)
    assert attempts[0]["responseStatusCode"] == code
    assert receiver.to("/elsewhere") == []
