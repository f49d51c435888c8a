"""Parameters as rows of a table: what each is now, what it was, what it may be. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from clearq_tui.parameters import Found, Parameter, with_overrides
from clearq_tui.ui.widgets.list_rows import ListRows
from clearq_tui.ui.widgets.table_column import Column
from clearq_tui.ui.widgets.tones import Tone

_CHANGED: Final = "●"
_EMPTY: Final = "''"


@dataclass(frozen=True)
class ParameterRow:
    """One parameter, and what it is overridden with."""

    parameter: Parameter
    override: str | None
    """None: it is not."""

    @property
    def target(self) -> str:
        """What names it."""
        return self.parameter.target

    @property
    def present(self) -> str:
        """The value that the task runs with; empty where that is not known."""
        return (self.parameter.value or "") if self.override is None else self.override


def parameter_rows(found: Found, overrides: Mapping[str, str]) -> list[ParameterRow]:
    """All that can be set."""
    return [ParameterRow(*pair) for pair in with_overrides(found, overrides)]


def matching_rows(rows: Sequence[ParameterRow], typed: str) -> list[ParameterRow]:
    """Those that have all of the typed words in their name, help or place; `*` the changed ones."""
    words = typed.casefold().split()
    return [row for row in rows if all(_has(row, word) for word in words)]


def told(rows: Sequence[ParameterRow]) -> str:
    """`14 found, 2 changed`."""
    changed = sum(row.override is not None for row in rows)
    return f"{len(rows)} found" + (f", {changed} changed" if changed else "")


def in_full(row: ParameterRow) -> str:
    """All that is known of it besides its value, for a line of its own."""
    one = row.parameter
    parts = [
        one.type,
        f"one of {', '.join(one.choices)}" if one.choices else "",
        "" if one.default is None else f"default {one.default or _EMPTY}",
        one.help,
        one.origin,
    ]
    return " · ".join(part for part in parts if part)


def new_parameter_rows() -> ListRows[ParameterRow]:
    """A source without rows."""
    return ListRows([], key=lambda row: row.target)


def _has(row: ParameterRow, word: str) -> bool:
    if word == "*":
        return row.override is not None
    one = row.parameter
    return any(word in text.casefold() for text in (one.target, one.help, one.origin))


def _name(row: ParameterRow) -> Text:
    if row.override is None:
        return Text(f"  {row.target}")
    return Text.assemble((f"{_CHANGED} ", Tone.WARNING), (row.target, Tone.STRONG))


def _value(row: ParameterRow) -> Text:
    if row.override is not None:
        return Text(row.override or _EMPTY, Tone.WARNING)
    one = row.parameter
    if one.value is None:
        return Text(one.default or "", Tone.DIM)
    return Text(one.value or _EMPTY, Tone.PLAIN if one.given else Tone.DIM)


def _original(row: ParameterRow) -> Text:
    if row.override is None:
        return Text("")
    one = row.parameter
    return Text(_EMPTY if one.value == "" else one.value or one.default or "not set", Tone.DIM)


def _about(row: ParameterRow) -> Text:
    """Its choices or its type, its default where that is not what it has, what it is for."""
    one = row.parameter
    parts = [" ".join(one.choices) if one.choices else one.type]
    if one.given and one.default is not None and one.default != one.value:
        parts.append(f"default {one.default or _EMPTY}")
    parts.append(one.help)
    return Text(" · ".join(part for part in parts if part), Tone.DIM)


_NAME: Final = Column[ParameterRow](
    key="name", title="  PARAMETER", render=_name, least=16, ideal=26
)
_VALUE: Final = Column[ParameterRow](key="value", title="VALUE", render=_value, least=8, ideal=14)
_ORIGINAL: Final = Column[ParameterRow](
    key="original", title="ORIGINAL", render=_original, least=8, ideal=10
)
_ABOUT: Final = Column[ParameterRow](
    key="about", title="ABOUT", render=_about, least=10, ideal=24, priority=2, grows=True
)
_FROM: Final = Column[ParameterRow](
    key="from",
    title="FOUND IN",
    render=lambda row: Text(row.parameter.origin, Tone.DIM),
    least=12,
    ideal=20,
    priority=3,
)

FORM_COLUMNS: Final = (_NAME, _VALUE, _ORIGINAL, _ABOUT)
VIEW_COLUMNS: Final = (_NAME, _VALUE, _ORIGINAL, _ABOUT, _FROM)
