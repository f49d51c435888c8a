"""The command means the same to every login shell, whatever its start-up files print."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from clearq_tui.fleet.bootstrap import BootstrapFailed, bootstrap
from clearq_tui.fleet.exec_line import exec_line
from tests.bootstrap.echo_agent import Shell, echo_payload, request

SHELLS = [
    ("sh", ()),
    ("bash", ()),
    ("dash", ()),
    ("zsh", ()),
    ("fish", ()),
    ("tcsh", ("-f",)),
    ("ksh", ()),
    ("busybox", ("ash",)),
]


@pytest.mark.parametrize(("name", "options"), SHELLS, ids=[name for name, _ in SHELLS])
async def test_every_login_shell(name: str, options: tuple[str, ...], tmp_path: Path) -> None:
    shell = shutil.which(name)
    if shell is None:
        pytest.skip(f"{name} is not installed; the command is NOT tested under it")
    home = tmp_path / "a home, with 'quotes' and $signs"
    home.mkdir()
    transport = Shell(home, (shell, *options, "-c"))
    for pushed in (True, False):
        there = await bootstrap(transport, echo_payload, request(tmp_path))
        assert there.pushed is pushed
        assert there.directory.startswith(str(home))
        there.stream.write(b"\x00\xff frames")
        assert await there.stream.read(100) == b"\x00\xff frames"
        await there.stream.close()


def test_command_is_short_and_plain(tmp_path: Path) -> None:
    line = exec_line(request(tmp_path, python="/opt/my python's/bin/py!thon"), "0" * 16, "attach")
    assert len(line) < 4096, "tcsh takes no longer words"
    assert line.isascii()
    assert not set(line) & set("\n!`")
    assert "\\\\" not in line
    assert "\\'" not in line


async def test_noise_is_skipped(tmp_path: Path) -> None:
    nonsense = r"\000clearq:0123456789abcdef\n\000clearq:\n\000clear"
    before = (
        f"head -c 3000000 /dev/zero; head -c 1000000 /dev/urandom; printf '{nonsense}';"
        "echo hello >&2; "
    )
    there = await bootstrap(Shell(tmp_path, before=before), echo_payload, request(tmp_path))
    there.stream.write(b"x")
    assert await there.stream.read(10) == b"x"
    await there.stream.close()


async def test_endless_noise_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(BootstrapFailed, match="more than 16 MiB"):
        await bootstrap(Shell(tmp_path, before="yes; "), echo_payload, request(tmp_path))


async def test_what_the_shell_says_is_quoted(tmp_path: Path) -> None:
    before = "printf 'go \\033[2Jaway' >&2; exit 3; "
    with pytest.raises(BootstrapFailed) as failure:
        await bootstrap(Shell(tmp_path, before=before), echo_payload, request(tmp_path))
    assert "with status 3" in str(failure.value)
    assert r"go \x1b[2Jaway" in str(failure.value)


async def test_standard_input_that_does_not_block(tmp_path: Path) -> None:
    unblock = "import os; os.set_blocking(0, False); os.set_blocking(1, False)"
    before = f"{sys.executable} -c '{unblock}'; "
    there = await bootstrap(Shell(tmp_path, before=before), echo_payload, request(tmp_path))
    await there.stream.close()
