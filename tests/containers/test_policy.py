"""Which arguments to `docker run` pass, however they are written."""

from __future__ import annotations

import json
import os
import posixpath
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_agent.containers.argument_policy import HARMLESS, Policy, judged, why_refused
from remote_agent.containers.argument_syntax import FLAGS, SHORT, Argument, read_arguments
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.owner_rules import NO_RULES, OwnerRules, read_owner_rules

DEFAULT = Policy(NO_RULES, posixpath.normpath)


def verdict(*words: str, policy: Policy = DEFAULT) -> str:
    """The reasons why the words are refused; empty: they pass."""
    return "; ".join(filter(None, (why_refused(one, policy) for one in read_arguments(words))))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], []),
        (["--env=A=b"], ["--env=A=b"]),
        (["--env", "A=b"], ["--env=A=b"]),
        (["-e", "A=b"], ["--env=A=b"]),
        (["-eA=b"], ["--env=A=b"]),
        (["-e=A=b"], ["--env=A=b"]),
        (["-Pe", "A=b", "-m4g"], ["--publish-all", "--env=A=b", "--memory=4g"]),
        (["--read-only", "--cpus", "2"], ["--read-only", "--cpus=2"]),
        (["--read-only=false"], ["--read-only=false"]),
        (["--net", "none"], ["--network=none"]),
        (["--env", "--privileged"], ["--env=--privileged"]),
        (["--hostname", ""], ["--hostname="]),
        (["-v", "/data/sets:/data:ro"], ["--volume=/data/sets:/data:ro"]),
        (["-v", "name:/data", "-v", "/only"], ["--volume=name:/data", "--volume=/only"]),
        (
            ["--mount", "type=bind,source=/data,target=/data"],
            ["--mount=type=bind,source=/data,target=/data"],
        ),
        (["--mount", "type=tmpfs,target=/fast"], ["--mount=type=tmpfs,target=/fast"]),
        (["--tmpfs", "/fast", "--ipc", "private"], ["--tmpfs=/fast", "--ipc=private"]),
        (["--network", "host", "--label", "a=b"], ["--network=host", "--label=a=b"]),
        (["--cap-drop=ALL", "--ulimit", "nofile=9"], ["--cap-drop=ALL", "--ulimit=nofile=9"]),
    ],
)
def test_what_passes_is_written_anew(words: list[str], expected: list[str]) -> None:
    assert judged(read_arguments(words), DEFAULT) == expected


@pytest.mark.parametrize(
    "words",
    [
        ["--privileged"],
        ["--privileged=true"],
        ["--pid", "host"],
        ["--pid=container:other"],
        ["--ipc=host"],
        ["--ipc", "container:other"],
        ["--uts=host"],
        ["--userns=host"],
        ["--cgroupns=host"],
        ["--cgroup-parent=/"],
        ["--cap-add=SYS_ADMIN"],
        ["--cap-add", "ALL"],
        ["--security-opt", "seccomp=unconfined"],
        ["--device=/dev/sda"],
        ["--device", "/dev/sda:/dev/sda"],
        ["--device-cgroup-rule=a *:* rwm"],
        ["--gpus", "all"],
        ["--group-add=docker"],
        ["--runtime=mine"],
        ["--sysctl=kernel.core_pattern=|/x"],
        ["--volumes-from", "other"],
        ["--volume-driver=local"],
        ["--network=container:other"],
        ["--network", "name=container:other"],
        ["--net=ns:/proc/1/ns/net"],
        ["-v", "/:/host"],
        ["-v/:/host"],
        ["--volume=/data/../:/host"],
        ["-v", "/var/run/docker.sock:/s"],
        ["-v", "/home/me/run/docker.sock:/s"],
        ["-v", "/etc:/e:ro"],
        ["-v", "/etc/shadow:/e"],
        ["-v", "/var:/v"],
        ["-v", "../..:/host"],
        ["-v", "./here:/host"],
        ["-v", "~/x:/host"],
        ["-v", "/data:/clearq/scripts"],
        ["-v", "/data:/"],
        ["-v", "/data://clearq"],
        ["-v", "//etc:/host"],
        ["--mount", "type=bind,source=//proc,target=/host"],
        ["--mount", "type=bind,source=/,target=/host"],
        ["--mount", "type=bind,src=/proc,dst=/host"],
        ["--mount", "type=BIND,src=/proc,dst=/host"],
        ["--mount", 'type=bind,"source=/",target=/host'],
        ["--mount", "type=bind,source=/data,source=/,target=/host"],
        ["--mount", "type=bind,source=/data,src=/,target=/host"],
        ["--mount", "source=/,target=/host"],
        ["--mount", "type=volume,volume-opt=device=/,volume-opt=o=bind,target=/host"],
        ["--mount", "type=devpts,target=/host"],
        ["--mount", "type=bind,source=/data,target=/x\ntype=bind"],
        ["--user", "0"],
        ["-u", "root"],
        ["--rm"],
        ["-d"],
        ["-it"],
        ["--init"],
        ["--name=x"],
        ["--entrypoint=sh"],
        ["--restart", "always"],
        ["--label=clearq.attempt=/elsewhere"],
        ["-l", "clearq.attempt=/elsewhere"],
        ["--label-file=x"],
        ["--log-driver=json-file"],
        ["--pull=always"],
        ["--workdir=/"],
        ["--env-host"],
        ["--hooks-dir=/x"],
        ["--secret=x"],
        ["--rootfs"],
        ["--annotation=x=y"],
        ["--whatever=x"],
    ],
)
def test_what_is_refused(words: list[str]) -> None:
    assert verdict(*words)
    # However it is hidden among others.
    assert verdict("-e", "A=b", *words, "--cpus=1")
    assert verdict("-P", *words)


