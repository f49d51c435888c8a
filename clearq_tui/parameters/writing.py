"""Put another value into a command: in place where it is said already, else in the right spot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clearq_tui.model import Refused
from clearq_tui.parameters.command_line import SimpleCommand
from clearq_tui.parameters.occurrence import Form, Occurrence, Reading, must_be_joined
from clearq_tui.parameters.parameter import Interface, Kind, Parameter, Spelling
from clearq_tui.parameters.reading import read_words
from clearq_tui.parameters.values import read_bool, words_of


@dataclass(frozen=True)
class _Change:
    """Words [start, end) become these."""

    start: int
    end: int
    words: tuple[str, ...] = ()


def write_argument(
    command: SimpleCommand, first: int, interface: Interface, one: Parameter, value: str
) -> SimpleCommand:
    """The command with another value of an argument or a flag; the value was checked.

    Raises:
        Refused: the program has no way to say it.
    """
    reading = read_words(command.words, first, interface)
    writer = _Writer(command, reading, interface, one)
    changes = writer.flag(value) if one.kind is Kind.FLAG else writer.argument(value)
    for change in sorted(changes, key=lambda change: -change.start):
        command = command.replaced(change.start, change.end, change.words)
    return command


def occurrences_of(reading: Reading, one: Parameter) -> list[Occurrence]:
    """Where the words say something of the parameter."""
    name = one.target.removeprefix("+") if one.target.startswith("+-") else one.target
    return [
        occurrence
        for occurrence in reading.occurrences
        if (
            occurrence.parameter.target == one.target
            and occurrence.parameter.spelling == one.spelling
            if occurrence.parameter is not None
            else occurrence.name.lstrip("+") in {name, one.name}
        )
    ]


class _Writer:
    def __init__(
        self, command: SimpleCommand, reading: Reading, interface: Interface, one: Parameter
    ) -> None:
        assert one.spelling is not None, f"{one.target} is no argument"
        self._words, self._reading, self._interface = command.words, reading, interface
        self._one, self._spelling = one, one.spelling
        self._own = occurrences_of(reading, one)

    def flag(self, value: str) -> list[_Change]:
        """Switch a flag on or off, or give it so many times."""
        if self._spelling.counted:
            name = self._own[0].name if self._own else self._spelling.names[0]
            return self._instead((name,) * int(value))
        wanted = read_bool(value)
        assert wanted is not None, "the value was checked"
        last = self._own[-1] if self._own else None
        if last is not None and last.form is Form.JOINED:
            return [
                _Change(last.start, last.end, (f"{last.name}={'true' if wanted else 'false'}",))
            ]
        present = not last.is_off if last else self._one.default == "true"
        if present is wanted:
            return []
        if wanted:
            return self._instead((self._on_name,))
        if last is None and not self._spelling.off:
            raise Refused(
                f"{self._one.target} cannot be switched off: the program has no flag for that."
            )
        return self._instead(self._spelling.off[:1])

    @property
    def _on_name(self) -> str:
        names = self._spelling.names
        return self._one.target if self._one.target in names else names[0]

    def argument(self, value: str) -> list[_Change]:
        """Say another value."""
        words = words_of(self._one, value)
        if self._spelling.assigned:
            return self._assign(value)
        if self._spelling.is_placed or (self._own and self._own[-1].form is Form.PLACED):
            return self._place(words)
        if self._spelling.repeated:
            return self._repeat(words)
        if not self._own:
            return [self._inserted(self._said(self._on_name, self._new_form(), words))]
        last = self._own[-1]
        name = self._on_name if last.is_off else last.name
        return [_Change(last.start, last.end, self._said(name, last.form, words))]

    def _assign(self, value: str) -> list[_Change]:
        sign = self._one.target[: len(self._one.target) - len(self._one.target.lstrip("+~"))]
        word = f"{sign}{self._one.name}={value}"
        if sign == "~" and not value:
            word = f"~{self._one.name}"
        if not self._own:
            return [self._inserted((word,))]
        last = self._own[-1]
        return [_Change(last.start, last.end, (f"{last.name}={value}" if not sign else word,))]

    def _place(self, words: tuple[str, ...]) -> list[_Change]:
        dashed = [word for word in words if word.startswith("-") and len(word) > 1]
        if any(self._interface.takes_dashes or must_be_joined(word) for word in dashed):
            raise self._taken_for_option(dashed[0])
        if self._own:
            first, *others = self._own
            gone = [_Change(one.start, one.end) for one in others]
            return [_Change(first.start, first.end, words), *gone]
        before = self._places_before()
        return [_Change(before, before, words)]

    def _places_before(self) -> int:
        """Behind the words that come before it by their places."""
        depth = len(self._spelling.path)
        at = self._reading.subcommands[depth - 1] + 1 if depth else self._reading.first
        for one in self._interface.parameters:
            if one == self._one or one.target == self._one.target:
                break
            if one.spelling and one.spelling.is_placed and one.spelling.path == self._spelling.path:
                before = occurrences_of(self._reading, one)
                if not before:
                    raise Refused(
                        f"{self._one.target} is known by its place behind {one.target}, which the "
                        "command does not give: set that too."
                    )
                at = max(at, *(found.end for found in before))
        return at

    def _repeat(self, words: tuple[str, ...]) -> list[_Change]:
        """One option for each value (or for each few that go together)."""
        size = int(self._spelling.arity) if self._spelling.arity.isdigit() else len(words) or 1
        parts = [words[at : at + size] for at in range(0, len(words), size)]
        form = self._own[0].form if self._own else self._new_form()
        name = self._own[0].name if self._own else self._on_name
        changes = [
            _Change(own.start, own.end, self._said(own.name, own.form, part))
            for own, part in zip(self._own, parts, strict=False)
        ]
        changes += [_Change(own.start, own.end) for own in self._own[len(parts) :]]
        more = [word for part in parts[len(self._own) :] for word in self._said(name, form, part)]
        if more and self._own:
            end = self._own[-1].end
            changes.append(_Change(end, end, tuple(more)))
        elif more:
            changes.append(self._inserted(tuple(more)))
        return changes

    def _said(self, name: str, form: Form, words: Sequence[str]) -> tuple[str, ...]:
        """The option with its value in this form, or the nearest that can say it."""
        if not words:
            return (name,)
        if must_be_joined(words[0]) and len(words) == 1 and not self._interface.takes_dashes:
            # argparse would take it for an option, were it a word of its own.
            form = Form.JOINED if name.startswith("--") else Form.GLUED
        elif not self._interface.takes_dashes and any(map(must_be_joined, words)):
            raise self._taken_for_option(next(filter(must_be_joined, words)))
        if form is Form.JOINED and len(words) == 1:
            return (f"{name}={words[0]}",)
        if form is Form.GLUED and len(words) == 1 and words[0]:
            return (f"{name}{words[0]}",)
        return (name, *words)

    def _taken_for_option(self, word: str) -> Refused:
        return Refused(
            f"{self._one.target} cannot be {word!r}: the program would take that for an option."
        )

    def _new_form(self) -> Form:
        """As the command's other options are written."""
        if self._spelling.is_list and not self._spelling.repeated:
            return Form.APART
        forms = {
            occurrence.form
            for occurrence in self._reading.occurrences
            if occurrence.values and occurrence.form in {Form.APART, Form.JOINED}
        }
        is_joined = forms == {Form.JOINED} or (self._spelling.joined and Form.APART not in forms)
        return Form.JOINED if is_joined and self._on_name.startswith("--") else Form.APART

    def _instead(self, words: tuple[str, ...]) -> list[_Change]:
        """The words in place of the last occurrence, or inserted; other occurrences go."""
        if not self._own:
            return [self._inserted(words)] if words else []
        changes: dict[int, _Change] = {}
        for own in self._own:
            kept: tuple[str, ...] = ()
            if own.form is Form.CLUSTERED:
                rest = self._words[own.start].replace(own.name[1:], "")
                kept = (rest,) if rest != "-" else ()
            changes[own.start] = _Change(own.start, own.end, kept)
        last = changes[self._own[-1].start]
        changes[last.start] = _Change(last.start, last.end, (*last.words, *words))
        return list(changes.values())

    def _inserted(self, words: tuple[str, ...]) -> _Change:
        at = self._spot(self._spelling)
        return _Change(at, at, words)

    def _spot(self, spelling: Spelling) -> int:
        """Behind the other arguments, but before `--`, a subcommand, words that are taken as is."""
        reading = self._reading
        if len(spelling.path) < len(reading.subcommands):
            return reading.subcommands[len(spelling.path)]
        rest = [
            one.start
            for one in reading.occurrences
            if one.parameter is not None
            and one.parameter.spelling is not None
            and one.parameter.spelling.arity == "..."
        ]
        return min([reading.end, *rest])
