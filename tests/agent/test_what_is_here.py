"""What the agent finds out about its machine before anything is set up there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from remote_agent import c_library, what_is_here
from remote_agent.default_route import has_default_route
from remote_agent.facts import facts

HEADER = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
LAN = "eth0 0010A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"
DEFAULT = "eth0 00000000 0100A8C0 0003 0 0 0 00000000 0 0 0\n"
DOWN = "eth0 00000000 0100A8C0 0002 0 0 0 00000000 0 0 0\n"
UNREACHABLE = "lo 00000000 00000000 0201 0 0 0 00000000 0 0 0\n"
ZERO, GATE = "0" * 32, "fe80" + "0" * 27 + "1"
V6_LOOPBACK = f"{ZERO} 00 {ZERO} 00 {ZERO} ffffffff 00000001 00000000 00200200       lo\n"
V6_REJECTING = f"{ZERO} 00 {ZERO} 00 {ZERO} ffffffff 00000001 00000000 00200201     eth0\n"
V6_DEFAULT = f"{ZERO} 00 {ZERO} 00 {GATE} 00000400 00000001 00000000 00000003     eth0\n"


@pytest.mark.parametrize(
    ("v4", "v6", "expected"),
    [
        (HEADER + LAN, "", False),
        (HEADER + LAN + DEFAULT, None, True),
        (HEADER + DOWN, "", False),
        (HEADER + UNREACHABLE, "", False),
        (HEADER, V6_LOOPBACK + V6_REJECTING, False),
        (HEADER, V6_LOOPBACK + V6_DEFAULT, True),
        (None, V6_DEFAULT, True),
        (None, None, True),
        ("nonsense\n\n", "more of it\n", False),
        ("eth0 00000000 0 zz 0 0 0 00000000\n", "", False),
    ],
)
def test_a_default_route_is_read_from_the_kernels_tables(
    tmp_path: Path, v4: str | None, v6: str | None, expected: bool
) -> None:
    for name, text in (("route", v4), ("ipv6_route", v6)):
        if text is not None:
            (tmp_path / name).write_text(text)
    assert has_default_route(str(tmp_path)) is expected


def test_a_network_namespace_without_routes_has_none() -> None:
    code = "from remote_agent.default_route import has_default_route as f; print(f())"
    command = ["unshare", "--net", "--map-root-user", "python3", "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )
    if "unshare" in done.stderr:
        pytest.skip(f"no network namespaces here: {done.stderr.strip()}")
    assert done.stdout == "False\n", done.stderr


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    return path


def test_pythons_are_named_by_their_places_and_not_run(tmp_path: Path) -> None:
    on_path = executable(tmp_path / "bin/python3.12")
    (tmp_path / "bin/python3").symlink_to("python3.12")
    executable(tmp_path / "pyenv/versions/3.9.18/bin/python3.9")
    (tmp_path / "pyenv/versions/3.9.18/bin/python3").symlink_to("python3.9")
    executable(tmp_path / "pyenv/shims/python3.10")
    executable(tmp_path / "managed/cpython-3.13.1-linux-x86_64-gnu/bin/python3")
    (tmp_path / "bin/python3.8").write_text("not executable")
    variables = {
        "PATH": f"{tmp_path}/pyenv/shims:{tmp_path}/bin:relative",
        "HOME": str(tmp_path),
        "PYENV_ROOT": f"{tmp_path}/pyenv",
    }
    found = what_is_here.pythons(variables, str(tmp_path / "managed"))
    ours = {each["version"] for each in found if each["path"].startswith(str(tmp_path))}
    assert ours == {"3.12", "3.9.18", "3.13.1"}
    first = next(each for each in found if each["path"].startswith(str(tmp_path)))
    assert Path(first["path"]).resolve() == on_path


def test_conda_and_uv_are_found_beside_the_path_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    home = tmp_path / "home [of] *"
    assert what_is_here.uv(str(home)) == what_is_here.conda("relative") == ""
    uv = executable(home / ".local/bin/uv")
    conda = executable(home / "miniconda3/bin/conda")
    assert what_is_here.uv(str(home)) == str(uv)
    assert what_is_here.conda(str(home)) == str(conda)
    mamba = executable(tmp_path / "empty/mamba")
    assert what_is_here.conda(str(home)) == str(mamba)
    shim = executable(tmp_path / "shims/micromamba")
    monkeypatch.setenv("PATH", str(shim.parent))
    assert what_is_here.conda(str(home)) == str(conda)


def test_muslibc_is_asked_through_its_loader(tmp_path: Path) -> None:
    loader = executable(tmp_path / "ld-musl-x86_64.so.1")
    loader.write_text(
        "#!/bin/sh\nprintf 'musl libc (x86_64)\\nVersion 1.2.4\\nDynamic Program Loader\\n' >&2\n"
        "exit 1\n"
    )
    assert c_library._musl(str(tmp_path / "ld-musl-*.so.1")) == "musl 1.2.4"
    loader.write_text("#!/bin/sh\necho Version 1.2.4 >&2\n")
    assert c_library._musl(str(tmp_path / "ld-musl-*.so.1")) == ""
    assert c_library._musl(str(tmp_path / "nothing-*")) == ""


def test_the_facts_have_all_that_decides_what_must_be_brought() -> None:
    found = facts("/root-of-it", "")
    assert found["bits"] in (32, 64)
    assert found["libc"] == os.confstr("CS_GNU_LIBC_VERSION")
    assert {"version", "path"} == set(found["pythons"][0])
    assert isinstance(found["has_route"], bool)
    assert {"conda", "docker", "podman", "uv"} <= set(found)
