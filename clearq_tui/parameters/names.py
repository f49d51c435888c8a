"""Which parameter an operator means; a name that does not exist is refused with the nearest."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from clearq_tui.model import Refused
from clearq_tui.parameters.nearest import did_you_mean
from clearq_tui.parameters.parameter import Found, Kind, Parameter, Spelling
from clearq_tui.parameters.targets import ADDED, file_target, variable_target

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPTION: Final = re.compile(r"--?[A-Za-z_][\w.-]*")
_KEY: Final = re.compile(r"[A-Za-z_][\w./@-]*")


def resolve(target: str, found: Found) -> Parameter:
    """The parameter that a target names, or the one that `+NAME` adds.

    Raises:
        Refused: there is none, or several.
    """
    if (variable := variable_target(target)) is not None:
        return _variable(variable, found)
    if (place := file_target(target)) is not None:
        if known := found.by_target.get(place.text):
            return known
        raise _unknown(place.text, found)
    arguments = [one for one in found.parameters if one.spelling is not None]
    if exact := [one for one in arguments if one.target == target]:
        return exact[0]
    if target.startswith((ADDED, "~")):
        return _added(target, arguments, found)
    alike = [one for one in arguments if _answers_to(one, target)]
    if len(alike) > 1:
        names = " or ".join(one.target for one in alike)
        raise Refused(f"{target} may be {names}; say which.")
    if not alike:
        raise _unknown(target, found)
    return alike[0]


def _answers_to(one: Parameter, target: str) -> bool:
    """Without dashes, with `_` for `-`, or by another of its names."""
    assert one.spelling is not None
    names = (one.target, *one.spelling.names)
    return target in names or _plain(target) in {_plain(name) for name in names}


def _plain(name: str) -> str:
    return name.lstrip("-").replace("_", "-")


def _variable(name: str, found: Found) -> Parameter:
    bare = name.removeprefix(ADDED)
    if known := found.by_target.get(f"env:{bare}"):
        return known
    if not _VARIABLE.fullmatch(bare):
        raise Refused(f"{bare!r} cannot be the name of an environment variable.")
    if name == bare:
        raise _unknown(f"env:{name}", found)
    return Parameter(f"env:{name}", bare, Kind.ENVIRONMENT, origin="added")


def _added(target: str, arguments: list[Parameter], found: Found) -> Parameter:
    """`+--lr`: an option of which nothing is known; `+a.b`, `++a.b`, `~a.b`: as hydra has them."""
    bare = target.lstrip("+~")
    if _OPTION.fullmatch(bare) and target.startswith(ADDED):
        if known := [one for one in arguments if _answers_to(one, bare)]:
            raise Refused(f"{bare} is there already; say {known[0].target} without the +.")
        spelling = Spelling((bare,))
        return Parameter(target, bare, Kind.ARGUMENT, origin="added", spelling=spelling)
    if not (found.interface.assigns and _KEY.fullmatch(bare)):
        raise _unknown(target, found)
    known = [one for one in arguments if one.target == bare]
    if known and not target.startswith("++") and target.startswith(ADDED):
        raise Refused(f"{bare} is there already; say {bare} without the +.")
    if known and target.startswith("++"):
        return replace(known[0])
    if not known and target.startswith("~"):
        raise _unknown(bare, found)
    return Parameter(target, bare, Kind.ARGUMENT, origin="added", spelling=Spelling(assigned=True))


def _unknown(target: str, found: Found) -> Refused:
    names = [one.target for one in found.parameters if one.listed]
    hint = did_you_mean(target, names) or (
        "" if names else " No parameters were found in its command, code or environment."
    )
    bare = target.lstrip("-+~")
    added = ""
    if target.startswith("env:"):
        added = f" To add a variable that its code does not read itself, say env:+{bare[4:]}."
    elif target.startswith("-"):
        added = f" To add an option that nothing is known of, say +{target}."
    return Refused(f"The task has no parameter {target}.{hint}{added}")
