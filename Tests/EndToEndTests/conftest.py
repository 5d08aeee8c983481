"""What every test may ask for. One server serves all tests that need no settings of their own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("harness")

from harness.api import API
from harness.app import App
from harness.database import Cluster
from harness.description import hold_to_description
from harness.nodes import Nodes
from harness.receiver import Receiver
from harness.server import BINARY, Server
from harness.traffic import observe

# The clients talk to loopback only; a proxy of this machine is none of their business.
for name in ("http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(name, None)
    os.environ.pop(name.upper(), None)

# Whatever a test is about: an answer that openapi.yaml doesn't describe fails it.
observe(hold_to_description)


def pytest_sessionstart() -> None:
    if not BINARY.exists():
        pytest.exit(f"there is no {BINARY}: run `swift build` first, or set E2E_BINARY", returncode=2)


@pytest.fixture(scope="session")
def godwit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """In development mode, with two quick retries."""
    server = Server(tmp_path_factory.mktemp("godwit"), "--dev", "--retry-schedule", "100ms,100ms").start()
    yield server
    assert server.stop() == 0, server.log[-2000:]


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As an operator would run it: only https, only public addresses."""
    server = Server(tmp_path_factory.mktemp("strict"), "--retry-schedule", "100ms").start()
    yield server
    assert server.stop() == 0, server.log[-2000:]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server with flags and settings of the test's own."""
    started: list[Server] = []

    def start(*flags: str, **settings: str) -> Server:
        folder = tmp_path / f"server-{len(started)}"
        folder.mkdir()
        server = Server(folder, *flags, **settings)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Keeps nothing over a crash of the machine, and is stopped by no test."""
    postgres = Cluster("fsync=off", "full_page_writes=off").start()
    yield postgres
    postgres.close()


@pytest.fixture
def cluster(tmp_path: Path, postgres: Cluster) -> Iterator[Nodes]:
    """Several servers over one database."""
    cluster = Nodes(tmp_path, postgres)
    yield cluster
    cluster.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def api(godwit: Server) -> Iterator[API]:
    api = godwit.api()
    yield api
    api.close()


@pytest.fixture
def app(api: API) -> App:
    return App.create(api)
