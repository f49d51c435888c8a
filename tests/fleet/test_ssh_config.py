"""Our reading of ssh_config against the judge: `ssh -G`."""

from __future__ import annotations

import dataclasses
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearq_tui.fleet.destination import Hop, parse_jump
from clearq_tui.fleet.failures import BadConfiguration
from clearq_tui.fleet.ssh_config import Asked, ConfigFile, read_options
from clearq_tui.fleet.ssh_settings import Surroundings, _asked, resolve_settings

needs_ssh = pytest.mark.skipif(
    shutil.which("ssh") is None, reason="no ssh: our reading of ssh_config is NOT compared with it"
)
ME = pwd.getpwuid(os.getuid()).pw_name


def surroundings(config: Path) -> Surroundings:
    return Surroundings(
        accepted_hosts=config.parent / "accepted",
        config_files=[ConfigFile(config, config.parent)],
        home=Path.home(),
        environment=dict(os.environ),
    )


def ours(config: Path, hop: Hop) -> dict[str, object]:
    asked: Asked = _asked(hop, None, surroundings(config))
    options = read_options(surroundings(config).config_files, asked)
    return {
        "hostname": options.hostname,
        "user": options.first("user") or ME,
        "port": options.first("port") or "22",
        "proxyjump": parse_jump(options.first("proxyjump") or "none"),
        "proxycommand": none_or(options.first("proxycommand")),
        "identityfile": options.values.get("identityfile"),
        "hostkeyalias": (options.first("hostkeyalias") or "").lower() or None,
    }


def none_or(value: str | None) -> str | None:
    return None if value is None or value.lower() == "none" else value


