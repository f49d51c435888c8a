"""Secrets on the laptop: in a real keyring, or encrypted; never readable beside these."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.model import Refused
from clearq_tui.paths import Home
from clearq_tui.secrets import (
    NoSuchSecret,
    SecretKeeping,
    SecretLocked,
    Vault,
    WrongPassphrase,
    as_typed,
)
from clearq_tui.secrets.sealing import Derivation, SealBroken, proof_of, seal, unseal
from clearq_tui.secrets.secret_file import SecretsUnreadable, changing, path_of
from tests.secrets.on_machine import KEY, TOKEN, traces
from tests.secrets.real_keyring import desktop_session

KEY_BYTES = bytes(range(32))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


@pytest.fixture
def key(home: Home) -> bytes:
    """Of the encrypted file, whose passphrase is `horse`, and soon tried."""
    with changing(home) as contents:
        contents.derivation = Derivation(work=1 << 10)
        contents.proof = proof_of(contents.derivation.key("horse"))
    return SecretKeeping(home).key("horse")


def test_values_come_back_and_cannot_be_read_in_the_file(home: Home, key: bytes) -> None:
    keeping = SecretKeeping(home)
    keeping.keep_in_file("TOKEN", TOKEN, key, now=5.0)
    keeping.keep_in_file("KEY", KEY, key, now=6.0)
    assert [(one.name, one.set_at, one.kept) for one in keeping.all()] == [
        ("KEY", 6.0, "file"),
        ("TOKEN", 5.0, "file"),
    ]
    assert path_of(home).stat().st_mode & 0o777 == 0o600
    assert traces(home.root) == []
    assert b"horse" not in path_of(home).read_bytes()
    vault = Vault(home)
    with pytest.raises(SecretLocked, match="waits for secret TOKEN: `clearq secret unlock`"):
        vault.values(["TOKEN"])
    assert vault.unlock(SecretKeeping(home).key("horse"))
    assert vault.values(["KEY", "TOKEN"]) == {"KEY": KEY, "TOKEN": TOKEN}
    keeping.keep_in_file("TOKEN", "another", key, now=7.0)
    assert vault.values(["TOKEN"]) == {"TOKEN": "another"}
    keeping.remove("TOKEN")
    with pytest.raises(NoSuchSecret, match="There is no secret TOKEN; near it: KEY"):
        vault.values(["TOKEN"])


def test_each_guess_of_a_passphrase_costs_time_and_memory() -> None:
    assert Derivation().work >= 1 << 17
    assert Derivation().salt != Derivation().salt


def test_another_passphrase_is_refused(home: Home, key: bytes) -> None:
    keeping = SecretKeeping(home)
    keeping.keep_in_file("TOKEN", TOKEN, key, now=5.0)
    with pytest.raises(WrongPassphrase):
        keeping.key("hors")
    assert not Vault(home).unlock(bytes(32))
    with pytest.raises(WrongPassphrase):
        keeping.keep_in_file("TOKEN", TOKEN, bytes(32), now=5.0)


def test_once_nothing_is_encrypted_another_passphrase_may_be_chosen(home: Home, key: bytes) -> None:
    keeping = SecretKeeping(home)
    keeping.keep_in_file("TOKEN", TOKEN, key, now=5.0)
    vault = Vault(home)
    assert vault.unlock(key)
    keeping.remove("TOKEN")
    assert not vault.is_open
    keeping.keep_in_file("TOKEN", TOKEN, keeping.key("battery"), now=5.0)
    with pytest.raises(SecretLocked, match="another one now"):
        vault.values(["TOKEN"])


@given(st.text(st.characters(codec="utf-8")), st.text(max_size=20), st.integers(0))
def test_what_was_sealed_opens_only_unchanged(value: str, name: str, place: int) -> None:
    sealed = seal(KEY_BYTES, name, value)
    assert unseal(KEY_BYTES, name, sealed) == value
    place %= len(sealed.rstrip("=")) - 1
    changed = "A" if sealed[place] != "A" else "B"
    for other in (sealed[:place] + changed + sealed[place + 1 :], sealed[:place], ""):
        with pytest.raises(SealBroken):
            unseal(KEY_BYTES, name, other)
    with pytest.raises(SealBroken):
        unseal(KEY_BYTES, name + "x", sealed)


def test_values_cannot_be_exchanged_for_each_other(home: Home, key: bytes) -> None:
    keeping = SecretKeeping(home)
    keeping.keep_in_file("ONE", "1111", key, now=5.0)
    keeping.keep_in_file("TWO", "2222", key, now=5.0)
    with changing(home) as contents:
        contents.entries["TWO"] = contents.entries["ONE"]
    vault = Vault(home)
    vault.unlock(key)
    with pytest.raises(SecretLocked):
        vault.values(["TWO"])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"version": 2}', "\udcff"])
def test_a_damaged_file_is_said_and_never_overwritten(text: str, home: Home) -> None:
    damaged = text.encode("utf-8", "surrogateescape")
    path_of(home).write_bytes(damaged)
    with pytest.raises(SecretsUnreadable, match="secrets"):
        SecretKeeping(home).key("horse")
    assert path_of(home).read_bytes() == damaged


def test_who_changes_it_at_once_loses_nothing(home: Home, key: bytes) -> None:
    keeping = SecretKeeping(home)
    threads = [
        threading.Thread(
            target=keeping.keep_in_file, args=(f"S{n}", "value", key), kwargs={"now": 1}
        )
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keeping.all()) == 20


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("../x", "value", "cannot be a secret's name"),
        ("", "value", "cannot be a secret's name"),
        (".x", "value", "cannot be a secret's name"),
        ("A", " \n", "is empty"),
        ("A", "hidden\0", "zero byte"),
        ("A", "hidden\udc80", "not UTF-8"),
        ("A", "hidden" * 20000, "120000 bytes"),
    ],
)
def test_what_can_be_no_secret_is_refused_and_not_shown(
    name: str, value: str, why: str, home: Home, key: bytes
) -> None:
    with pytest.raises(Refused, match=why) as refused:
        SecretKeeping(home).keep_in_file(name, value, key, now=1.0)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("read", "value"),
    [("v\n", "v"), ("v\r\n", "v"), ("v", "v"), ("a\nb\n", "a\nb\n"), ("a\nb", "a\nb"), ("\n", "")],
)
def test_the_end_of_a_single_line_is_no_part_of_it(read: str, value: str) -> None:
    assert as_typed(read) == value


@pytest.mark.parametrize(
    "backend",
    ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring", "keyrings.alt.file.Plain"],
)
def test_a_keyring_that_keeps_nothing_secret_is_none(
    backend: str, home: Home, tmp_path: Path
) -> None:
    stand_in = tmp_path / "keyrings" / "alt"
    stand_in.mkdir(parents=True)
    (stand_in / "file.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Plain(KeyringBackend):\n"
        "    priority = 9\n"
        "    def get_password(self, service, username): return None\n"
        "    def set_password(self, service, username, password): open('plain', 'w')\n"
    )
    said = run_python(
        "from clearq_tui.secrets import SecretKeeping; import sys, pathlib\n"
        "from clearq_tui.paths import Home\n"
        "print(SecretKeeping(Home(pathlib.Path(sys.argv[1]))).has_keyring())",
        str(home.root),
        PYTHON_KEYRING_BACKEND=backend,
        PYTHONPATH=f"{tmp_path}:{Path(__file__).parents[2]}",
    )
    assert said == "False\n"


IN_A_KEYRING = """\
import json, pathlib, sys
from clearq_tui.paths import Home
from clearq_tui.secrets import SecretKeeping, SecretLocked, Vault
home = Home(pathlib.Path(sys.argv[1]))
keeping, vault = SecretKeeping(home), Vault(home)
assert keeping.has_keyring()
values = json.loads(sys.stdin.read())
for name, value in values.items():
    keeping.keep_in_keyring(name, value, now=1.0)
