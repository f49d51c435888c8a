"""Where packages come from, by the rules of pip and of uv."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from clearq_tui.provisioning import Errand
from clearq_tui.provisioning.index_options import IndexOptions, relative_places
from clearq_tui.provisioning.operators_indexes import (
    indexes_of_pip,
    indexes_of_uv,
    operators_indexes,
)
from clearq_tui.provisioning.sources import Sources
from clearq_tui.provisioning.target import own_target
from clearq_tui.provisioning.uv_calls import variables_for_uv

PIPS = IndexOptions(("a", "b"), find_links=("/links",))


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ([], ["--index-url a", "--extra-index-url b", "--find-links /links"]),
        (["--index-url c"], ["--index-url c", "--find-links /links"]),
        (
            ["--extra-index-url c"],
            ["--index-url a", "--extra-index-url b", "--extra-index-url c", "--find-links /links"],
        ),
        (["--no-index"], ["--no-index", "--find-links /links"]),
        (["--no-index", "--index-url c"], ["--index-url c", "--find-links /links"]),
        (
            ["--no-index", "--find-links wheels", "--find-links https://x/y", "--no-binary z"],
            [
                "--no-index",
                "--find-links /links",
                "--find-links /code/wheels",
                "--find-links https://x/y",
                "--no-binary z",
            ],
        ),
        (["--prefer-binary", "--index-url c"], ["--index-url c", "--find-links /links"]),
    ],
)
def test_what_a_task_says_goes_before_what_the_operator_set_up(
    options: list[str], lines: list[str]
) -> None:
    assert PIPS.with_options(options, Path("/code")).lines() == lines


def test_further_indexes_leave_the_main_one_to_the_tool() -> None:
    only_further = IndexOptions().with_options(["--extra-index-url c"], None)
    assert only_further.lines() == ["--extra-index-url c"]
    both = only_further.with_options(["--extra-index-url d", "--pre", "--trusted-host h"], None)
    assert both.lines() == ["--extra-index-url c", "--extra-index-url d"]
    assert (both.prereleases, both.trusted_hosts) == (True, ("h",))


def test_directories_of_wheels_in_the_code_are_told_from_others() -> None:
    options = ["--find-links wheels", "--find-links /abs", "--find-links https://x", "--pre"]
    assert relative_places(options) == ["wheels"]


def test_pips_settings_are_read(errand: Errand, tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://one\nextra-index-url =\n  https://two\n  https://three\n"
        "constraint = /caps.txt\n[install]\nfind-links = /a\n"
    )
    told = {"PIP_CONFIG_FILE": str(config), "PIP_INDEX_URL": "https://four"}
    found = operators_indexes(_with(errand, told))
    assert found.for_uv == IndexOptions(
        ("https://four", "https://two", "https://three"), find_links=("/a",)
    )
    assert found.variables["UV_CONSTRAINT"] == "/caps.txt"
    assert indexes_of_pip({}).lines() == []
    assert indexes_of_pip({"no-index": "true", "find-links": "/a"}).lines() == [
        "--no-index",
        "--find-links /a",
    ]


def test_uvs_variables_are_read() -> None:
    variables = {
        "UV_INDEX_URL": "https://main",
        "UV_INDEX": "torch=https://torch https://plain/?a=b",
        "UV_FIND_LINKS": "/a,/b",
    }
    found = indexes_of_uv(variables)
    assert found.indexes == ("https://main", "https://torch", "https://plain/?a=b")
    assert found.find_links == ("/a", "/b")
    assert indexes_of_uv({"UV_EXTRA_INDEX_URL": "https://x"}).lines() == [
        "--extra-index-url https://x"
    ]


@pytest.mark.parametrize(
    ("uv_file", "expected"),
    [
        ("", ["--index-url http://pips"]),
        ("[[index]]\nurl = 'http://uvs'\n", []),
        ("[pip]\nextra-index-url = ['http://uvs']\n", []),
        ("link-mode = 'copy'\n", ["--index-url http://pips"]),
        ("]", ["--index-url http://pips"]),
    ],
)
def test_each_tool_is_told_what_only_the_other_was_told(
    errand: Errand, tmp_path: Path, uv_file: str, expected: list[str]
) -> None:
    (tmp_path / "config" / "uv").mkdir(parents=True)
    (tmp_path / "config" / "uv" / "uv.toml").write_text(uv_file)
    found = operators_indexes(_with(errand, {"PIP_INDEX_URL": "http://pips"}))
    assert found.for_uv.lines() == expected
    assert found.for_pip.lines() == []


def test_certificates_and_a_proxy_of_pips_hold_for_uv(errand: Errand) -> None:
    told = {"PIP_CERT": "/own.pem", "PIP_PROXY": "http://proxy:3128", "UV_INDEX": "http://uvs"}
    plain = {
        name: value
        for name, value in errand.environment.items()
        if not (name.startswith("SSL_CERT") or name.upper().endswith("_PROXY"))
    }
    errand = Errand(errand.home, "lab-a", environment=plain)
    found = operators_indexes(_with(errand, told))
    assert found.for_pip.lines() == ["--extra-index-url http://uvs"]
    variables = variables_for_uv(_with(errand, told), Sources(found), own_target())
    assert variables["SSL_CERT_FILE"] == "/own.pem"
    assert variables["ALL_PROXY"] == "http://proxy:3128"
    assert variables["UV_PYTHON_DOWNLOADS"] == "never"
    assert "UV_INDEX_STRATEGY" not in variables
    own = operators_indexes(_with(errand, told | {"SSL_CERT_FILE": "/other.pem"}))
    assert "SSL_CERT_FILE" not in own.variables
    two = Sources(found, ("--extra-index-url http://more",))
    assert variables_for_uv(errand, two, own_target())["UV_INDEX_STRATEGY"] == "unsafe-best-match"


def _with(errand: Errand, more: Mapping[str, str]) -> Errand:
    return Errand(errand.home, errand.machine, environment={**errand.environment, **more})
