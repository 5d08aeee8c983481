"""The official Svix SDK from PyPI, unmodified, against the server."""

from collections.abc import Callable

import pytest
from standardwebhooks import Webhook
from svix import Svix, SvixOptions
from svix.api import (
    ApplicationListOptions,
    EventTypeListOptions,
    MessageAttemptListByMsgOptions,
    MessageGetOptions,
    MessageListOptions,
)
from svix.exceptions import HttpError, HTTPValidationError
from svix.models import (
    ApplicationIn,
    ApplicationPatch,
    EndpointIn,
    EndpointPatch,
    EndpointSecretRotateIn,
    EventTypeIn,
    MessageIn,
    MessageStatus,
)

from harness.receiver import Receiver, status
from harness.server import Server
from harness.waiting import until


@pytest.fixture
def svix(godwit: Server) -> Svix:
    return Svix(godwit.token, SvixOptions(server_url=godwit.url))


def test_an_application_lives_and_dies(svix: Svix) -> None:
    made = svix.application.create(ApplicationIn(name="First", uid="sdk-shop", metadata={"plan": "small"}))
    assert svix.application.get("sdk-shop").id == made.id
    assert svix.application.get(made.id).metadata == {"plan": "small"}
    assert svix.application.get_or_create(ApplicationIn(name="Other", uid="sdk-shop")).id == made.id

    patched = svix.application.patch(made.id, ApplicationPatch(name="Second"))
    assert (patched.name, patched.uid) == ("Second", "sdk-shop")
    updated = svix.application.upsert(made.id, ApplicationIn(name="Third", uid="sdk-shop"))
    assert (updated.id, updated.name) == (made.id, "Third")

    found, iterator = set(), None
    while True:
        page = svix.application.list(ApplicationListOptions(iterator=iterator))
        found |= {application.id for application in page.data}
        if page.done:
            break
        iterator = page.iterator
    assert made.id in found

    assert svix.application.delete(made.id) is None
    assert error_of(lambda: svix.application.get(made.id)).status_code == 404


def test_an_event_type_lives_and_dies(svix: Svix) -> None:
    made = svix.event_type.create(EventTypeIn(name="sdk.life", description="Once"))
    assert made.name == "sdk.life"
    assert svix.event_type.get("sdk.life").description == "Once"
    names = [event_type.name for event_type in svix.event_type.list(EventTypeListOptions(limit=250)).data]
    assert "sdk.life" in names
    assert svix.event_type.delete("sdk.life") is None


def test_an_event_is_delivered_listed_and_sent_again(svix: Svix, receiver: Receiver) -> None:
    application = svix.application.create(ApplicationIn(name="Delivered"))
    svix.event_type.create(EventTypeIn(name="sdk.paid", description="A payment was made."))
    endpoint = svix.endpoint.create(
        application.id, EndpointIn(url=receiver.url("/sdk"), event_types=["sdk.paid"], description="Ledger")
    )
    key = svix.endpoint.get_secret(application.id, endpoint.id).key
    assert key.startswith("whsec_")

    message = svix.message.create(application.id, MessageIn(event_type="sdk.paid", payload={"amount": 1}))
    [delivery] = receiver.wait_for_count(1)
    assert delivery.id == message.id
    assert Webhook(key).verify(delivery.body, delivery.headers) == {"amount": 1}

    assert svix.message.get(application.id, message.id, MessageGetOptions(with_content=True)).payload == {"amount": 1}
    assert svix.message.get(application.id, message.id).payload == {}
    assert [listed.id for listed in svix.message.list(application.id).data] == [message.id]
    assert svix.message.list(application.id, MessageListOptions(event_types=["other"])).data == []

    def attempts() -> list:
        return svix.message_attempt.list_by_msg(
            application.id, message.id, MessageAttemptListByMsgOptions(with_content=True)
        ).data

    [attempt] = until(attempts, "the attempt is recorded")
    assert (attempt.status, attempt.response_status_code) == (MessageStatus.SUCCESS, 204)
    assert (attempt.endpoint_id, attempt.msg_id, attempt.url) == (endpoint.id, message.id, receiver.url("/sdk"))
    assert [found.id for found in svix.message_attempt.list_by_endpoint(application.id, endpoint.id).data] == [attempt.id]
    assert svix.message_attempt.get(application.id, message.id, attempt.id).id == attempt.id

    svix.message_attempt.resend(application.id, message.id, endpoint.id)
    assert [again.id for again in receiver.wait_for_count(2)] == [message.id] * 2


