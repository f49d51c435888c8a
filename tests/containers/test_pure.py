"""Decisions without an engine: accounts, GPUs, command lines, and scripts in whatever shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remote_agent.containers import places, scripts
from remote_agent.containers.account import who_for
from remote_agent.containers.creation import Plan, Who, creating, mount_option
from remote_agent.containers.engine import Engine, complaint_of, engine_from_json, find_engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.inside import script_text
from remote_agent.containers.mount_arguments import _fields_of
from remote_agent.containers.places import Mount
from remote_agent.containers.record import Noted, Record, read_record, write_record
from remote_agent.containers.secrets_inside import secret_mounts
from remote_agent.containers.wish import read_wish

SHELLS = [shell for shell in ("sh", "dash", "bash", "busybox", "ksh") if shutil.which(shell)]
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@pytest.mark.parametrize(
    ("kind", "confinement", "uid", "expected"),
    [
        ("docker", ["name=seccomp,profile=default"], 0, Who(0, 5, (), False)),
        ("docker", ["name=seccomp,profile=default"], 1000, Who(1000, 5, (5, 44), False)),
        ("docker", ["name=rootless", "name=cgroupns"], 1000, Who(0, 0, (), False)),
        ("podman", [], 1000, Who(1000, 5, (), True)),
        ("podman", [], 0, Who(0, 5, (), False)),
    ],
)
def test_outputs_belong_to_the_account(
    kind: str, confinement: list[str], uid: int, expected: Who
) -> None:
    assert who_for(kind, confinement, uid, 5, (5, 44)) == expected


def test_an_engine_with_accounts_of_its_own_is_told_of() -> None:
    with pytest.raises(ContainerError, match="userns-remap"):
        who_for("docker", ["name=userns"], 1000, 5, ())


PLAN = Plan("docker", "n", "/d", "sha256:1", Who(0, 0, (), False), [], [], [], "/m.sh", False)


@pytest.mark.parametrize(
    ("engine", "gpus", "words"),
    [
        ("docker", ["GPU-1", "GPU-2"], ["--gpus", '"device=GPU-1,GPU-2"']),
        ("podman", ["GPU-1"], ["--device", "nvidia.com/gpu=GPU-1"]),
        ("docker", [], ["--env", "NVIDIA_VISIBLE_DEVICES=void"]),
    ],
)
def test_exactly_the_workers_gpus(engine: str, gpus: list[str], words: list[str]) -> None:
    made = " ".join(creating(PLAN._replace(engine=engine, gpus=gpus)))
    assert " ".join(words) in made


def test_accounts_and_labels_on_the_command_line() -> None:
    who = Who(1000, 100, (44,), False)
    made = creating(PLAN._replace(who=who, arguments=["--cpus=2"], has_selinux=True))
    text = " ".join(made)
    assert "--user 1000:100 --group-add 44" in text
    assert "--security-opt label=disable" in text
    assert text.endswith("--cpus=2 --entrypoint /bin/sh sha256:1 /m.sh")
    assert "clearq.attempt=/d" in made
    kept = " ".join(creating(PLAN._replace(who=Who(1000, 100, (), True))))
    assert "--user 1000:100 --userns keep-id" in kept


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1))
def test_any_path_can_be_mounted(path: str) -> None:
    fields = _fields_of(mount_option(Mount(path, "/t", True)))
    assert fields == {"type": "bind", "source": path, "target": "/t", "readonly": ""}


def test_what_an_engine_complains_of() -> None:
    said = b"time=x\nError response from daemon: no space\nError: no start: x\nSee 'docker'\n"
    assert complaint_of(said) == "no space"
    assert complaint_of(b"Error: no container with name x\n") == "no container with name x"
    assert complaint_of(b"") == ""


def test_a_machine_without_an_engine_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(ContainerError, match=r"docker is not installed; podman is not installed"):
        find_engine("", {"PATH": str(tmp_path)})
    broken = tmp_path / "docker"
    broken.write_text("#!/bin/sh\necho 'permission denied on the socket' >&2; exit 1\n")
    broken.chmod(0o755)
    with pytest.raises(ContainerError, match=r"permission denied on the socket.*group docker"):
        find_engine("", {"PATH": str(tmp_path)})


def test_podman_under_the_name_of_docker_is_known(tmp_path: Path) -> None:
    disguised = tmp_path / "docker"
    disguised.write_text("#!/bin/sh\necho '{\"host\": {}}'\n")
    disguised.chmod(0o755)
    assert find_engine("", {"PATH": str(tmp_path)}).kind == "podman"


def test_a_record_says_what_it_was_given(tmp_path: Path) -> None:
    surroundings = {"DOCKER_HOST": "unix:///x", "TOKEN": "secret", "HOME": "/h"}
    engine = Engine("docker", "/usr/bin/docker", surroundings)
    record = Record(engine).noting(Noted("a", "")).noting(Noted("b", "2")).noting(Noted("a", "1"))
    write_record(str(tmp_path), record._replace(images=("i",), pid=7))
    found = read_record(str(tmp_path))
    assert found is not None
    assert found.containers == (Noted("b", "2"), Noted("a", "1"))
    assert (found.images, found.pid) == (("i",), 7)
    assert found.engine.surroundings == {"DOCKER_HOST": "unix:///x", "HOME": "/h"}
    assert "secret" not in (tmp_path / "container.json").read_text()
    assert found.without("b").containers == (Noted("a", "1"),)
    (tmp_path / "container.json").write_text('{"containers": [["a"]]}')
    with pytest.raises(ValueError, match="damaged"):
        read_record(str(tmp_path))
    with pytest.raises(ValueError, match="no engine"):
        engine_from_json({"kind": "other"})


@pytest.mark.parametrize(
    ("image", "complaint"),
    [
        ({}, "no image"),
        ({"name": "--privileged"}, "image's name"),
        ({"name": "a b"}, "image's name"),
        ({"name": "a", "arguments": "x"}, "arguments"),
        ({"name": "a", "arguments": [1]}, "arguments"),
        ({"name": "a", "shm_size": 8}, "shm_size"),
        ({"name": "a", "registry": ["host"]}, "registry"),
        ({"name": "a", "registry": ["-x", "u", "S"]}, "registry"),
        ({"name": "a", "archive": {"layers": []}}, "archive"),
        ({"name": "a", "archive": {"config": {"sha256": "../x", "size": 1}, "layers": []}}, "arch"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(image: dict[str, object], complaint: str) -> None:
    with pytest.raises(ContainerError, match=complaint):
        read_wish({"image": image})


def test_secrets_whose_variables_no_shell_sets_are_told_of() -> None:
    with pytest.raises(ContainerError, match="a shell has to set it"):
        secret_mounts([{"name": "S", "kind": "variable", "target": "a-b"}], {"S": "/x"})
    with pytest.raises(ContainerError, match="has not arrived"):
        secret_mounts([{"name": "S", "kind": "file", "target": "A"}], {})


# Scripts, in whichever shell an image may have


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    """Each shell, as an image would have it for /bin/sh."""
    name = str(request.param)
    if name == "busybox":
        return ["busybox", "sh"]
    return ["bash", "--posix"] if name == "bash" else [name]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `/clearq` is to the scripts."""
    (tmp_path / "work").mkdir()
    for name in ("WORK", "LOG", "OUT_OF_MEMORY"):
        inside = getattr(places, name).replace("/clearq", str(tmp_path))
        monkeypatch.setattr(scripts, name, inside)
    return tmp_path