@pytest.mark.parametrize(
    "words",
    [["image"], ["--env"], ["-e"], ["--"], ["-"], [""], ["--env=A", "sh"], ["-Z"], ["-PZ"]],
)
def test_what_is_no_option_is_told_of(words: list[str]) -> None:
    with pytest.raises(ContainerError, match="image's arguments"):
        read_arguments(words)


def owner(allow: tuple[str, ...] = (), deny: tuple[str, ...] = (), **more: bool) -> Policy:
    rules = OwnerRules("", allow, deny, more.get("defaults", True))
    return Policy(rules, posixpath.normpath)


@pytest.mark.parametrize(
    ("policy", "words", "passes"),
    [
        (owner(allow=("--cap-add=SYS_PTRACE",)), ["--cap-add=SYS_PTRACE"], True),
        (owner(allow=("--cap-add=SYS_PTRACE",)), ["--cap-add", "SYS_ADMIN"], False),
        (owner(allow=("--cap-add",)), ["--cap-add", "SYS_ADMIN"], True),
        (owner(allow=("--privileged",)), ["--privileged"], True),
        (owner(allow=("--ipc=host",)), ["--ipc=host"], True),
        (owner(allow=("--pid",)), ["--pid=host"], False),
        (owner(allow=("*",)), ["--user=0"], False),
        (owner(allow=("*",)), ["--label=clearq.attempt=x"], False),
        (owner(allow=("*",)), ["--anything=x"], True),
        (owner(allow=("--device=/dev/infiniband/*",)), ["--device=/dev/infiniband/uverbs0"], True),
        (owner(deny=("--network=host",)), ["--net=host"], False),
        (owner(deny=("--network=host",)), ["--network=none"], True),
        (owner(deny=("--env",)), ["-eA=b"], False),
        (owner(allow=("--env",), deny=("--env=A=*",)), ["-eA=b"], False),
        (owner(deny=("--volume=/data/*",)), ["-v", "/data/x:/x"], False),
        (owner(deny=("--volume=/data/*",)), ["-v", "/other/../data/x:/x"], False),
        (owner(deny=("--volume=/data/*",)), ["--mount", "type=bind,src=/data/x,dst=/x"], False),
        (owner(allow=("--volume=/etc/ssl/*",)), ["-v", "/etc/ssl/certs:/x"], True),
        (owner(allow=("--volume=/etc/ssl/*",)), ["-v", "/etc/ssl/../shadow:/x"], False),
        (
            owner(allow=("--volume=/etc/ssl/*",)),
            ["--mount", "type=bind,src=/etc/ssl/certs,dst=/x"],
            True,
        ),
        (owner(defaults=False), ["--env=A=b"], False),
        (owner(allow=("--env",), defaults=False), ["--env=A=b"], True),
    ],
)
def test_what_the_owner_says_goes_first(policy: Policy, words: list[str], passes: bool) -> None:
    assert (verdict(*words, policy=policy) == "") is passes


