"""Numbers as a narrow column shows them. Pure; None is shown as `--`."""

from __future__ import annotations

from typing import Final

NOTHING: Final = "--"
_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def percent(value: float | None) -> str:
    """`7%`."""
    return NOTHING if value is None else f"{value:.0f}%"


def size(value: float | None) -> str:
    """Bytes in at most four characters and a unit letter: `812B`, `1.4G`, `212G`."""
    return NOTHING if value is None else _scaled(value, 1024)


def rate(value: float | None) -> str:
    """Bytes a second, as a network counts them (powers of 1,000): `40M`."""
    return NOTHING if value is None else _scaled(value, 1000)


def of_total(used: float | None, whole: float | None) -> str:
    """`71/80G`: both in the unit of the whole."""
    if used is None or not whole:
        return NOTHING if used is None else size(used)
    amount, unit = _unit(whole, 1024)
    part = used / (whole / amount)
    if amount < 9.95 and unit != "B":
        return f"{part:.1f}/{amount:.1f}{unit}"
    return f"{part:.0f}/{amount:.0f}{unit}"


def age(seconds: float | None) -> str:
    """`42s`, `3m04`, `1h02`, `5d03`; empty for None."""
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m{whole % _MINUTE:02}"
    if whole < _DAY:
        return f"{whole // _HOUR}h{whole % _HOUR // _MINUTE:02}"
    return f"{whole // _DAY}d{whole % _DAY // _HOUR:02}"


def count(number: int) -> str:
    """`812`, `1.2k`, `103k`."""
    return str(number) if number < 1000 else _scaled(number, 1000).lower().rstrip("b")


def _scaled(value: float, base: int) -> str:
    amount, unit = _unit(value, base)
    # 9.96 would be rounded to 10.0, one character too many.
    return f"{amount:.0f}{unit}" if unit == "B" or amount >= 9.95 else f"{amount:.1f}{unit}"


def _unit(value: float, base: int) -> tuple[float, str]:
    amount = value
    for unit in "BKMGT":
        if amount < base - 0.5:
            return amount, unit
        amount /= base
    return amount, "P"
