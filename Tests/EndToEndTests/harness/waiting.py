"""The one place that asks again and again, for what can't announce itself: a process, or an answer of the API."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

# Seconds. Long, because a busy machine is not a failure; nothing waits that long when all is well.
PATIENCE = 30.0


def until(condition: Callable[[], Value], what: str, patience: float = PATIENCE) -> Value:
    """The first truthy value of `condition`; it may fail with its own reason sooner."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {patience:g} s"
        time.sleep(0.02)
    return value
