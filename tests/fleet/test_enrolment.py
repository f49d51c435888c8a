"""A key is installed with a password, in real accounts with unusual shells and homes."""

from __future__ import annotations

import dataclasses
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearq_tui.fleet.destination import Destination
from clearq_tui.fleet.enrolment import EnrolmentFailed, install_public_key
from clearq_tui.fleet.failures import AuthenticationFailed, ChangedHostKey, UnknownHostKey
from clearq_tui.fleet.transports.connect import connect
from tests.fleet.sshd import Sshd, make_key, needs_sshd, public_line

pytestmark = [
    needs_sshd,
    pytest.mark.needs_root,
    pytest.mark.skipif(os.getuid() != 0, reason="only root can make accounts"),
    pytest.mark.skipif(shutil.which("useradd") is None, reason="there is no useradd"),
]
PASSWORD = "correct horse 'battery\" $taple!"
SHELLS = [shell for name in ("sh", "bash", "fish", "tcsh") if (shell := shutil.which(name))]


@dataclasses.dataclass(frozen=True)
class Account:
    name: str
    home: Path

    @property
    def authorized_keys(self) -> Path:
        return self.home / ".ssh" / "authorized_keys"


@pytest.fixture(params=SHELLS, ids=[Path(shell).name for shell in SHELLS])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    """An account with a password, and a home directory with spaces in its name."""
    name = f"cq-{os.getpid()}"
    base = Path(tempfile.mkdtemp(prefix="clearq test ", dir="/var/tmp"))
    base.chmod(0o755)
    home = base / "the home"
    subprocess.run(
        ["useradd", "-M", "-d", str(home), "-s", request.param, name], check=True, timeout=20
    )
    try:
        home.mkdir(mode=0o755)
        shutil.chown(home, name)
        # Noise of the kind that real rc files make.
        (home / ".bashrc").write_text("echo welcome; echo added\n")
        (home / ".tcshrc").write_text("echo welcome\n")
        subprocess.run(["chpasswd"], input=f"{name}:{PASSWORD}", text=True, check=True, timeout=20)
        yield Account(name, home)
    finally:
        subprocess.run(["userdel", "-f", name], check=True, timeout=20, capture_output=True)
        shutil.rmtree(base)


@pytest.fixture
def server(account: Account, tmp_path: Path) -> Iterator[Sshd]:
    """Ends before the account does, so that nobody is logged in to it then."""
    extra = ["AuthorizedKeysFile .ssh/authorized_keys", "PasswordAuthentication yes"]
    with Sshd(tmp_path / "sshd", extra=[*extra, "StrictModes yes"]) as server:
        yield server


def at(server: Sshd, account: Account) -> Destination:
    return server.destination(user=account.name)


async def test_a_key_is_installed_once_and_lets_us_in(server: Sshd, account: Account) -> None:
    line = public_line(server.client_key) + " me@laptop"
    surroundings = server.surroundings()
    first = install_public_key(at(server, account), PASSWORD, line, surroundings)
    assert first.added
    assert first.warning == ""
    again = install_public_key(
        at(server, account), PASSWORD, public_line(server.client_key) + " other", surroundings
    )
    assert not again.added
    assert account.authorized_keys.read_text() == line + "\n"
    assert stat.S_IMODE(account.authorized_keys.stat().st_mode) == 0o600
    assert stat.S_IMODE(account.authorized_keys.parent.stat().st_mode) == 0o700
    assert account.authorized_keys.owner() == account.name
    transport = await connect(at(server, account), surroundings)
    stream = await transport.execute("echo in")
    said = b""
    while piece := await stream.read(100):
        said += piece
    assert said.endswith(b"in\n")
    await stream.close()
    await transport.close()


one_account = pytest.mark.parametrize("account", SHELLS[:1], indirect=True, ids=["sh"])


@one_account
def test_what_is_there_is_kept(server: Sshd, account: Account, tmp_path: Path) -> None:
    file = account.authorized_keys
    file.parent.mkdir(mode=0o777)
    commented = f"# {public_line(server.client_key)}"
    file.write_text(f"{commented}\nssh-rsa AAAA old")
    for path in (file.parent, file):
        shutil.chown(path, account.name)
        path.chmod(0o777)
    line = public_line(server.client_key)
    assert install_public_key(at(server, account), PASSWORD, line, server.surroundings()).added
    assert file.read_text() == f"{commented}\nssh-rsa AAAA old\n{line}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # A key with options counts as present.
    other = public_line(make_key(tmp_path / "other"))
    file.write_text(f'from="10.*" {other}\n')
    assert not install_public_key(at(server, account), PASSWORD, other, server.surroundings()).added


@one_account
def test_a_home_that_others_may_write_is_pointed_out(server: Sshd, account: Account) -> None:
    account.home.chmod(0o777)
    line = public_line(server.client_key)
    enrolment = install_public_key(at(server, account), PASSWORD, line, server.surroundings())
    assert "chmod go-w" in enrolment.warning


@one_account
def test_failures_are_told_apart(server: Sshd, account: Account, tmp_path: Path) -> None:
    line = public_line(server.client_key)
    there = at(server, account)
    with pytest.raises(AuthenticationFailed) as denied:
        install_public_key(there, "wrong secret", line, server.surroundings())
    assert "wrong secret" not in str(denied.value)
    with pytest.raises(UnknownHostKey):
        install_public_key(there, PASSWORD, line, server.surroundings(known_hosts=""))
    other = f"[127.0.0.1]:{server.port} {public_line(make_key(tmp_path / 'other'))}\n"
    with pytest.raises(ChangedHostKey):
        install_public_key(there, PASSWORD, line, server.surroundings(known_hosts=other))
    for bad in ("", "ssh-ed25519 AAAA", line + " a\nssh-ed25519 evil", line + " \x1b[31m"):
        with pytest.raises(EnrolmentFailed):
            install_public_key(there, PASSWORD, bad, server.surroundings())
    account.authorized_keys.parent.write_text("in the way")
    with pytest.raises(EnrolmentFailed, match=r"\.ssh cannot be made"):
        install_public_key(there, PASSWORD, line, server.surroundings())
    assert server.logged("Accepted password") == 1


@one_account
def test_a_server_that_takes_no_passwords_says_what_it_takes(
    account: Account, tmp_path: Path
) -> None:
    with Sshd(tmp_path / "strict") as server:
        line = public_line(server.client_key)
        with pytest.raises(AuthenticationFailed, match="the server accepts publickey"):
            install_public_key(at(server, account), PASSWORD, line, server.surroundings())
