"""What can be set of a task from outside: one thing in its command, files or environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """Where a parameter lives."""

    ARGUMENT = "argument"
    FLAG = "flag"
    CONFIG = "config"
    ENVIRONMENT = "environment"


@dataclass(frozen=True)
class Spelling:
    """How an argument or a flag is written on a command line."""

    names: tuple[str, ...] = ()
    """`--lr`, `-l`; empty where it is known by its place, or written as `key=value`."""
    off: tuple[str, ...] = ()
    """What switches a flag off: `--no-cache`."""
    arity: str = "1"
    """Words that follow: `0`, `1`, `2` …, `?` at most one, `*` any, `+` at least one, `...` all."""
    repeated: bool = False
    """Given once for each of its values: `--tag a --tag b`."""
    counted: bool = False
    """A flag that is given several times: `-vvv`."""
    assigned: bool = False
    """Written as `key=value`, as hydra and OmegaConf read it."""
    joined: bool = False
    """Written as `--name=value` where nothing else is said."""
    also_placed: bool = False
    """May be given by its place, without the name."""
    path: tuple[str, ...] = ()
    """The subcommand that it belongs to."""

    @property
    def is_list(self) -> bool:
        """Its value is some words, as a shell would read them."""
        return self.repeated or self.arity not in {"0", "1", "?"}

    @property
    def is_placed(self) -> bool:
        """Known by its place alone."""
        return not self.names and not self.assigned


@dataclass(frozen=True)
class Parameter:
    """One thing that can be overridden."""

    target: str
    """What the operator calls it: `--lr`, `model.depth`, `config.yaml:model.depth`, `env:SEED`."""
    name: str
    """Without the place that it is in."""
    kind: Kind
    type: str = ""
    """`int`, `float`, `bool`, `str`, `path` …; empty where it is not known."""
    default: str | None = None
    """What holds when nothing is said; an expression where it is not constant."""
    choices: tuple[str, ...] = ()
    help: str = ""
    value: str | None = None
    """What the task runs with as it stands; None where that is not known."""
    given: bool = False
    """The command, the file or the environment says the value: it is not merely the default."""
    origin: str = ""
    """`train.py:12`, `config.yaml:3`, or where else it was found."""
    spelling: Spelling | None = None
    """Of an argument or a flag."""
    listed: bool = True
    """Shown in lists; others, such as single elements of a list of numbers, must be named."""


@dataclass(frozen=True)
class Interface:
    """What a program's source says of its command line."""

    parameters: tuple[Parameter, ...] = ()
    """Without values."""
    subcommands: frozenset[tuple[str, ...]] = frozenset()
    """Paths of all subcommands."""
    abbreviates: bool = False
    """`--learn` stands for `--learning-rate`, as argparse has it."""
    takes_dashes: bool = False
    """A value may begin with a dash, as click and absl have it."""
    assigns: bool = False
    """Reads `key=value`, as hydra does."""


@dataclass(frozen=True)
class Found:
    """All that was found for one task."""

    parameters: tuple[Parameter, ...] = ()
    interface: Interface = field(default_factory=Interface)
    index: int = 0
    """Which of the command's simple commands runs the program."""
    first: int = 1
    """The word of that one at which the program's own arguments begin."""
    notes: tuple[str, ...] = ()
    """What could not be read, in sentences."""

    @property
    def by_target(self) -> Mapping[str, Parameter]:
        """The parameters by what they are called."""
        return MappingProxyType({one.target: one for one in self.parameters})
