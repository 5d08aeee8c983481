"""Older releases of the official SDK, which many programs still have: every operation they know."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.server import ROOT

HERE = Path(__file__).parent
VERSIONS = (HERE / "older_sdks.txt").read_text().split()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_sdk_drives_every_operation(version: str) -> None:
    folder = ROOT / f".build/python/svix-{version}"
    assert folder.is_dir(), "run `Scripts/setup --tests` first"
    # In a process of its own: one process can hold one release.
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "test_sdk_operations.py", "-k", "drives or listed"],
        cwd=HERE,
        env=os.environ | {"PYTHONPATH": str(folder), "EXPECTED_SDK": version},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout[-8000:]
