"""Small libraries that are loaded before a process' own (LD_PRELOAD), to put it onto a machine that is in trouble."""

import shutil
import subprocess
from pathlib import Path


def compiled(name: str, folder: Path) -> Path:
    """Swift brings a compiler."""
    compiler = shutil.which("clang") or shutil.which("cc")
    assert compiler, "there is no C compiler"
    library = folder / f"{name}.so"
    if not library.exists():
        source = Path(__file__).with_name(f"{name}.c")
        subprocess.run([compiler, "-Wall", "-Werror", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library
