"""The Pythons of this system, by version."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


def find_python(version: str) -> Path | None:
    """The interpreter of this minor version, `3.8` for example, that pyenv or PATH offers."""
    roots = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))]
    candidates = [
        directory / "bin" / f"python{version}"
        for root in roots
        for directory in sorted(root.glob(f"versions/{version}.*"), reverse=True)
    ]
    if on_path := shutil.which(f"python{version}"):
        candidates.append(Path(on_path))
    return next((path for path in candidates if _is_version(path, version)), None)


def prefix_of(interpreter: Path) -> Path:
    """The directory under which the interpreter was installed."""
    question = "import sys; print(sys.base_prefix)"
    answer = subprocess.run(
        [interpreter, "-IS", "-c", question], capture_output=True, text=True, check=True
    )
    return Path(answer.stdout.strip())


def _is_version(interpreter: Path, version: str) -> bool:
    """pyenv's shims exist for versions that are not chosen, and then only print an error."""
    try:
        answer = subprocess.run(
            [interpreter, "-IS", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return answer.stdout.strip() == version