def test_an_endpoint_is_changed_rotated_and_deleted(svix: Svix, receiver: Receiver) -> None:
    application = svix.application.create(ApplicationIn(name="Changed"))
    made = svix.endpoint.create(application.id, EndpointIn(url=receiver.url("/a"), uid="ledger", channels=["ch0", "ch1"]))
    assert svix.endpoint.get(application.id, "ledger").channels == ["ch0", "ch1"]

    patched = svix.endpoint.patch(application.id, made.id, EndpointPatch(description="Changed"))
    assert (patched.description, patched.url, patched.uid) == ("Changed", receiver.url("/a"), "ledger")
    updated = svix.endpoint.upsert(application.id, made.id, EndpointIn(url=receiver.url("/b")))
    assert (updated.id, updated.url) == (made.id, receiver.url("/b"))

    old = svix.endpoint.get_secret(application.id, made.id).key
    rotated = svix.endpoint.rotate_secret(application.id, made.id, EndpointSecretRotateIn())
    assert rotated.key.startswith("whsec_") and rotated.key != old
    assert svix.endpoint.get_secret(application.id, made.id).key == rotated.key

    assert [listed.id for listed in svix.endpoint.list(application.id).data] == [made.id]
    assert svix.endpoint.delete(application.id, made.id) is None
    assert error_of(lambda: svix.endpoint.get(application.id, made.id)).status_code == 404


def test_headers_of_an_endpoint_are_kept_and_sent(svix: Svix, receiver: Receiver) -> None:
    application = svix.application.create(ApplicationIn(name="Headers"))
    endpoint = svix.endpoint.create(application.id, EndpointIn(url=receiver.url("/h"), headers={"x-shop": "seoul"}))
    assert svix.endpoint.get_headers(application.id, endpoint.id).headers == {"x-shop": "seoul"}
    svix.message.create(application.id, MessageIn(event_type="sdk.any", payload={"n": 1}))
    [delivery] = receiver.wait_for_count(1)
    assert delivery.headers["x-shop"] == "seoul"


def test_errors_are_typed(svix: Svix, godwit: Server) -> None:
    stranger = Svix("not-a-token", SvixOptions(server_url=godwit.url))
    unauthenticated = error_of(stranger.application.list)
    assert (unauthenticated.status_code, unauthenticated.code) == (401, "authentication_failed")

    missing = error_of(lambda: svix.application.get("nobody"))
    assert (missing.status_code, missing.code) == (404, "not_found")

    svix.application.create(ApplicationIn(name="Taken", uid="sdk-taken"))
    taken = error_of(lambda: svix.application.create(ApplicationIn(name="Taken", uid="sdk-taken")))
    assert (taken.status_code, taken.code) == (409, "conflict")

    svix.event_type.create(EventTypeIn(name="sdk.taken", description=""))
    exists = error_of(lambda: svix.event_type.create(EventTypeIn(name="sdk.taken", description="")))
    assert (exists.status_code, exists.code) == (409, "event_type_exists")

    with pytest.raises(HTTPValidationError) as invalid:
        svix.application.create(ApplicationIn(name="Bad", uid="no spaces"))
    assert [error.loc for error in invalid.value.detail] == [["body", "uid"]]


def test_a_failure_is_shown_as_one(svix: Svix, receiver: Receiver) -> None:
    application = svix.application.create(ApplicationIn(name="Failing"))
    svix.endpoint.create(application.id, EndpointIn(url=receiver.script("/f", status(500, b"not now"), status(204))))
    message = svix.message.create(application.id, MessageIn(event_type="sdk.any", payload={"n": 1}))

    def both() -> list | None:
        found = svix.message_attempt.list_by_msg(
            application.id, message.id, MessageAttemptListByMsgOptions(with_content=True)
        ).data
        return found if len(found) == 2 else None

    success, failure = until(both, "both attempts are recorded")
    assert (success.status, success.response_status_code) == (MessageStatus.SUCCESS, 204)
    assert (failure.response_status_code, failure.response) == (500, "not now")
    assert failure.status in (MessageStatus.FAIL, MessageStatus.SENDING)


def error_of(call: Callable[[], object]) -> HttpError:
    with pytest.raises(HttpError) as error:
        call()
    return error.value
