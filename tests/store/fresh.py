"""Stores for tests, quickly: the schema is made once and copied."""

from __future__ import annotations

import functools
import itertools
import shutil
import tempfile
from pathlib import Path

from clearq_tui.operations.first_start import prepare_first_start
from clearq_tui.store import Store

_numbers = itertools.count()


@functools.cache
def _template() -> tuple[tempfile.TemporaryDirectory[str], Path]:
    directory = tempfile.TemporaryDirectory(prefix="clearq-test-")
    path = Path(directory.name) / "template.db"
    with Store.open(path) as store:
        prepare_first_start(store, now=1000.0)
    return directory, path


def fresh_store() -> Store:
    """A store as after the first start: machine and worker `local`, queues default and services."""
    _, template = _template()
    path = template.with_name(f"{next(_numbers)}.db")
    shutil.copyfile(template, path)
    return Store.open(path)
