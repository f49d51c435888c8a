"""What the options about environments make of a plan."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from clearq_tui.cli.environment_options import AskedEnvironment, environment_options
from clearq_tui.environment_plan import NO_PLAN, EnvironmentPlan

FULL = EnvironmentPlan(
    mode="docker",
    python="3.11",
    setup="echo worker\n",
    system_packages=("git", "make"),
    image="debian:12",
    image_arguments=("--cap-add=SYS_PTRACE",),
    prebuilt=True,
    bring_image=True,
    shm_size="8g",
    container_network="host",
    registry=("registry.test", "ada", "token"),
)


def asked(*words: str) -> AskedEnvironment:
    said: list[AskedEnvironment] = []

    @click.command()
    @environment_options
    def command(asked: AskedEnvironment) -> None:
        said.append(asked)

    done = CliRunner().invoke(command, list(words))
    assert done.exit_code == 0, done.output
    return said[0]


def test_nothing_is_said() -> None:
    assert not asked().says_anything
    assert asked().plan() == NO_PLAN
    assert asked().over(FULL) == FULL


def test_what_is_said_goes_before_what_stood_there(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("echo other\n")
    changed = asked(
        *("--mode", "venv", "--python", "3.12", "--setup", str(tmp_path / "script")),
        *("--system-package", "curl", "--no-prebuilt", "--shm-size", "1g"),
    )
    assert changed.says_anything
    plan = changed.over(FULL)
    assert (plan.mode, plan.python, plan.setup) == ("venv", "3.12", "echo other\n")
    assert (plan.system_packages, plan.prebuilt, plan.shm_size) == (("curl",), False, "1g")
    assert (plan.image, plan.bring_image) == (FULL.image, True)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--python", ""), "python"),
        (("--setup", "/dev/null"), "setup"),
        (("--system-package", ""), "system_packages"),
        (("--image", ""), "image"),
        (("--image-argument", ""), "image_arguments"),
        (("--no-prebuilt",), "prebuilt"),
        (("--no-bring-image",), "bring_image"),
        (("--shm-size", ""), "shm_size"),
        (("--container-network", ""), "container_network"),
        (("--registry", "", "", ""), "registry"),
    ],
)
def test_what_is_said_to_be_nothing_is_taken_away(words: tuple[str, ...], field: str) -> None:
    """And nothing else is."""
    changed = asked(*words)
    assert changed.says_anything
    assert changed.plan() == NO_PLAN
    assert changed.registry_secrets == ()
    expected = {**vars(FULL), field: getattr(NO_PLAN, field)}
    assert vars(changed.over(FULL)) == expected


def test_an_image_alone_means_containers() -> None:
    assert asked("--image", "debian:12").plan().mode == "docker"
    assert asked("--image", "debian:12", "--mode", "venv").plan().mode == "venv"
