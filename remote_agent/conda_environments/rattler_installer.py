"""Installs packages with rattler: run as a program, by a Python that rattler runs on.

`python -I rattler_installer.py ORDER ANSWER`: two JSON files. Rattler itself is looked for in the
directory that the order names. What goes wrong is written to ANSWER.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
import time
from typing import Any, Dict

_SAY_EVERY = 2.0
"""Seconds."""
_TRIES = 3


class Progress:
    """Says from time to time how many packages are in place; see rattler's InstallerReporter."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._said = time.monotonic()

    def on_link_complete(self, index: int) -> None:
        """One more is in place."""
        del index
        self._done += 1
        if time.monotonic() - self._said > _SAY_EVERY:
            self._said = time.monotonic()
            sys.stdout.write("%d of %d conda packages are in place.\n" % (self._done, self._total))
            sys.stdout.flush()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else it wants to tell
        if not name.startswith("on_"):
            raise AttributeError(name)
        return lambda *_told: 0


async def install(order: Dict[str, Any]) -> None:
    """Install the order's packages into its prefix."""
    rattler: Any = importlib.import_module("rattler")
    # The system's certificates: companies have their own.
    config = rattler.Config.from_toml('tls-root-certs = "system"')
    await rattler.install(
        [_record(rattler, package) for package in order["packages"]],
        order["prefix"],
        cache_dir=order["cache"],
        installed_packages=[],
        platform=rattler.Subdir(order["platform"]),
        execute_link_scripts=True,  # as conda does; the task may run anything anyway
        client=rattler.Client.from_config(config, max_retries=_TRIES),
        reporter=Progress(len(order["packages"])),
    )


def _record(rattler: Any, said: Dict[str, Any]) -> Any:  # noqa: ANN401 - rattler's own types
    record = rattler.PackageRecord(
        said["name"],
        said["version"],
        rattler.BuildString(said["build"]),
        0,
        said["subdir"],
        depends=said["depends"],
        sha256=bytes.fromhex(said["sha256"]),
        md5=bytes.fromhex(said["md5"]) if said["md5"] else None,
        size=said["size"] or None,
        python_site_packages_path=said["site_packages"] or None,
    )
    channel = said["url"].rsplit("/", 2)[0]
    return rattler.RepoDataRecord(record, said["file_name"], said["url"], channel)


def main(order_path: str, answer_path: str) -> int:
    """Carry out the order; 0 when it is done."""
    with open(order_path, encoding="utf-8") as file:
        order = json.load(file)
    sys.path.insert(0, order["rattler"])
    try:
        asyncio.run(install(order))
    except Exception as error:  # noqa: BLE001 - whatever rattler says is for the operator
        with open(answer_path, "w", encoding="utf-8") as file:
            json.dump({"failed": str(error) or type(error).__name__}, file)
        return 1
    return 0


if __name__ == "__main__":
    CODE = main(*sys.argv[1:])
    # Native threads may still be at work: an orderly end of the interpreter has crashed on them.
    os._exit(CODE)
