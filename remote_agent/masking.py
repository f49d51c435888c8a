"""Masks secrets in a stream of bytes, wherever the stream is cut. Pure: no clock, no I/O.

What stands in the log is the stream with every run of bytes that belongs to a secret, or to several
that overlap or touch, replaced by three asterisks. What may yet turn out to be the beginning of a
secret is held back; `release` gives up the little of it that tells nothing, so that a prompt or a
progress bar that happens to end like a secret begins is seen. A beginning that tells more is masked
when nothing follows it: whoever wrote it may have been killed in the middle.
"""

from __future__ import annotations

import re
from typing import Dict, Iterable, Iterator, List, Pattern, Tuple

from remote_agent.secret_forms import forms_of

MASK = b"***"
_ANCHOR = 6
"""So many first bytes of a form decide whether it is looked at."""
_TELLING = 4
"""A beginning is shown early when it is at most this fraction of the form."""


class SecretForms:
    """What is to be masked, made ready for searching."""

    def __init__(self, values: Iterable[str]) -> None:
        self._forms: Dict[bytes, List[bytes]] = {}
        """By their first bytes, longest first."""
        self._openings: Dict[bytes, int] = {}
        """Less than an anchor's bytes: the length of the shortest form that begins so."""
        self._longest = 0
        for form in sorted(forms_of(values), key=len, reverse=True):
            self._longest = max(self._longest, len(form))
            self._forms.setdefault(form[:_ANCHOR], []).append(form)
            for length in range(1, min(_ANCHOR, len(form))):
                self._openings[form[:length]] = len(form)
        self._sizes = sorted({len(anchor) for anchor in self._forms}, reverse=True)
        self._anchors = _any_of(self._forms)

    def runs(self, text: bytes) -> Iterator[Tuple[int, int]]:
        """Where secrets stand: begin and end of every run, in order."""
        begin = end = -1
        for position in self._candidates(text, 0):
            reach = position + self._longest_at(text, position)
            if reach == position:
                continue
            if position > end:
                if begin >= 0:
                    yield begin, end
                begin = position
            end = max(end, reach)
        if begin >= 0:
            yield begin, end

    def opening(self, text: bytes, telling: int) -> int:
        """Where the text's end begins to be the beginning of a secret; its length: nowhere.

        Beginnings that are no more than a form's length divided by `telling` do not count; with 0
        all count.
        """
        start = max(0, len(text) - self._longest + 1)
        for position in self._candidates(text, start):
            if self._opens(text[position:], telling):
                return position
        for position in range(max(start, len(text) - _ANCHOR + 1), len(text)):
            length = self._openings.get(text[position:], 0)
            if length and _tells(len(text) - position, length, telling):
                return position
        return len(text)

    def _candidates(self, text: bytes, position: int) -> Iterator[int]:
        """Every position from which a form could begin, as far as its first bytes tell."""
        found = self._anchors.search(text, position)
        while found:
            yield found.start()
            found = self._anchors.search(text, found.start() + 1)

    def _longest_at(self, text: bytes, position: int) -> int:
        """The length of the longest form that stands there; 0: none."""
        longest = 0
        for size in self._sizes:
            for form in self._forms.get(text[position : position + size], ()):
                if len(form) <= longest:
                    break
                if text.startswith(form, position):
                    longest = len(form)
                    break
        return longest

    def _opens(self, rest: bytes, telling: int) -> bool:
        return any(
            len(form) > len(rest)
            and _tells(len(rest), len(form), telling)
            and form.startswith(rest)
            for form in self._forms.get(rest[:_ANCHOR], ())
        )


class Masker:
    """One stream. What comes out of it, put together, holds no secret."""

    def __init__(self, forms: SecretForms) -> None:
        self._forms = forms
        self._text = b""
        """What is held back, and before it what is out already but may belong to a secret."""
        self._out = 0
        """How much of `_text` is out already, as it was or masked."""
        self._masked = -1
        """Where in `_text` the last mask ends; negative: before it."""

    @property
    def holds(self) -> bool:
        """Whether something is held back."""
        return self._out < len(self._text)

    def feed(self, data: bytes) -> bytes:
        """What can be shown now that the data has arrived."""
        self._text += data
        begin = self._forms.opening(self._text, 0)
        shown = self._show_until(begin)
        self._text = self._text[begin:]
        self._out -= begin
        self._masked = max(-1, self._masked - begin)
        return shown

    def release(self) -> bytes:
        """Nothing has come for a moment: what of the held back tells too little to be hidden."""
        return self._show_until(self._forms.opening(self._text, _TELLING))

    def finish(self) -> bytes:
        """Nothing more comes: all that is left. The stream is over."""
        shown = self._show_until(self._forms.opening(self._text, _TELLING))
        if self.holds and self._out > self._masked:
            shown += MASK
        self._text, self._out, self._masked = b"", 0, -1
        return shown

    def _show_until(self, end: int) -> bytes:
        """What is not out yet up to there, masked; a run that reaches further is masked whole."""
        shown = []
        for begin, reach in self._forms.runs(self._text):
            if reach <= self._out:
                continue
            if begin > end:
                break
            shown.append(self._text[self._out : begin])
            if begin > self._masked:
                shown.append(MASK)
            self._masked = self._out = reach
        shown.append(self._text[self._out : end])
        self._out = max(self._out, end)
        return b"".join(shown)


def masked(forms: SecretForms, text: str) -> str:
    """The text without any secret."""
    stream = Masker(forms)
    data = text.encode("utf-8", "backslashreplace")
    return (stream.feed(data) + stream.finish()).decode("utf-8", "replace")


def _tells(begun: int, length: int, telling: int) -> bool:
    return begun * telling > length or not telling


def _any_of(words: Iterable[bytes]) -> Pattern[bytes]:
    """Finds where any of the words begins; no words: nowhere."""
    ordered = sorted(words)
    return re.compile(_alternatives(ordered, 0) if ordered else rb"(?!)")


def _alternatives(words: List[bytes], depth: int) -> bytes:
    """Branching at each byte, so that the cost does not grow with the number of words."""
    branches: Dict[bytes, List[bytes]] = {}
    for word in words:
        if len(word) == depth:
            return b""  # whoever begins so is found
        branches.setdefault(word[depth : depth + 1], []).append(word)
    parts = [
        re.escape(first) + _alternatives(group, depth + 1) for first, group in branches.items()
    ]
    return parts[0] if len(parts) == 1 else b"(?:" + b"|".join(parts) + b")"
