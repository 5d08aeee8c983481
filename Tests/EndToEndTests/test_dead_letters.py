"""What was given up is listed, can be sent again, and says so; and why a message went where it went can be asked."""

import json

from harness.app import App
from harness.receiver import Receiver, status
from harness.waiting import until


def test_what_is_exhausted_is_listed_and_what_is_delivered_is_not(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500), status(500), status(500), status(204)))
    other = app.endpoint(receiver.url("/other"))
    dead = app.publish()
    app.settled(dead, attempts=4)
    delivered = app.publish()
    app.settled(delivered, attempts=2)
    listed = json.dumps(list(app.pages(f"/endpoint/{endpoint.id}/dead-letter")))
    assert dead in listed and delivered not in listed
    assert list(app.pages(f"/endpoint/{other.id}/dead-letter")) == []


def test_what_is_sent_again_says_so_and_leaves_the_list(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.script("/hook", status(500), status(500), status(500), status(204)))
    message = app.publish()
    app.settled(message, attempts=3)
    assert app.resend(message, endpoint).status_code == 202
    *scheduled, again = receiver.wait_for_count(4)
    assert all("webhook-replay" not in delivery.headers for delivery in scheduled)
    assert again.headers["webhook-replay"] and again.id == message
    endpoint.verify(again)
    until(lambda: not list(app.pages(f"/endpoint/{endpoint.id}/dead-letter")), "it is no dead letter any more")


def test_why_a_message_went_where_it_went(app: App, receiver: Receiver) -> None:
    wants = app.endpoint(receiver.url("/wants"), channels=["seoul"])
    other = app.endpoint(receiver.url("/other"), channels=["busan"])
    message = app.publish(channels=["seoul"])
    app.settled(message, attempts=1)
    answer = app.api.get(f"{app.path}/msg/{message}/explain")
    assert answer.status_code == 200, answer.text
    # Every endpoint of the application is named: also the one that did not get it.
    assert wants.id in answer.text and other.id in answer.text
    assert app.api.get(f"{app.path}/msg/msg_1srOrx2ZWZBpBUvZwXKQmoEYga2/explain").status_code == 404
