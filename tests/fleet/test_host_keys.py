"""Known, changed, revoked, unknown host keys; ssh-keygen judges what we read and write."""

from __future__ import annotations

import multiprocessing
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.fleet.failures import (
    BadConfiguration,
    ChangedHostKey,
    RevokedHostKey,
    UnknownHostKey,
)
from clearq_tui.fleet.host_keys import (
    KnownKey,
    Marker,
    accept,
    decode_public_key,
    find_keys,
    judge,
    offered_key,
)
from clearq_tui.model import Refused
from tests.fleet.sshd import make_key, needs_sshd, public_line

pytestmark = needs_sshd


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    directory = tmp_path_factory.mktemp("keys")
    kinds = {"a": "ed25519", "b": "ed25519", "e": "ecdsa", "r": "rsa"}
    return {name: public_line(make_key(directory / name, kind)) for name, kind in kinds.items()}


def check(known: Path, host: str, port: int, line: str, *, revoked: Path | None = None) -> None:
    judge(
        find_keys([known], host, port, revoked=revoked),
        offered_key(host, port, decode_public_key(line)),
    )


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return tmp_path / "known_hosts"


def test_a_known_key_is_good(known: Path, keys: dict[str, str]) -> None:
    known.write_text(f"# mine\n\ngpu1,10.0.0.7 {keys['a']} comment\n[gpu1]:2222 {keys['e']}\n")
    check(known, "gpu1", 22, keys["a"])
    check(known, "GPU1", 22, keys["a"])
    check(known, "10.0.0.7", 22, keys["a"])
    check(known, "gpu1", 2222, keys["e"])


def test_a_name_without_port_confirms_but_never_contradicts(
    known: Path, keys: dict[str, str]
) -> None:
    known.write_text(f"gpu1 {keys['a']}\n")
    check(known, "gpu1", 2222, keys["a"])
    with pytest.raises(UnknownHostKey):
        check(known, "gpu1", 2222, keys["b"])


def test_an_unknown_key_says_what_to_compare(known: Path, keys: dict[str, str]) -> None:
    with pytest.raises(UnknownHostKey) as caught:
        check(known, "gpu1", 2222, keys["a"])
    printed = subprocess.run(
        ["ssh-keygen", "-lf", "-"], input=keys["a"], capture_output=True, text=True, check=True
    ).stdout
    assert caught.value.key.fingerprint in printed
    assert caught.value.key.public_key == keys["a"]
    assert caught.value.key.fingerprint in str(caught.value)


def test_a_changed_key_names_file_and_line(known: Path, keys: dict[str, str]) -> None:
    known.write_text(f"other {keys['b']}\n[gpu1]:2222 {keys['a']}\n")
    with pytest.raises(ChangedHostKey) as caught:
        check(known, "gpu1", 2222, keys["b"])
    assert (caught.value.file, caught.value.line) == (str(known), 2)
    assert f"{known} line 2" in str(caught.value)
    assert "ssh-keygen -f" in str(caught.value)
    # What the sentence says to do, does it.
    subprocess.run(
        ["ssh-keygen", "-f", str(known), "-R", "[gpu1]:2222"], check=True, capture_output=True
    )
    with pytest.raises(UnknownHostKey):
        check(known, "gpu1", 2222, keys["b"])


def test_a_key_of_another_type_is_unknown_not_changed(known: Path, keys: dict[str, str]) -> None:
    known.write_text(f"gpu1 {keys['a']}\n")
    with pytest.raises(UnknownHostKey):
        check(known, "gpu1", 22, keys["r"])


def test_one_good_key_among_several_is_enough(known: Path, keys: dict[str, str]) -> None:
    known.write_text(f"gpu1 {keys['b']}\ngpu1 {keys['a']}\n")
    check(known, "gpu1", 22, keys["a"])


def test_a_revoked_key_is_refused_even_where_it_is_known(known: Path, keys: dict[str, str]) -> None:
    known.write_text(f"gpu1 {keys['a']}\n@revoked * {keys['a']}\n")
    with pytest.raises(RevokedHostKey, match="line 2"):
        check(known, "gpu1", 22, keys["a"])


def test_keys_of_authorities_are_no_host_keys(known: Path, keys: dict[str, str]) -> None:
    known.write_text(f"@cert-authority * {keys['a']}\n")
    with pytest.raises(UnknownHostKey):
        check(known, "gpu1", 22, keys["a"])
    assert find_keys([known], "gpu1", 22)[0].marker is Marker.AUTHORITY


def test_a_list_of_revoked_keys(known: Path, keys: dict[str, str], tmp_path: Path) -> None:
    known.write_text(f"gpu1 {keys['a']}\n")
    revoked = tmp_path / "revoked"
    revoked.write_text(f"# gone\n{keys['a']}\n")
    with pytest.raises(RevokedHostKey):
        check(known, "gpu1", 22, keys["a"], revoked=revoked)
    with pytest.raises(BadConfiguration, match="cannot be read"):
        check(known, "gpu1", 22, keys["a"], revoked=tmp_path / "missing")
    (tmp_path / "key.pub").write_text(keys["b"])
    binary = tmp_path / "krl"
    subprocess.run(["ssh-keygen", "-kqf", str(binary), str(tmp_path / "key.pub")], check=True)
    with pytest.raises(BadConfiguration, match="binary revocation list"):
        check(known, "gpu1", 22, keys["a"], revoked=binary)