def test_every_refused_argument_is_named() -> None:
    with pytest.raises(ContainerError) as told:
        judged(read_arguments(["--privileged", "-eA=b", "-v/:/x", "--pid=host"]), DEFAULT)
    said = str(told.value)
    assert "--privileged (" in said
    assert "--volume=/:/x (" in said
    assert "--pid=host (" in said
    assert "--env" not in said


def test_a_link_is_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/")
    policy = Policy(NO_RULES, os.path.realpath)
    assert verdict("-v", f"{tmp_path}/link:/x", policy=policy)
    assert not verdict("-v", f"{tmp_path}:/x", policy=policy)
    assert verdict("-v", f"{tmp_path}:/x", policy=policy._replace(private=(str(tmp_path),)))


NAMES = st.sampled_from(
    sorted({*HARMLESS, *FLAGS, *SHORT.values(), "privileged", "pid", "cap-add"})
)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
ARGUMENTS = st.builds(
    lambda name, value: Argument(name, None if name in FLAGS else value), NAMES, VALUES
)


@given(st.lists(ARGUMENTS, max_size=6))
def test_what_is_written_anew_reads_the_same(arguments: list[Argument]) -> None:
    assert read_arguments([str(argument) for argument in arguments]) == arguments


@given(st.lists(ARGUMENTS, max_size=6), st.data())
def test_however_options_are_written_they_are_the_same(
    arguments: list[Argument], data: st.DataObject
) -> None:
    letters = {name: letter for letter, name in SHORT.items()}
    words: list[str] = []
    for name, value in arguments:
        letter = letters.get(name)
        ways = [[f"--{name}"] if value is None else [f"--{name}={value}"]]
        if value is not None:
            ways.append([f"--{name}", value])
        if letter is not None:
            ways.append([f"-{letter}"] if value is None else [f"-{letter}", value])
            ways += [[f"-{letter}={value}"]] if value else []
        words += data.draw(st.sampled_from(ways))
    assert read_arguments(words) == arguments


@given(st.lists(st.text(max_size=20), max_size=6))
def test_no_words_get_anything_past_the_reader(words: list[str]) -> None:
    try:
        passed = judged(read_arguments(words), DEFAULT)
    except ContainerError:
        return
    for word in passed:
        assert word.startswith("--")
        assert word[2:].partition("=")[0] in HARMLESS | {"network", "volume", "mount", "ipc", "uts"}


def test_the_owners_file(tmp_path: Path) -> None:
    missing, path = tmp_path / "missing.json", tmp_path / "rules" / "containers.json"
    assert read_owner_rules([str(missing)]) == NO_RULES
    path.parent.mkdir(mode=0o700)
    path.write_text(json.dumps({"engine": "podman", "allow": ["--ipc=host"], "deny": ["--env"]}))
    path.chmod(0o644)
    said = read_owner_rules([str(missing), str(path)])
    assert said == OwnerRules("podman", ("--ipc=host",), ("--env",), True)
    for other, mode in ((path, 0o664), (path, 0o646), (path.parent, 0o777)):
        before = other.stat().st_mode
        other.chmod(mode)
        with pytest.raises(ContainerError, match="others may write"):
            read_owner_rules([str(path)])
        other.chmod(before)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "no JSON"),
        ("[]", "no object"),
        ('{"alow": []}', "unknown field 'alow'"),
        ('{"allow": "--env"}', "as allow"),
        ('{"deny": ["env"]}', "as deny"),
        ('{"engine": 1}', "as engine"),
        ('{"defaults": "no"}', "as defaults"),
    ],
)
def test_a_file_that_makes_no_sense_lets_nothing_pass(
    tmp_path: Path, content: str, complaint: str
) -> None:
    path = tmp_path / "containers.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ContainerError, match=complaint):
        read_owner_rules([str(path)])
