"""Which operations the SDKs have, by our list, by the installed SDK's own code, and by the SDK's description."""

import inspect
import pkgutil
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import svix.api

from ..server import ROOT

LIST = Path(__file__).parents[2] / "sdk_operations.txt"
# It isn't ours to pass on; where it lies beside the checkout, it is used.
REFERENCE = ROOT.parent / "shared/reference/sdk-openapi.json"


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    # Why this server doesn't answer it; empty when it does.
    refusal: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> tuple[str, str]:
        return self.method, self.path

    def is_of(self, method: str, path: str) -> bool:
        return method == self.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", self.path), path) is not None


def listed() -> list[Operation]:
    operations, refusal = [], ""
    for line in LIST.read_text().splitlines():
        if line.startswith("["):
            refusal = line.strip("[]").removeprefix("in scope").removeprefix("out of scope: ")
        elif line and not line.startswith("#"):
            operations.append(Operation(*line.split(), refusal))
    return operations


def in_code() -> set[tuple[str, str]]:
    """What the installed SDK can ask for."""
    found = set()
    for module in pkgutil.iter_modules(svix.api.__path__):
        source = inspect.getsource(import_module(f"svix.api.{module.name}")) if not module.ispkg else ""
        for method, path in re.findall(r'method="(\w+)",\s*path="([^"]+)"', source):
            found.add((method.upper(), path))
    return found
