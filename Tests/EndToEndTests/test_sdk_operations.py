"""Every operation of the official SDK: those in scope work and have the SDK's own shapes; the others are refused in words."""

import os
import re
from collections.abc import Iterator

import httpx
import pytest
import svix

from harness.description import Description
from harness.receiver import Receiver
from harness.sdk import calls_access, calls_application, calls_endpoint, calls_message, calls_operational  # noqa: F401
from harness.sdk.operations import REFERENCE, Operation, in_code, listed
from harness.sdk.world import CALLS, World
from harness.server import Server
from harness.traffic import recorded

IN_SCOPE = [operation for operation in listed() if not operation.refusal]
OUT_OF_SCOPE = [operation for operation in listed() if operation.refusal]

# Where newer releases of the SDK read something else than the description they were made from says.
NEWER = {"v1.endpoint.rotate-secret", "v1.operational-webhook.endpoint.rotate-secret"}


@pytest.fixture(scope="module")
def world(godwit: Server) -> Iterator[World]:
    receiver = Receiver()
    yield World(godwit, receiver)
    receiver.close()


@pytest.fixture(scope="module")
def reference() -> Description:
    if not REFERENCE.exists():
        pytest.skip("the SDK's own description isn't here")
    return Description.of_sdk(REFERENCE)


def test_every_operation_of_the_installed_sdk_is_listed() -> None:
    assert svix.__version__ == os.environ.get("EXPECTED_SDK", svix.__version__)
    assert in_code() - {operation.place for operation in listed()} == set()


def test_every_operation_of_the_sdks_description_is_listed(reference: Description) -> None:
    ours = {operation.name: operation.place for operation in listed()}
    assert {name: place for name, place in reference.operations().items() if ours.get(name) != place} == {}


def test_every_operation_in_scope_is_described_under_its_name_and_driven() -> None:
    described = Description.of_ours().operations()
    assert {operation.name: operation.place for operation in IN_SCOPE if described.get(operation.name) != operation.place} == {}
    assert CALLS.keys() == {operation.name for operation in IN_SCOPE}


@pytest.mark.parametrize("operation", IN_SCOPE, ids=str)
def test_the_sdk_drives(operation: Operation, world: World) -> None:
    with recorded() as traffic:
        CALLS[operation.name](world)
    answers = [answer for request, answer in traffic if operation.is_of(request.method, request.url.path)]
    assert [answer for answer in answers if answer.is_success], [answer.request.url for _, answer in traffic]
    if REFERENCE.exists() and operation.name not in NEWER:
        for answer in answers:
            assert complaint(answer) is None


@pytest.mark.parametrize("operation", OUT_OF_SCOPE, ids=str)
def test_what_is_out_of_scope_is_refused_in_words(operation: Operation, world: World) -> None:
    path = re.sub(r"\{\w+\}", "some", operation.path)
    answer = httpx.request(
        operation.method, f"{world.server.url}{path}", headers={"authorization": f"Bearer {world.server.token}"}, json={}
    )
    assert answer.status_code == 404, answer.text
    assert answer.json()["code"] == "not_found"
    assert "does not" in answer.json()["detail"] or "doesn't" in answer.json()["detail"], answer.text


_reference: list[Description] = []


def complaint(answer: httpx.Response) -> str | None:
    """By the SDK's description."""
    if not _reference:
        _reference.append(Description.of_sdk(REFERENCE))
    return _reference[0].complaint(
        answer.request.method,
        answer.request.url.path,
        answer.status_code,
        answer.headers.get("content-type", ""),
        answer.content,
    )
