"""The options that say how the environment of a task, or of a worker's tasks, is set up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path

import click

from clearq_tui.environment_plan import MODES, EnvironmentPlan

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OPTIONS = (
    click.option(
        "--mode", type=click.Choice(MODES), metavar="MODE",
        help="host, venv, conda or docker; by default what the worker says.",
    ),
    click.option("--python", default="", metavar="VERSION", help="Such as 3.11."),
    click.option("--setup", type=_FILE, help="A POSIX shell script to run before all else."),
    click.option(
        "--system-package", "system_packages", multiple=True, metavar="NAME",
        help="A package of the system (apt, dnf, apk) that must be there; may be repeated.",
    ),
    click.option("--image", default="", metavar="NAME", help="Run in a container of this image."),
    click.option(
        "--image-argument", "image_arguments", multiple=True, metavar="WORD",
        help="A word for `docker run`, as far as the machine's owner allows it; may be repeated.",
    ),
    click.option("--prebuilt", is_flag=True, help="Everything is in the image: install nothing."),
    click.option("--bring-image", is_flag=True, help="Through the link, instead of a pull."),
    click.option("--shm-size", default="", metavar="SIZE", help="Of /dev/shm in the container."),
    click.option("--container-network", default="", metavar="NAME", help="As docker names it."),
    click.option(
        "--registry", nargs=3, metavar="HOST USER SECRET",
        help="Log in to the image's registry, the password being that secret.",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class AskedEnvironment:
    """What the options said; `None` and empties where they said nothing."""

    mode: str | None
    python: str
    setup: Path | None
    system_packages: tuple[str, ...]
    image: str
    image_arguments: tuple[str, ...]
    prebuilt: bool
    bring_image: bool
    shm_size: str
    container_network: str
    registry: tuple[str, ...] | None

    def plan(self) -> EnvironmentPlan:
        """The plan, with the script's text in it.

        Raises:
            click.UsageError: the script is not text.
        """
        said = {name: value for name, value in vars(self).items() if value and name != "setup"}
        said["mode"] = self.mode or ("docker" if self.image else "")
        return EnvironmentPlan(setup=_text_of(self.setup) if self.setup else "", **said)

    def over(self, present: EnvironmentPlan) -> EnvironmentPlan:
        """`present` with what the options said put in its place."""
        said = {name: value for name, value in vars(self.plan()).items() if value}
        return replace(present, **said)

    @property
    def registry_secrets(self) -> tuple[str, ...]:
        """The name of the secret with which to log in to the registry, if there is one."""
        return self.registry[2:] if self.registry else ()

    @property
    def says_anything(self) -> bool:
        """Whether any of the options was given."""
        return any(vars(self).values())


def environment_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options; it gets them as the argument `asked`."""
    names = [field.name for field in fields(AskedEnvironment)]

    @wraps(function)
    def with_asked(**arguments: object) -> None:
        said = {name: arguments.pop(name) for name in names}
        function(asked=AskedEnvironment(**said), **arguments)  # type: ignore[arg-type]

    for option in reversed(_OPTIONS):
        with_asked = option(with_asked)
    return with_asked


def _text_of(script: Path) -> str:
    try:
        return script.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"--setup {script}: it is no text in UTF-8 ({error}).") from error
    except OSError as error:
        raise click.UsageError(f"--setup {script}: {error.strerror}.") from error
