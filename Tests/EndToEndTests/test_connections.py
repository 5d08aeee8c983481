"""How deliveries get to their receiver: connections, names, TLS."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.app import App
from harness.authority import Authority
from harness.receiver import Receiver, and_hang_up, status
from harness.server import Server


def test_connections_are_kept_and_used_again(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url())
    for number in range(30):
        app.publish({"n": number})
        receiver.wait_for_count(number + 1)
    endpoint.verify(*receiver.deliveries)
    assert receiver.connections <= 3


def test_a_receiver_that_closes_idle_connections_fails_no_attempt(app: App, receiver: Receiver) -> None:
    app.endpoint(receiver.script("/hook", and_hang_up(status(204))))
    for number in range(20):
        [attempt] = app.settled(app.publish({"n": number}), attempts=1)
        assert attempt["status"] == 0, attempt
    assert [delivery.attempt for delivery in receiver.deliveries] == [1] * 20


def test_a_name_is_resolved(app: App, receiver: Receiver) -> None:
    endpoint = app.endpoint(receiver.url(host="localhost"))
    app.publish()
    [delivery] = receiver.wait_for_count(1)
    assert delivery.headers["host"] == f"localhost:{receiver.port}"
    endpoint.verify(delivery)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def secure(authority: Authority) -> Iterator[Receiver]:
    receiver = Receiver(tls=authority.certify("localhost"))
    yield receiver
    receiver.close()


def test_tls_with_an_authority_of_ones_own(serve: Callable[..., Server], authority: Authority, secure: Receiver) -> None:
    server = serve("--allow-subnets", "127.0.0.0/8,::1/128", "--tls-ca-file", str(authority.certificate))
    app = App.create(server.api())
    endpoint = app.endpoint(secure.url("/hook", host="localhost"))
    [attempt] = app.settled(app.publish(), attempts=1)
    assert (attempt["status"], attempt["timings"]["tls"] > 0) == (0, True)
    endpoint.verify(*secure.deliveries)


def test_tls_with_an_authority_that_nobody_trusts(serve: Callable[..., Server], secure: Receiver) -> None:
    app = App.create(serve("--dev", "--retry-schedule", "").api())
    app.endpoint(secure.url("/hook", host="localhost"))
    [attempt] = app.settled(app.publish(), attempts=1)
    assert attempt["failure"]["code"] == "tls_failed"
    assert "not trusted" in attempt["failure"]["detail"]
    assert secure.deliveries == []


def test_tls_with_a_certificate_for_somebody_else(serve: Callable[..., Server], authority: Authority) -> None:
    app = App.create(serve("--dev", "--retry-schedule", "", "--tls-ca-file", str(authority.certificate)).api())
    receiver = Receiver(tls=authority.certify("hooks.example.com"))
    app.endpoint(receiver.url("/hook", host="localhost"))
    [attempt] = app.settled(app.publish(), attempts=1)
    receiver.close()
    assert attempt["failure"]["code"] == "tls_failed"
    assert "localhost" in attempt["failure"]["detail"]
    assert receiver.deliveries == []
