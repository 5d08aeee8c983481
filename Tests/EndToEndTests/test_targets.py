"""Where deliveries may go. Refused at registration, or at the latest before a connection is made."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.api import places
from harness.app import App
from harness.receiver import Receiver
from harness.server import Server


@pytest.fixture
def careful(strict: Server) -> App:
    return App.create(strict.api())


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Takes connections, so that one that should never be made is seen."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


BAD_URLS = [
    "ftp://example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "gopher://example.com/",
    "data:text/plain,x",
    "//example.com/",
    "example.com/hook",
    "",
    " ",
    "https://",
    "https:///path",
    "https://user:secret@example.com/",
    "https://example.com/#part",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:x/",
    "https://exa mple.com/",
    "https://example.com/a b",
    "https://example.com/\r\nx-forged: 1",
    "https://example.com/\u0000",
    "https://예시.한국/",
    "https://example.com\\@127.0.0.1/",
    "https://[::1/",
    "https://[fe80::1%25eth0]/",
    "https://example.com/" + "a" * 4096,
]


@pytest.mark.parametrize("url", BAD_URLS)
def test_what_is_no_web_address_is_refused_even_in_development(app: App, url: str) -> None:
    answer = app.api.post(f"{app.path}/endpoint", {"url": url})
    assert places(answer) == [["body", "url"]]
    assert "secret" not in answer.text


FORBIDDEN_HOSTS = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "0177.0.0.1",
    "0x7f.1",
    "2130706433",
    "0x7f000001",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "0.0.0.0",
    "0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "100.100.100.200",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
]


@pytest.mark.parametrize("host", FORBIDDEN_HOSTS)
def test_a_private_address_is_refused_in_whatever_form(careful: App, host: str) -> None:
    answer = careful.api.post(f"{careful.path}/endpoint", {"url": f"https://{host}/hook"})
    assert places(answer) == [["body", "url"]]


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "0.0.0.0", "224.0.0.1", "[ff02::1]"]
)
def test_development_does_not_open_the_metadata_service(app: App, host: str) -> None:
    assert places(app.api.post(f"{app.path}/endpoint", {"url": f"http://{host}/"})) == [["body", "url"]]


def test_http_is_refused_and_the_refusal_names_the_setting(careful: App) -> None:
    answer = careful.api.post(f"{careful.path}/endpoint", {"url": "http://example.com/hook"})
    assert places(answer) == [["body", "url"]]
    assert "GODWIT_ALLOW_HTTP" in answer.text


def test_a_private_address_is_refused_with_the_name_of_its_setting(careful: App) -> None:
    answer = careful.api.post(f"{careful.path}/endpoint", {"url": "https://10.0.0.1/hook"})
    assert "GODWIT_ALLOW_SUBNETS" in answer.text


@pytest.mark.parametrize("change", ["put", "patch"])
def test_an_endpoint_can_not_be_moved_to_a_private_address(careful: App, change: str) -> None:
    endpoint = careful.endpoint("https://example.com/hook", disabled=True)
    answer = getattr(careful.api, change)(endpoint.path, {"url": "https://127.0.0.1/"})
    assert places(answer) == [["body", "url"]]
    assert endpoint.get()["url"] == "https://example.com/hook"


@pytest.mark.parametrize(
    "url", ["https://example.com", "HTTPS://EXAMPLE.com:443/A?b=C%20d", "https://93.184.215.14/", "https://[2606:4700::1111]/"]
)
def test_a_public_address_is_taken(careful: App, url: str) -> None:
    assert careful.api.post(f"{careful.path}/endpoint", {"url": url, "disabled": True}).status_code == 201


def test_a_name_for_a_private_address_is_never_connected_to(serve: Callable[..., Server], listener: socket.socket) -> None:
    app = App.create(serve("--allow-http", "--retry-schedule", "").api())
    endpoint = app.endpoint(f"http://{private_name()}:{listener.getsockname()[1]}/hook")
    [attempt] = app.settled(app.publish(), attempts=1)
    assert attempt["failure"]["code"] == "address_forbidden"
    assert (attempt["responseStatusCode"], attempt["endpointId"]) == (0, endpoint.id)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_what_was_allowed_in_development_is_judged_again_before_it_is_sent(
    serve: Callable[..., Server], tmp_path: Path, listener: socket.socket
) -> None:
    server = serve("--dev")
    app = App.create(server.api())
    app.endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}/hook")
    assert server.stop() == 0
    server.flags = ("--allow-http", "--retry-schedule", "")
    server.start()
    app = App(server.api(), app.id)
    [attempt] = app.settled(app.publish(), attempts=1)
    assert attempt["failure"]["code"] == "address_forbidden"
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_subnet_can_be_allowed_without_development(serve: Callable[..., Server], receiver: Receiver) -> None:
    app = App.create(serve("--allow-http", "--allow-subnets", "127.0.0.0/8, 10.1.0.0/16").api())
    endpoint = app.endpoint(receiver.url())
    app.publish()
    endpoint.verify(*receiver.wait_for_count(1))
    assert app.api.post(f"{app.path}/endpoint", {"url": "http://10.1.2.3/"}).status_code == 201
    assert app.api.post(f"{app.path}/endpoint", {"url": "http://10.2.0.1/"}).status_code == 422


def test_plain_text_where_tls_was_promised_is_a_failure(serve: Callable[..., Server], receiver: Receiver) -> None:
    app = App.create(serve("--allow-subnets", "127.0.0.0/8", "--retry-schedule", "").api())
    app.endpoint(receiver.url().replace("http:", "https:"))
    [attempt] = app.settled(app.publish(), attempts=1)
    assert attempt["failure"]["code"] == "tls_failed"
    assert receiver.deliveries == []


def test_an_unknown_name_is_a_failed_attempt(app: App) -> None:
    app.endpoint("http://nobody.invalid/hook")
    attempt = app.settled(app.publish(), attempts=3)[0]
    assert attempt["failure"]["code"] == "name_not_resolved"


def private_name() -> str:
    """One of this machine's own names, which a look-up turns into a private address."""
    names = [socket.gethostname(), "ip6-localhost", "ip6-loopback", *hosts()]
    for name in names:
        try:
            addresses = {entry[4][0] for entry in socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)}
        except OSError:
            continue
        private = all(address.startswith(("127.", "10.", "192.168.", "172.", "::1", "fe80:", "fd")) for address in addresses)
        if private and "localhost" not in name.split("."):
            return name
    raise AssertionError("this machine has no name for a private address in /etc/hosts")


def hosts() -> list[str]:
    lines = Path("/etc/hosts").read_text().splitlines()
    return [name for line in lines for name in line.split("#")[0].split()[1:]]
