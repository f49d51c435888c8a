"""The options that say how the environment of a task, or of a worker's tasks, is set up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import click

from clearq_tui.cli.gathered_options import gathered
from clearq_tui.environment_plan import MODES, NO_PLAN, EnvironmentPlan

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OPTIONS = (
    click.option(
        "--mode", type=click.Choice(MODES), metavar="MODE",
        help="host, venv, conda or docker; by default what the worker says.",
    ),
    click.option("--python", metavar="VERSION", help="Such as 3.11."),
    click.option("--setup", type=_FILE, help="A POSIX shell script to run before all else."),
    click.option(
        "--system-package", "system_packages", multiple=True, metavar="NAME",
        help="A package of the system (apt, dnf, apk) that must be there; may be repeated.",
    ),
    click.option("--image", metavar="NAME", help="Run in a container of this image."),
    click.option(
        "--image-argument", "image_arguments", multiple=True, metavar="WORD",
        help="A word for `docker run`, as far as the machine's owner allows it; may be repeated.",
    ),
    click.option(
        "--prebuilt/--no-prebuilt", default=None,
        help="Everything is in the image: install nothing.",
    ),
    click.option(
        "--bring-image/--no-bring-image", default=None, help="Through the link, instead of a pull."
    ),
    click.option("--shm-size", metavar="SIZE", help="Of /dev/shm in the container."),
    click.option("--container-network", metavar="NAME", help="As docker names it."),
    click.option(
        "--registry", nargs=3, metavar="HOST USER SECRET",
        help="Log in to the image's registry, the password being that secret.",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class AskedEnvironment:
    """What the options said: None, or no words at all, where they said nothing.

    What is said to be empty (a text, a script, a list with nothing but the empty word) is taken
    away from where it stood.
    """

    mode: str | None
    python: str | None
    setup: Path | None
    system_packages: tuple[str, ...]
    image: str | None
    image_arguments: tuple[str, ...]
    prebuilt: bool | None
    bring_image: bool | None
    shm_size: str | None
    container_network: str | None
    registry: tuple[str, ...] | None

    def plan(self) -> EnvironmentPlan:
        """The plan, with the script's text in it.

        Raises:
            click.UsageError: the script is not text.
        """
        return self.over(NO_PLAN)

    def over(self, present: EnvironmentPlan) -> EnvironmentPlan:
        """`present` with what the options said put in its place.

        Raises:
            click.UsageError: the script is not text.
        """
        said = {name: value for name, value in vars(self).items() if value not in (None, ())}
        for name, value in said.items():
            if isinstance(value, tuple):
                said[name] = tuple(word for word in value if word)
        if self.setup is not None:
            said["setup"] = _text_of(self.setup)
        if self.image and not self.mode:
            said["mode"] = "docker"
        return replace(present, **said)

    @property
    def registry_secrets(self) -> tuple[str, ...]:
        """The name of the secret with which to log in to the registry, if there is one."""
        return tuple(name for name in (self.registry or ())[2:] if name)

    @property
    def says_anything(self) -> bool:
        """Whether any of the options was given."""
        return any(value not in (None, ()) for value in vars(self).values())


environment_options = gathered(_OPTIONS, AskedEnvironment, "asked")
"""Gives a command the options; it gets them as the argument `asked`."""


def _text_of(script: Path) -> str:
    try:
        return script.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"--setup {script}: it is no text in UTF-8 ({error}).") from error
    except OSError as error:
        raise click.UsageError(f"--setup {script}: {error.strerror}.") from error
