"""The arguments and flags of a command: those of the source with their values, and others."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace

from clearq_tui.parameters.occurrence import Form, Occurrence, Reading
from clearq_tui.parameters.parameter import Interface, Kind, Parameter, Spelling


def argument_parameters(reading: Reading, interface: Interface) -> list[Parameter]:
    """What can be set on a command line: in the source's order, then what only the words say."""
    found: dict[str, Parameter] = {}
    for one in interface.parameters:
        spelling = one.spelling
        if spelling is None or spelling.path != reading.path[: len(spelling.path)]:
            continue
        own = [
            occurrence
            for occurrence in reading.occurrences
            if occurrence.parameter is not None
            and occurrence.parameter.target == one.target
            and occurrence.parameter.spelling == spelling
        ]
        found.setdefault(one.target, _with_value(one, own))
    for other in _unknown(reading):
        found.setdefault(other.target, other)
    return list(found.values())


def _with_value(one: Parameter, own: Sequence[Occurrence]) -> Parameter:
    spelling = one.spelling
    assert spelling is not None
    if not own:
        return one
    if spelling.counted:
        value = str(sum(occurrence.times for occurrence in own))
    elif one.kind is Kind.FLAG:
        value = _flag_value(own[-1])
    elif spelling.repeated or spelling.is_placed:
        value = _said([word for occurrence in own for word in occurrence.values], one)
    elif spelling.arity == "?" and not own[-1].values:
        value = _flag_value(own[-1]) if one.type == "bool" else ""
    else:
        value = _said(own[-1].values, one)
    return replace(one, value=value, given=True)


def _said(values: Sequence[str], one: Parameter) -> str:
    if one.spelling is not None and one.spelling.is_list:
        return shlex.join(values)
    return values[-1] if values else ""


def _flag_value(occurrence: Occurrence) -> str:
    if occurrence.values:  # --flag=false, as absl has it
        return occurrence.values[-1]
    return "false" if occurrence.is_off else "true"


def _unknown(reading: Reading) -> Iterator[Parameter]:
    """Options and assignments of which the source says nothing, or which has no source."""
    by_name: dict[str, list[Occurrence]] = {}
    for occurrence in reading.occurrences:
        if occurrence.parameter is None and not occurrence.name.startswith("~"):
            by_name.setdefault(occurrence.name.lstrip("+"), []).append(occurrence)
    for name, own in by_name.items():
        is_assigned = own[0].form is Form.ASSIGNED
        has_value = any(occurrence.values for occurrence in own)
        # Only an option that has a value each time is one that is given several times for a list.
        repeated = len(own) > 1 and not is_assigned and all(one.values for one in own)
        spelling = Spelling(
            () if is_assigned else (name,),
            arity="1" if has_value else "0",
            repeated=repeated,
            assigned=is_assigned,
        )
        one = Parameter(
            target=name,
            name=name,
            kind=Kind.ARGUMENT if has_value else Kind.FLAG,
            type="" if has_value else "bool",
            origin="command",
            spelling=spelling,
        )
        yield _with_value(one, own)
