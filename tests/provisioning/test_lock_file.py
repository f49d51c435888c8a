"""What uv writes, read."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.provisioning import ProvisionError
from clearq_tui.provisioning.lock_file import LockedFile, LockedPackage, read_lock

LOCK = """
lock-version = "1.0"
created-by = "uv"

[[packages]]
name = "torch"
version = "2.13.0+cpu"
sdist = { url = "https://x/torch-2.13.0.tar.gz", hashes = { sha256 = "AA" } }
wheels = [
    { url = "https://x/torch-2.13.0%2Bcpu-py3-none-any.whl", size = 780, hashes = { sha256 = "bb" } },
    { path = "wheels/own-1-py3-none-any.whl", hashes = {} },
]

[[packages]]
name = "mine"
directory = { path = "mine", editable = true, subdirectory = "below" }

[[packages]]
name = "vcs"
version = "1"
vcs = { type = "git", url = "ssh://git@host/r", commit-id = "abc", subdirectory = "sub" }

[[packages]]
name = "addressed"
version = "1"
archive = { url = "https://x/addressed-1-py3-none-any.whl", hashes = { sha256 = "cc" } }

[[packages]]
name = "packed"
version = "1"
archive = { path = "/abs/packed-1.tar.gz", subdirectory = "p", hashes = { sha256 = "dd" } }
"""  # noqa: E501


def test_every_kind_of_package_is_understood(tmp_path: Path) -> None:
    (tmp_path / "pylock.toml").write_text(LOCK)
    torch, mine, vcs, addressed, packed = read_lock(tmp_path / "pylock.toml")
    assert torch.wheels[0] == LockedFile(
        "torch-2.13.0+cpu-py3-none-any.whl",
        "https://x/torch-2.13.0%2Bcpu-py3-none-any.whl",
        frozenset({"sha256:bb"}),
        780,
    )
    assert torch.wheels[1].url == (tmp_path / "wheels/own-1-py3-none-any.whl").as_uri()
    assert torch.wheels[1].sha256 == ""
    assert torch.source is not None
    assert torch.source.sha256 == "aa"
    assert mine == LockedPackage("mine", "", directory=tmp_path / "mine" / "below")
    assert vcs.repository == "git+ssh://git@host/r@abc#subdirectory=sub"
    assert addressed.wheels[0].sha256 == "cc"
    assert packed.source == LockedFile(
        "packed-1.tar.gz",
        "file:///abs/packed-1.tar.gz",
        frozenset({"sha256:dd"}),
        subdirectory="p",
    )


@pytest.mark.parametrize(
    "text",
    ["]", "[[packages]]\nversion = '1'", "[[packages]]\nname = 'a'\nwheels = 7", "packages = [1]"],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "pylock.toml").write_text(text)
    with pytest.raises(ProvisionError, match="a lock file that makes no sense"):
        read_lock(tmp_path / "pylock.toml")