def oracle(config: Path, hop: Hop) -> dict[str, object]:
    arguments = ["ssh", "-G", "-F", str(config)]
    arguments += ["-l", hop.user] if hop.user else []
    arguments += ["-p", str(hop.port)] if hop.port else []
    answer = subprocess.run(
        [*arguments, "--", hop.host],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if answer.returncode:
        raise BadConfiguration(answer.stderr)
    values: dict[str, list[str]] = {}
    for line in answer.stdout.splitlines():
        keyword, _, value = line.partition(" ")
        values.setdefault(keyword, []).append(value)
    identities = tuple(values.get("identityfile", []))
    return {
        "hostname": values["hostname"][0],
        "user": values["user"][0],
        "port": values["port"][0],
        "proxyjump": parse_jump(values.get("proxyjump", ["none"])[0]),
        "proxycommand": none_or(values.get("proxycommand", [None])[0]),
        "identityfile": None if "~/.ssh/id_ed25519_sk" in identities else identities,
        "hostkeyalias": values.get("hostkeyalias", [None])[0],
    }


CONFIGS = {
    "plain": "Host gpu1\n HostName 10.0.0.7\n User alice\n Port 2222\n",
    "equals and quotes": 'Host = gpu1\n HostName="10.0.0.7"\n\tUser = "al ice"\n Port =23\n',
    "first wins": "User early\nHost gpu*\n User late\n HostName %h.example.com\nHost *\n Port 99\n",
    "negation": "Host * !gpu1\n User no\nHost !other *\n User yes\n",
    "question mark": "Host gpu?\n Port 1001\nHost gpu??\n Port 1002\n",
    "comment after value": "Host gpu1 # mine\n HostName h1 # really\n # indented\n User a#b\n",
    "no trailing newline, CR": "Host gpu1\r\n Port 77\r\n User bob",
    "keyword case": "hOsT gpu1\n hostNAME Mixed.Example\n PORT 12\n",
    "host patterns have case": "Host GPU1\n Port 5\nMatch host GPU1\n Port 6\n",
    "jump": "Host gpu1\n ProxyJump bob@bastion:2200,second\n ProxyCommand never %h\n",
    "command first": "Host gpu1\n ProxyCommand nc '%h' %p # kept\n ProxyJump bastion\n",
    "jump none": "Host gpu1\n ProxyJump none\nHost *\n ProxyJump bastion\n",
    "command none": "Host gpu1\n ProxyCommand none\nHost *\n ProxyCommand x\n ProxyJump y\n",
    "jump is URI": "ProxyJump ssh://bob@bastion:2200\n",
    "identities add up": "IdentityFile ~/.ssh/a\nHost gpu1\n"
    " IdentityFile b\n IdentityFile ~/.ssh/a\n",
    "identity none": "Host gpu1\n IdentityFile none\n IdentityFile c\n",
    "identity tokens": 'IdentityFile "%d/keys/${HOME}/%r %h"\n',
    "alias": "Host gpu1\n HostKeyAlias MyAlias\nHostKeyAlias other\n",
    "match host": "Host gpu1\n HostName real.example\nMatch host real.*\n User matched\n",
    "match original": "HostName x\nMatch originalhost GPU1,zzz user root\n User m\n Port 3\n",
    "match user": "Match user alice\n Port 31\nMatch !user alice\n Port 32\n",
    "match user from file": "User alice\nMatch user ali*,!alison\n Port 31\n",
    "match localuser": f"Match localuser {ME}\n Port 41\n",
    "match equals": "Match host=gpu1\n Port 52\n",
    "match exec": 'Match exec "test %n-%p = gpu1-22"\n Port 61\nMatch exec false\n User x\n',
    "match exec shell": "Match exec \"false || test '%h' = gpu1\"\n Port 62\n",
    "match exec skipped": 'Match host zzz exec "touch %d/never"\n Port 63\n',
    "match not exec": 'Match !exec "false"\n Port 64\n',
    "match all": "Match all\n Port 71\nMatch !all\n User x\n",
    "match final": "Match final host *.example.com\n User late\n Port 8\n"
    "Host gpu1\n HostName gpu1.example.com\nHost *.example.com\n Port 9\n IdentityFile f\n",
    "match final all": "Match final all\n User late\nHost gpu1\n IdentityFile a\n",
    "match canonical": "Match canonical\n User x\nMatch !canonical\n User y\n",
    "match two": "Match host gpu1 user bob\n Port 1\nMatch host gpu1 !user bob\n Port 2\n",
    "canonicalize": "CanonicalizeHostname yes\nCanonicalDomains none.invalid\n"
    "Match canonical\n Port 4\nMatch final host gpu1\n User f\n",
    "canonicalize behind a proxy": "CanonicalizeHostname yes\nProxyJump x\n"
    "CanonicalDomains none.invalid\nCanonicalizeFallbackLocal no\n",
    "canonicalize or fail": "CanonicalizeHostname yes\nCanonicalDomains none.invalid\n"
    "CanonicalizeFallbackLocal no\n",
    "canonicalize with dots": "Hostname a.b.c\nCanonicalizeHostname always\n"
    "CanonicalDomains none.invalid\nCanonicalizeFallbackLocal no\n",
    "percent percent": "HostName a%%b\n",
    "unclosed quote": 'Host gpu1\n HostName "abc\n',
    "too many values": "Host gpu1\n HostName a b\n",
    "no value": "Host gpu1\n HostName\n",
    "bad token": "HostName %q\n",
    "match without pattern": "Match host\n",
    "match unknown": "Match weather sunny\n",
    "match all and more": "Match all host x\n",
    "escaped": 'Host gpu1\n HostName "a\\"b"\n User a\\ b\n IdentityFile \'x "y"\'\n',
    "form feed": "Host gpu1\n Port 5\f\n",
    "single quotes": "Host 'gpu1'\n User 'x y'\n",
}


@needs_ssh
@pytest.mark.parametrize("text", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("hop", [Hop("gpu1"), Hop("GPU1", "alice", 24)], ids=str)
def test_we_read_what_ssh_reads(text: str, hop: Hop, tmp_path: Path) -> None:
    compare(text, hop, tmp_path)


def compare(text: str, hop: Hop, directory: Path) -> None:
    config = directory / "config"
    config.write_bytes(text.encode())
    try:
        expected = oracle(config, hop)
    except BadConfiguration:
        with pytest.raises(BadConfiguration):
            resolve_settings(hop, surroundings(config))
        return
    assert ours(config, hop) == expected


@needs_ssh
def test_included_files_are_read_in_order_within_their_block(tmp_path: Path) -> None:
    (tmp_path / "b.conf").write_text("Host gpu1\n Port 1002\n IdentityFile b\n")
    (tmp_path / "a.conf").write_text("IdentityFile a\nMatch host zzz\n Port 1003\n")
    (tmp_path / "c.inc").write_text("Host *\n User fromc\n IdentityFile c\n")
    text = (
        f"Host gpu1\n Include {tmp_path}/*.conf {tmp_path}/missing\n HostName still\n"
        f"Host zzz\n Include {tmp_path}/c.inc\n IdentityFile no\n"
        f"Host *\n Include {tmp_path}/c.inc\n"
    )
    compare(text, Hop("gpu1"), tmp_path)
    compare(text, Hop("other"), tmp_path)


def test_an_include_that_includes_itself_is_said(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(f"Include {config}\n")
    with pytest.raises(BadConfiguration, match="circle"):
        resolve_settings(Hop("gpu1"), surroundings(config))


def test_the_canonical_name_is_looked_up_again(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "CanonicalizeHostname yes\nCanonicalDomains a.example b.example c.example\n"
        "Host *.b.example\n User alice\nHost gpu1\n Port 7\n"
    )
    asked: list[str] = []

    def exists(name: str) -> bool:
        asked.append(name)
        return name == "gpu1.b.example"

    question = dataclasses.replace(
        _asked(Hop("gpu1"), None, surroundings(config)), can_resolve=exists
    )
    options = read_options(surroundings(config).config_files, question)
    assert options.hostname == "gpu1.b.example"
    assert (options.first("user"), options.first("port")) == ("alice", "7")
    assert asked == ["gpu1.a.example", "gpu1.b.example"]


def test_errors_name_file_and_line(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text('Host *\n\n User "x\n')
    with pytest.raises(BadConfiguration, match=r"config line 3: a quote is not closed\."):
        resolve_settings(Hop("gpu1"), surroundings(config))


HOSTS = st.sampled_from(["a", "b", "ab", "A", "a.x", "b.x"])
PATTERNS = st.sampled_from(["a", "b", "a*", "*", "?", "!a", "!*.x", "*.x", "A", "a?x"])
SEPARATORS = st.sampled_from([" ", "\t", "=", " = ", "  "])
WORDS = st.sampled_from(
    ["u1", "u2", '"u 3"', "'u4'", "u5 # comment", '"u#6"', "u\\ 7", "none", "u8#x", '""']
)


VALUES = {
    "HostName": ["%h.x", "a", "b.x", "%h", "B", "%%", "%n"],
    "Port": ["1", "22", "65535", "0", "65536", "x"],
    "ProxyJump": ["j", "none", "u@j:9,k", "k,j", "[::1]:9"],
    "ProxyCommand": ["nc %h", "none", 'x "y', "z # c"],
}


@st.composite
def a_line(draw: st.DrawFn) -> str:
    space = draw(SEPARATORS)
    kind = draw(st.sampled_from(["host", "match", "value", *VALUES]))
    if kind == "host":
        return f"Host{space}{' '.join(draw(st.lists(PATTERNS, min_size=1, max_size=3)))}"
    if kind == "match":
        conditions = draw(st.lists(a_condition(), min_size=1, max_size=3))
        return f"Match{space}{' '.join(conditions)}"
    if kind in VALUES:
        return f"{kind}{space}{draw(st.sampled_from(VALUES[kind]))}"
    keyword = draw(st.sampled_from(["User", "IdentityFile", "HostKeyAlias", "identityfile"]))
    return f"{keyword}{space}{draw(WORDS)}"


@st.composite
def a_condition(draw: st.DrawFn) -> str:
    negation = draw(st.sampled_from(["", "", "!"]))
    name = draw(st.sampled_from(["host", "originalhost", "user", "localuser", "final", "exec"]))
    if name == "final":
        return negation + name
    if name == "exec":
        token = draw(st.sampled_from(["", "%n", "%r"]))
        return f'{negation}exec "test %h{token} = a"'
    patterns = [draw(PATTERNS), draw(st.sampled_from(["u1", "u*", "zz"]))]
    return f"{negation}{name} {','.join(patterns)}"


@needs_ssh
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(["", " ", "\t"]), a_line()), max_size=8), HOSTS)
def test_we_read_what_ssh_reads_whatever_is_written(
    lines: list[tuple[str, str]], host: str
) -> None:
    text = "".join(f"{indent}{line}\n" for indent, line in lines)
    with tempfile.TemporaryDirectory() as directory:
        compare(text, Hop(host), Path(directory))