def test_wildcards_and_exceptions(known: Path, keys: dict[str, str]) -> None:
    known.write_text(f"*.example.com,!bad.example.com {keys['a']}\n")
    check(known, "good.example.com", 22, keys["a"])
    with pytest.raises(UnknownHostKey):
        check(known, "bad.example.com", 22, keys["a"])


def test_hashed_names(known: Path, keys: dict[str, str]) -> None:
    known.write_text(f"gpu1 {keys['a']}\n[gpu2]:2222 {keys['e']}\n")
    subprocess.run(["ssh-keygen", "-H", "-f", str(known)], check=True, capture_output=True)
    assert "gpu1" not in known.read_text()
    check(known, "gpu1", 22, keys["a"])
    check(known, "gpu2", 2222, keys["e"])
    with pytest.raises(UnknownHostKey):
        check(known, "gpu3", 22, keys["a"])


@pytest.mark.parametrize(
    "rubbish", ["gpu1", "gpu1 ssh-ed25519", "gpu1 ssh-rsa AAAA", "|1|x|y z w", "@what a b c", "|"]
)
def test_malformed_lines_say_nothing(rubbish: str, known: Path, keys: dict[str, str]) -> None:
    known.write_bytes(f"{rubbish}\n\xff\xfe\ngpu1 {keys['a']}\n".encode("latin-1"))
    check(known, "gpu1", 22, keys["a"])


def test_a_file_that_cannot_be_read_is_not_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="cannot be read"):
        find_keys([tmp_path], "gpu1", 22)


def test_accepting_makes_a_key_known_to_us_and_to_ssh(known: Path, keys: dict[str, str]) -> None:
    accept("GPU1", 2222, keys["a"] + " comment", known)
    accept("gpu1", 2222, keys["a"], known)
    accept("gpu1", 2222, keys["r"], known)
    accept("gpu2", 22, keys["a"], known)
    check(known, "gpu1", 2222, keys["a"])
    assert known.read_text().count("\n") == 3
    assert stat.S_IMODE(known.stat().st_mode) == 0o600
    found = subprocess.run(
        ["ssh-keygen", "-F", "[gpu1]:2222", "-f", str(known)], capture_output=True, check=True
    )
    assert keys["a"].encode() in found.stdout


def test_accepting_never_replaces_a_key(known: Path, keys: dict[str, str]) -> None:
    accept("gpu1", 22, keys["a"], known)
    with pytest.raises(Refused, match="line 1"):
        accept("gpu1", 22, keys["b"], known)


@pytest.mark.parametrize("host", ["", "a b", "a,b", "*", "!a", "a\nb", "|1|", "#a", "@revoked"])
def test_a_name_that_would_mean_something_else_is_refused(
    host: str, known: Path, keys: dict[str, str]
) -> None:
    with pytest.raises(Refused):
        accept(host, 22, keys["a"], known)
    assert not known.exists()


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 !!", "ssh-rsa {a}"])
def test_what_is_no_key_is_refused(line: str, known: Path, keys: dict[str, str]) -> None:
    with pytest.raises(Refused):
        accept("gpu1", 22, line.format(a=keys["a"].split()[1]), known)


def test_accepting_keeps_what_is_there(known: Path, keys: dict[str, str]) -> None:
    known.write_text(f"# kept\nother {keys['b']}")
    accept("gpu1", 22, keys["a"], known)
    check(known, "other", 22, keys["b"])
    check(known, "gpu1", 22, keys["a"])
    assert known.read_text().startswith("# kept\n")


def test_many_who_accept_at_once_lose_nothing(known: Path, keys: dict[str, str]) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        pool.starmap(accept, [(f"gpu{n}", 22, keys["a"], known) for n in range(40)])
    for number in range(40):
        check(known, f"gpu{number}", 22, keys["a"])


def test_a_type_that_lies_is_no_key(keys: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not a public key of type"):
        decode_public_key("ssh-rsa " + keys["a"].split()[1])


@given(st.binary(max_size=80))
def test_hostile_bytes_are_no_key(blob: bytes) -> None:
    try:
        key = offered_key("gpu1", 22, blob)
    except ValueError:
        return
    assert key.key_type.isprintable()
    assert " " not in key.key_type


@given(st.lists(st.sampled_from(list(Marker)), max_size=4), st.booleans())
def test_nothing_but_a_plain_line_makes_a_key_good(markers: list[Marker], same: bool) -> None:
    mine, other = (b"\x00\x00\x00\x01x" + tail for tail in (b"1", b"2"))
    known = [
        KnownKey(marker, mine if same else other, Path("f"), line, without_port=False)
        for line, marker in enumerate(markers, 1)
    ]
    offered = offered_key("h", 22, mine)
    if same and Marker.REVOKED in markers:
        with pytest.raises(RevokedHostKey):
            judge(known, offered)
    elif same and Marker.PLAIN in markers:
        judge(known, offered)
    elif Marker.PLAIN in markers:
        with pytest.raises(ChangedHostKey):
            judge(known, offered)
    else:
        with pytest.raises(UnknownHostKey):
            judge(known, offered)