def run(shell: list[str], text: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*shell, "/dev/stdin"],
        input=text.encode(),
        capture_output=True,
        check=False,
        timeout=20,
        env={"PATH": os.environ["PATH"]},
    )


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=TEXTS, argument=TEXTS, secret=TEXTS)
def test_texts_survive_every_shell(
    shell: list[str], root: Path, value: str, argument: str, secret: str
) -> None:
    (root / "secret").write_bytes(secret.encode())
    first = scripts.prelude({"VALUE": value, "GONE": "x"}, 0)
    script = root / "script.sh"
    script.write_text('unset GONE; export MORE="$VALUE\'"; exit 0\n')
    done = run(shell, scripts.set_up_script(first, str(script), str(root), 1))
    assert done.returncode == 0, done.stderr
    show = 'printf "%s|" "$VALUE" "$MORE" "$SECRET" "${GONE-unset}" "$@"'
    text = scripts.command_script(
        scripts.prelude({}, 1),
        {"SECRET": str(root / "secret")},
        str(root),
        ["sh", "-c", show, "sh", argument],
        {},
    )
    log = root / "log"
    log.unlink(missing_ok=True)
    done = run(shell, text)
    assert done.returncode == 0, done.stderr
    expected = "|".join([value, f"{value}'", secret, "unset", argument, ""])
    assert log.read_bytes() == expected.encode()


def test_a_set_up_script_ends_at_its_first_failing_line(shell: list[str], root: Path) -> None:
    script = root / "script.sh"
    script.write_text("echo one\nfalse\necho two\n")
    done = run(shell, scripts.set_up_script("", str(script), str(root), 1))
    assert (done.returncode, done.stdout) == (1, b"one\n")
    script.write_text('echo "$NOT_SET"\n')
    done = run(shell, scripts.set_up_script("", str(script), str(root), 1))
    assert done.returncode != 0
    assert not (root / "work" / "exports-1").exists()


def test_the_codes_of_commands(shell: list[str], root: Path) -> None:
    for command, code in (
        (["sh", "-c", "exit 7"], 7),
        (["sh", "-c", "kill -TERM $$"], 143),
        (["no-such-program"], 127),
        (["exit", "3"], 127),
    ):
        done = run(shell, scripts.command_script("", {}, str(root), command, {}))
        assert done.returncode == code, (command, done)
    text = scripts.command_script("", {}, str(root / "nowhere"), ["true"], {})
    assert run(shell, text).returncode == 125
    assert "nowhere" in (root / "log").read_text()


def test_tools_inside_get_what_is_meant_for_them() -> None:
    variables = {"UV_INDEX_URL": "it's", "PATH": "/host", "http_proxy": "p", "UV_odd.": "x"}
    text = script_text(variables, "/place", ["uv", "pip", "a b"])
    assert "export UV_INDEX_URL='it'\"'\"'s'\n" in text
    assert "export http_proxy=p\n" in text
    assert "/host" not in text
    assert "odd" not in text
    assert text.endswith("cd /place 2>/dev/null || cd /\nexec uv pip 'a b'\n")
