"""The version of NVIDIA's driver, as the kernel tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from remote_agent.nvidia_driver import nvidia_driver

OF_DRIVER = """NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.14  Release Build
GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)
"""


@pytest.mark.parametrize(
    ("of_module", "of_driver", "version"),
    [
        ("535.104.05\n", "", "535.104.05"),
        ("", OF_DRIVER, "550.54.14"),
        ("580.65\n", OF_DRIVER, "580.65"),
        ("", "", ""),
    ],
)
def test_version(tmp_path: Path, of_module: str, of_driver: str, version: str) -> None:
    for name, text in (("module", of_module), ("driver", of_driver)):
        if text:
            (tmp_path / name).write_text(text)
    assert nvidia_driver(str(tmp_path / "module"), str(tmp_path / "driver")) == version
