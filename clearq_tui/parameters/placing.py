"""Which parameter each word without a name belongs to, as argparse would share them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clearq_tui.parameters.occurrence import Form, Occurrence
from clearq_tui.parameters.parameter import Interface, Parameter


def place_words(
    words: Sequence[str],
    placed: Mapping[tuple[str, ...], Sequence[int]],
    interface: Interface,
    named: Sequence[Occurrence],
) -> list[Occurrence]:
    """The words at these places (by subcommand), each with its parameter where one is known."""
    found: list[Occurrence] = []
    given = {one.parameter.target for one in named if one.parameter is not None}
    for path, places in placed.items():
        takers = [
            one
            for one in interface.parameters
            if one.spelling
            and one.spelling.path == path
            and (one.spelling.is_placed or (one.spelling.also_placed and one.target not in given))
        ]
        counts = _shares([_bounds(one) for one in takers], len(places))
        at = 0
        for taker, count in zip(takers, counts, strict=True):
            found += _occurrences(words, places[at : at + count], taker)
            at += count
    return found


def _occurrences(words: Sequence[str], places: Sequence[int], taker: Parameter) -> list[Occurrence]:
    """One occurrence for each run of neighbouring words."""
    found: list[Occurrence] = []
    for place in places:
        if found and found[-1].end == place:
            last = found[-1]
            found[-1] = Occurrence(
                last.start, place + 1, "", Form.PLACED, (*last.values, words[place]), taker
            )
        else:
            found.append(Occurrence(place, place + 1, "", Form.PLACED, (words[place],), taker))
    return found


def _bounds(taker: Parameter) -> tuple[int, int | None]:
    """The fewest and the most words that it takes; None: any number."""
    assert taker.spelling is not None
    if taker.spelling.also_placed:
        return 0, 1
    arity = taker.spelling.arity
    if arity.isdigit():
        return int(arity), int(arity)
    return {"?": (0, 1), "*": (0, None), "+": (1, None), "...": (0, None)}.get(arity, (1, 1))


def _shares(bounds: Sequence[tuple[int, int | None]], count: int) -> list[int]:
    """How many words each takes: the first ones as many as leave enough for those behind them."""
    shares: list[int] = []
    for number, (least, most) in enumerate(bounds):
        kept = sum(fewest for fewest, _ in bounds[number + 1 :])
        room = max(0, count - kept)
        share = room if most is None else min(most, room)
        share = max(share, min(least, count))
        shares.append(share)
        count -= share
    return shares
