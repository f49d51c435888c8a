"""Find packages that were installed in part, as from a cache damaged by a power cut."""

from __future__ import annotations

import csv
import os
from typing import List

_SUFFIX = ".dist-info"


def cut_packages(site_packages: str) -> List[str]:
    """Names of packages with a file that is missing or shorter than their own list says.

    Raises:
        OSError: the disk refuses.
    """
    return [
        entry[: -len(_SUFFIX)].rpartition("-")[0]
        for entry in sorted(os.listdir(site_packages))
        if entry.endswith(_SUFFIX) and _is_cut(site_packages, entry)
    ]


def _is_cut(site_packages: str, information: str) -> bool:
    record = os.path.join(site_packages, information, "RECORD")
    try:
        with open(record, encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    except (FileNotFoundError, UnicodeDecodeError, csv.Error):
        return False  # a few packages have none, which installers let pass
    return any(
        len(row) == len(("path", "hash", "size"))
        and row[2].isdigit()
        and _is_shorter(os.path.join(site_packages, row[0]), int(row[2]))
        for row in rows
    )


def _is_shorter(path: str, size: int) -> bool:
    try:
        return os.stat(path).st_size < size
    except FileNotFoundError:
        return True
