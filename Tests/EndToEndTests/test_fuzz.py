"""A client that makes up requests from our own description: no answer is a 5xx, and each is as described."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.app import App
from harness.receiver import Receiver
from harness.server import Server

# These end the token that the client works with.
ENDING = r"^(v1\.authentication\.logout|godwit\.(token|key|signing-key)\..*(expire-all|rotate|revoke|delete).*)$"
# These end what the other operations are tried on, or wait half a minute for an event to come.
DELETING = r"^(v1\.(application|endpoint|event-type)\.delete|godwit\.feed\.poll)$"
# Cases for each operation; `FUZZ_EXAMPLES=500` for an hour by hand.
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "8")
SEED = os.environ.get("FUZZ_SEED", "20261125")
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,allow_header_conformance,ignored_auth"
)

# Most of the made-up requests are about things that exist, or nothing past the look-up would be tried.
PARAMETERS = """
continue-on-failure = true
[parameters]
"path.app_id" = "fuzzed"
"path.endpoint_id" = "fuzzed-endpoint"
"path.sink_id" = "fuzzed-endpoint"
"path.msg_id" = "fuzzed-message"
"path.event_type_name" = "fuzz.made"
"query.wait" = 0
"""
# Whatever is made up, nobody waits half a minute for an event to come.
NOTHING_GIVEN = """
continue-on-failure = true
[parameters]
"query.wait" = 0
"""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("what", ["things that exist", "anything"])
def test_no_request_is_answered_with_a_failure_or_otherwise_than_described(
    serve: Callable[..., Server], receiver: Receiver, tmp_path: Path, what: str
) -> None:
    # A proxy that nobody serves: whatever name is made up, nothing leaves this machine.
    server = serve("--dev", "--proxy", "http://127.0.0.1:9", "--no-proxy", "127.0.0.1")
    api = server.api()
    app = App.create(api, uid="fuzzed")
    api.post("/event-type", {"name": "fuzz.made", "description": "Made"})
    app.endpoint(receiver.url(), uid="fuzzed-endpoint")
    app.publish(event_type="fuzz.made", eventId="fuzzed-message")
    (tmp_path / "schemathesis.toml").write_text(PARAMETERS if what == "things that exist" else NOTHING_GIVEN)
    ending = f"{ENDING}|{DELETING}" if what == "things that exist" else ENDING
    excluded = ["--exclude-operation-id-regex", ending, "--exclude-path", "/", "--exclude-path", "/docs"]
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(tmp_path / "schemathesis.toml"), "run"),
            *(f"{server.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {server.token}"),
            *("--phases", "coverage,fuzzing", "--checks", CHECKS, "--max-examples", EXAMPLES, "--seed", SEED),
            *("--generation-database", "none", "--no-shrink", "--suppress-health-check", "all", *excluded),
        ],
        cwd=tmp_path,
        env=os.environ
        | {
            "SCHEMATHESIS_HOOKS": "harness.fuzz_hooks",
            "PYTHONPATH": str(Path(__file__).parent),
            "FUZZ_RECEIVER": receiver.url("/fuzzed"),
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2000:]
    assert "panic" not in server.log and "request failed" not in server.log, server.log[-3000:]
