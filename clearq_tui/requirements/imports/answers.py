"""What the operator's interpreter knows of modules, as it answered."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from clearq_tui.requirements.imports import inquiry
from clearq_tui.requirements.imports.interpreter import Interpreter
from clearq_tui.requirements.imports.reach import Foreign


@dataclass(frozen=True)
class Answer:
    """What is known of one module."""

    is_standard: bool = False
    distributions: tuple[str, ...] = ()
    """Normalized names of those that bring it."""
    origin: Path | None = None
    """Its file, or its directory."""


@dataclass(frozen=True)
class Installed:
    """A distribution that the environment has."""

    name: str
    version: str
    direct: Mapping[str, Any] | None = None
    """The content of its `direct_url.json`: where it came from, if from no index."""


@dataclass(frozen=True)
class Answers:
    """Everything that the interpreter was asked, and what it needs of distributions."""

    python: str = ""
    """The interpreter's version; empty when there is no interpreter."""
    prefixes: tuple[Path, ...] = ()
    modules: Mapping[tuple[str, ...], Answer] = field(default_factory=dict)
    installed: Mapping[str, Installed] = field(default_factory=dict)
    """By normalized name; with all that they require, as far as it is installed."""

    def of(self, foreign: Foreign) -> Answer:
        """What is known of a module."""
        return self.modules.get(foreign.names, Answer())

    def cover(self, foreign: Foreign) -> bool:
        """Whether the module was asked for."""
        return foreign.names in self.modules

    def with_more(self, more: Answers) -> Answers:
        """These and others, of the same interpreter."""
        return Answers(
            more.python or self.python,
            more.prefixes or self.prefixes,
            {**self.modules, **more.modules},
            {**self.installed, **more.installed},
        )


def ask(interpreter: Interpreter | None, modules: Iterable[Foreign]) -> Answers:
    """Ask the interpreter for what the standard library of clearq's own Python does not have.

    Raises:
        RequirementsError: the interpreter fails.
    """
    known: dict[tuple[str, ...], Answer] = {}
    asked: list[Foreign] = []
    for each in modules:
        is_standard = each.module.partition(".")[0] in sys.stdlib_module_names
        known[each.names] = Answer(is_standard)
        if not is_standard:
            asked.append(each)
    if interpreter is None or not asked:
        return Answers(modules=known)
    program = Path(inquiry.__file__).read_text(encoding="utf-8")
    said = json.loads(interpreter.run(program, json.dumps([each.names for each in asked])) or "")
    known |= {
        each.names: Answer(
            answer["standard"],
            tuple(map(canonicalize_name, answer["distributions"])),
            Path(answer["origin"]) if answer["origin"] else None,
        )
        for each, answer in zip(asked, said["answers"], strict=True)
    }
    installed = {
        name: Installed(each["name"], each["version"], each["direct"])
        for name, each in said["distributions"].items()
    }
    return Answers(said["python"], tuple(map(Path, said["prefixes"])), known, installed)
