"""From what an agent says of its machine to what runs there."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.tags import sys_tags

from clearq_tui.provisioning import Target, own_target, target_of, travels_via_laptop
from clearq_tui.provisioning.target import FoundPython, runs_what_runs_on
from clearq_tui.provisioning.wheel_names import tag_ranks

LINUX = {"system": "Linux", "architecture": "x86_64", "bits": 64, "libc": "glibc 2.36"}


@pytest.mark.parametrize(
    ("network", "facts", "expected"),
    [
        ("direct", {"has_route": False}, False),
        ("via-laptop", {"has_route": True}, True),
        ("auto", {"has_route": True}, False),
        ("auto", {"has_route": False}, True),
        ("auto", {}, False),
    ],
)
def test_who_fetches(network: str, facts: dict[str, object], expected: bool) -> None:
    assert travels_via_laptop(network, facts) is expected


@pytest.mark.parametrize(
    ("facts", "described", "platform", "first_tag"),
    [
        ({}, "Linux x86_64 with glibc 2.36", "x86_64-manylinux_2_36", "manylinux_2_36_x86_64"),
        ({"libc": "glibc 2.30"}, None, "x86_64-manylinux_2_28", "manylinux_2_30_x86_64"),
        ({"libc": "glibc 2.99"}, None, "x86_64-manylinux_2_40", "manylinux_2_99_x86_64"),
        ({"libc": "glibc 2.12"}, None, "x86_64-manylinux_2_17", "manylinux_2_12_x86_64"),
        (
            {"architecture": "aarch64", "libc": "musl 1.2.5"},
            "Linux aarch64 with musl 1.2",
            "aarch64-unknown-linux-musl",
            "musllinux_1_2_aarch64",
        ),
        ({"architecture": "riscv64"}, None, "riscv64-unknown-linux", "manylinux_2_36_riscv64"),
        ({"architecture": "ppc64le"}, None, None, "manylinux_2_36_ppc64le"),
        ({"bits": 32}, "Linux i686 with glibc 2.36", None, "manylinux_2_36_i686"),
        ({"libc": ""}, "Linux x86_64 with an unknown libc 0.0", None, "linux_x86_64"),
        (
            {"system": "Darwin", "architecture": "arm64", "release": "23.4.0"},
            "macOS 14.0 arm64",
            "aarch64-apple-darwin",
            "macosx_14_0_arm64",
        ),
        (
            {"system": "Darwin", "release": "25.1.0"},
            "macOS 26.0 x86_64",
            "x86_64-apple-darwin",
            "macosx_26_0_x86_64",
        ),
        (
            {"system": "Darwin", "release": "19.6.0"},
            "macOS 10.15 x86_64",
            "x86_64-apple-darwin",
            "macosx_10_15_x86_64",
        ),
    ],
)
def test_a_machine_is_told_by_its_facts(
    facts: dict[str, Any], described: str | None, platform: str | None, first_tag: str
) -> None:
    target = target_of(LINUX | facts)
    assert described in (None, str(target))
    assert target.uv_platform == platform
    assert target.platform_tags[0] == first_tag


def test_pythons_that_make_no_sense_are_passed_over() -> None:
    good = {"version": "3.11.7", "path": "/p"}
    bad: list[object] = [{"version": "3.x", "path": "/p"}, {"version": "3.9"}, 7, {"path": "/p"}]
    assert target_of({"pythons": [*bad, good]}).pythons == (FoundPython("3.11.7", "/p"),)
    assert target_of({"pythons": "none"}).pythons == ()


def test_the_tags_of_this_machine_are_those_that_packaging_finds() -> None:
    import sys

    ours = tag_ranks(own_target(), "{}.{}".format(*sys.version_info))
    theirs = [str(tag) for tag in sys_tags()]
    assert set(ours) == set(theirs)
    for kind in ("manylinux", "-none-any", "musllinux"):
        assert [tag for tag in ours if kind in tag] == [tag for tag in theirs if kind in tag]


@pytest.mark.parametrize(
    ("libc", "other", "expected"),
    [
        ("glibc 2.36", "glibc 2.28", True),
        ("glibc 2.28", "glibc 2.36", False),
        ("musl 1.2", "glibc 2.28", False),
        ("", "", False),
    ],
)
def test_programs_run_where_the_c_library_is_as_new(libc: str, other: str, expected: bool) -> None:
    here, there = (target_of(LINUX | {"libc": each}) for each in (libc, other))
    assert runs_what_runs_on(here, there) is expected


def test_an_old_agent_says_too_little() -> None:
    assert target_of({}) == Target("", "", "", (0, 0))
