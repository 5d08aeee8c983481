"""What the fuzzing client makes up: addresses only on loopback, and nothing that a line of HTTP can't carry."""

import os

import schemathesis
from hypothesis import strategies

schemathesis.openapi.format("uri", strategies.sampled_from([os.environ.get("FUZZ_RECEIVER", "http://127.0.0.1:9/")]))