assert {one.kept for one in keeping.all()} == {"keyring"}
assert vault.values(list(values)) == values
other = Home(home.root / "other")
SecretKeeping(other).keep_in_keyring("TOKEN", "another home's", now=1.0)
assert vault.values(["TOKEN"]) == {"TOKEN": values["TOKEN"]}
keeping.remove("KEY")
key = keeping.key("horse")
keeping.keep_in_file("MOVED", "m" * 30, key, now=1.0)
keeping.keep_in_keyring("MOVED", "n" * 30, now=1.0)
assert vault.values(["MOVED"]) == {"MOVED": "n" * 30}

import secretstorage
collection = secretstorage.get_default_collection(secretstorage.dbus_init())
print(sorted(item.get_attributes()["username"] for item in collection.get_all_items()))
collection.lock()
try:
    vault.values(["TOKEN"])
except SecretLocked as locked:
    print(locked)
"""


def test_a_real_keyring_keeps_them(tmp_path: Path, home: Home) -> None:
    with desktop_session(tmp_path / "desktop") as session:
        given = json.dumps({"TOKEN": TOKEN, "KEY": KEY})
        said = run_python(IN_A_KEYRING, str(home.root), given=given, **session)
    names, locked = said.splitlines()
    assert names == "['MOVED', 'TOKEN', 'TOKEN']"
    assert locked.startswith("waits for secret TOKEN: the keyring says ")
    assert traces(tmp_path) == []


def run_python(script: str, *arguments: str, given: str = "", **variables: str) -> str:
    """What the script prints, run with these variables."""
    paths = {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        input=given,
        env={"PATH": "/usr/bin:/bin", **paths, **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
