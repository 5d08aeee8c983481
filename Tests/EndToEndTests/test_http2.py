"""HTTP/2 as a web server in wide use speaks it: nginx, which ends its connections with GOAWAY after so many requests."""

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.app import App
from harness.authority import Authority
from harness.server import Server
from harness.waiting import until

MESSAGES = 500
REQUESTS_PER_CONNECTION = 100

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    log_format line '$server_protocol $connection $status $http_webhook_sequence $http_webhook_attempt';
    access_log {folder}/access.log line;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests {requests};
    server {{
        listen 127.0.0.1:{port} ssl http2;
        ssl_certificate {folder}/localhost.pem;
        ssl_certificate_key {folder}/localhost.key;
        location / {{ return 204; }}
    }}
}}
"""


@dataclass(frozen=True)
class Request:
    protocol: str
    connection: str
    status: str
    sequence: str
    attempt: str


class Nginx:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        configuration = folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(folder=folder, port=self.port, requests=REQUESTS_PER_CONNECTION)
        )
        program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        assert program, "nginx is not installed: run Scripts/setup --tests"
        self._process = subprocess.Popen([program, "-p", str(folder), "-c", str(configuration)])
        until(self._listens, "nginx listens")

    def _listens(self) -> bool:
        assert self._process.poll() is None, "nginx ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def requests(self) -> list[Request]:
        log = self.folder / "access.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [Request(*line.split()) for line in lines if line.startswith("HTTP/")]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    authority = Authority(tmp_path)
    authority.certify("localhost")
    server = Nginx(tmp_path)
    yield server
    server.stop()


def test_every_message_arrives_once_over_few_connections(
    serve: Callable[..., Server], nginx: Nginx, tmp_path: Path
) -> None:
    server = serve("--dev", "--retry-schedule", "", "--tls-ca-file", str(tmp_path / "authority.pem"))
    app = App.create(server.api())
    app.endpoint(f"https://localhost:{nginx.port}/hook")
    for number in range(MESSAGES):
        app.publish({"n": number})
    until(lambda: len(nginx.requests()) >= MESSAGES, f"{MESSAGES} requests have come")
    requests = nginx.requests()
    assert {(request.protocol, request.status, request.attempt) for request in requests} == {("HTTP/2.0", "204", "1")}
    assert sorted(int(request.sequence) for request in requests) == list(range(1, MESSAGES + 1))
    assert len({request.connection for request in requests}) <= MESSAGES // REQUESTS_PER_CONNECTION + 3
