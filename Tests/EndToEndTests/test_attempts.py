"""Every list of attempts and of attempted messages, with its filters, and what a resend leaves alone."""

from datetime import datetime, timedelta, timezone

import pytest

from harness.api import places
from harness.app import App, Endpoint
from harness.receiver import Receiver, status
from harness.server import Server
from harness.waiting import until


def ids(app: App, path: str, key: str = "id", **query: object) -> list[str]:
    answer = app.api.get(f"{app.path}{path}", **query)
    assert answer.status_code == 200, answer.text
    return [found[key] for found in answer.json()["data"]]


def never(endpoint: Endpoint) -> Endpoint:
    """Its retries don't come while a test runs."""
    endpoint.set_policy(retry={"schedule": ["1h"], "jitter": 0, "maxAge": None}, breaker={"failures": None})
    return endpoint


def test_messages_of_an_endpoint_are_filtered_by_everything_at_once(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    messages = [
        app.publish(event_type=f"att.t{n % 2}", channels=["even"] if n % 2 == 0 else ["odd"], tags=["third"] if n % 3 == 0 else [])
        for n in range(12)
    ]
    until(lambda: len(ids(app, f"/endpoint/{endpoint.id}/msg", status=0)) == 12, "all are delivered")
    for path, key in ((f"/endpoint/{endpoint.id}/msg", "id"), (f"/attempt/endpoint/{endpoint.id}", "msgId"), ("/msg", "id")):
        assert ids(app, path, key, tag="third") == messages[::-1][2::3]
        assert ids(app, path, key, tag="third", channel="even") == [messages[6], messages[0]]
        assert ids(app, path, key, tag="third", event_types="att.t1", channel="odd") == [messages[9], messages[3]]
        assert ids(app, path, key, tag="third", event_types="att.t1", channel="even") == []
        assert ids(app, path, key, event_types="att.t1,att.t0", limit=3) == messages[:-4:-1]
        first = app.api.get(f"{app.path}{path}", event_types="att.t1", limit=2).json()
        assert ids(app, path, key, event_types="att.t1", limit=2, iterator=first["iterator"]) == [messages[7], messages[5]]
        for wrong in ({"tag": "a b"}, {"channel": "a b"}, {"event_types": "a b"}, {"before": "then"}, {"limit": 0}):
            assert places(app.api.get(f"{app.path}{path}", **wrong)) == [["query", *wrong]]


@pytest.mark.parametrize("iterator", ["BAD-$$$ITERATOR", "msg_x", "atmpt_short", "--", "-", "ep_2q1S5SCrBzkCkPHBDSfkLlQnh2b"])
def test_a_bad_iterator_is_refused(app: App, receiver: Receiver, iterator: str) -> None:
    endpoint = app.endpoint(receiver.url())
    message = app.publish()
    paths = (f"/attempt/endpoint/{endpoint.id}", f"/attempt/msg/{message}", f"/endpoint/{endpoint.id}/msg", "/msg")
    for path in paths:
        assert places(app.api.get(f"{app.path}{path}", iterator=iterator)) == [["query", "iterator"]]


def test_after_alone_walks_towards_the_present(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    beginning = (datetime.now(timezone.utc) - timedelta(seconds=1)).isoformat()
    messages = [app.publish({"n": n}) for n in range(7)]
    until(lambda: len(ids(app, f"/attempt/endpoint/{endpoint.id}")) == 7, "all are attempted")
    for path, key in (("/msg", "id"), (f"/endpoint/{endpoint.id}/msg", "id")):
        # The oldest three, and yet newest first.
        first = app.api.get(f"{app.path}{path}", after=beginning, limit=3).json()
        assert [found[key] for found in first["data"]] == messages[2::-1] and first["done"] is False
        second = app.api.get(f"{app.path}{path}", after=beginning, limit=3, iterator=first["prevIterator"]).json()
        assert [found[key] for found in second["data"]] == messages[5:2:-1]
        # With an end it is a window, from its end.
        window = app.api.get(f"{app.path}{path}", after=beginning, before="2999-01-01T00:00:00Z", limit=3).json()
        assert [found[key] for found in window["data"]] == messages[:-4:-1]


def test_attempts_show_their_message_when_asked(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    message = app.publish({"secret": "word"}, eventId="att-shown", tags=["a"])
    app.settled(message, attempts=1)
    for path in (f"/attempt/endpoint/{endpoint.id}", f"/attempt/msg/{message}"):
        [attempt] = app.api.get(f"{app.path}{path}", with_msg="true").json()["data"]
        assert (attempt["msg"]["id"], attempt["msg"]["eventId"], attempt["msg"]["payload"]) == (message, "att-shown", {})
        [attempt] = app.api.get(f"{app.path}{path}").json()["data"]
        assert "msg" not in attempt


def test_the_status_of_a_delivery_as_it_goes_on(app: App, receiver: Receiver) -> None:
    gate = receiver.gate()

    def hang(exchange: object) -> None:
        gate.wait(20)
        status(500)(exchange)

    endpoint = never(app.endpoint(receiver.script("/hook", hang, status(200))))
    path = f"/endpoint/{endpoint.id}/msg"
    message = app.publish()

    def shows(code: int, text: str) -> bool:
        found = app.api.get(f"{app.path}{path}").json()["data"]
        if [(each["status"], each["statusText"]) for each in found] != [(code, text)]:
            return False
        for asked in range(5):
            assert ids(app, path, status=asked) == ([message] if asked == code else [])
        return True

    receiver.wait_for_count(1, "/hook")
    until(lambda: shows(1, "pending"), "no attempt has ended")
    gate.set()
    until(lambda: shows(3, "sending"), "it failed, and is tried again")
    assert app.resend(message, endpoint).status_code == 202
    until(lambda: shows(0, "success"), "it is delivered")
    # What was scheduled is given up only now.
    assert app.api.get(f"{app.path}{path}").json()["data"][0]["nextAttempt"] is None


def test_a_cancelled_delivery_is_a_success_to_older_sdks(app: App, receiver: Receiver) -> None:
    endpoint = never(app.endpoint(receiver.script("/hook", status(500))))
    message = app.publish()
    app.settled(message, attempts=1)
    assert app.api.post(f"{app.path}/msg/{message}/cancel").json() == {"cancelled": 1}
    path = f"/endpoint/{endpoint.id}/msg"
    assert ids(app, path, "status", status=4, expanded_statuses="true") == [4]
    assert ids(app, path, "status", status=4) == [0]
    assert ids(app, path, status=3) == [] and ids(app, path, status=0) == []
    refused = app.resend(message, endpoint)
    assert refused.status_code == 400, refused.text


def test_a_resend_by_hand_leaves_the_schedule_alone(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500)))
    endpoint.set_policy(retry={"schedule": ["2s"], "jitter": 0, "maxAge": None}, breaker={"failures": None})
    message = app.publish()
    app.settled(message, attempts=1)
    assert app.resend(message, endpoint).status_code == 202
    first, by_hand, scheduled = app.settled(message, attempts=3)
    assert [attempt["triggerType"] for attempt in (first, by_hand, scheduled)] == [0, 1, 0]
    assert first["nextAttempt"] <= scheduled["timestamp"]
    assert scheduled["statusText"] == "fail"
    for nowhere in ("msg_2q1S5SCrBzkCkPHBDSfkLlQnh2b", "att-nowhere"):
        assert app.resend(nowhere, endpoint).status_code == 404
    other = app.endpoint(receiver.url("/other"))
    assert app.resend(message, other).status_code == 404


def test_what_a_receiver_answered_can_be_expunged(app: App, receiver: Receiver, godwit: Server) -> None:
    nobody = Receiver(listening=False)
    app.endpoint(receiver.script("/hook", status(200, b"secret answer")))
    refused = never(app.endpoint(nobody.url()))
    message = app.publish()
    attempts = app.settled(message, attempts=2)
    own = godwit.api(godwit.make_token("--app", app.id))
    for attempt in attempts:
        path = f"{app.path}/msg/{message}/attempt/{attempt['id']}"
        assert own.delete(f"{path}/content").status_code == 403
        assert app.api.delete(f"{path}/content").status_code == 204
        shown = app.api.get(path, expanded_statuses="true").json()
        assert shown["response"] == "EXPUNGED"
        kept = ("responseStatusCode", "status", "timestamp", "endpointId")
        assert [shown[name] for name in kept] == [attempt[name] for name in kept]
    assert b"secret" not in app.api.get(f"{app.path}/attempt/msg/{message}").content
    assert app.api.delete(f"{app.path}/msg/{message}/attempt/atmpt_2q1S5SCrBzkCkPHBDSfkLlQnh2b/content").status_code == 404
    other = app.publish()
    assert app.api.delete(f"{app.path}/msg/{other}/attempt/{attempts[0]['id']}/content").status_code == 404
    assert refused.get()["disabled"] is False
    own.close()
    nobody.close()


def test_lists_of_others_are_not_seen(app: App, receiver: Receiver, godwit: Server) -> None:
    endpoint = app.endpoint(receiver.url())
    message = app.publish()
    app.settled(message, attempts=1)
    other = App.create(app.api)
    stranger = godwit.api(godwit.make_token("--app", other.id))
    for path in (f"/endpoint/{endpoint.id}/msg", f"/attempt/endpoint/{endpoint.id}", f"/msg/{message}/endpoint"):
        assert app.api.get(f"{other.path}{path}").status_code == 404
        assert stranger.get(f"{app.path}{path}").status_code == 404
    stranger.close()
