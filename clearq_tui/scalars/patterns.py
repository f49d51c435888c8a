"""The regular expressions by which an operator finds scalars in a log."""

from __future__ import annotations

import re
import warnings
from typing import Final

from clearq_tui.scalars.point import LONGEST_NAME

LONGEST_PATTERN: Final = 1000
"""Characters."""


class BadPattern(ValueError):
    """The name or the expression cannot be used; the message is a sentence for the operator."""


def check_pattern(name: str, expression: str) -> re.Pattern[str]:
    """The compiled expression of the scalar `name`.

    Raises:
        BadPattern: the name is empty or long, the expression is none, or has not one group.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadPattern(
            f"{name[:40]!r} cannot name a scalar: expected 1 to {LONGEST_NAME} printable "
            "characters."
        )
    if len(expression) > LONGEST_PATTERN:
        raise BadPattern(
            f"The regular expression of {name!r} is longer than {LONGEST_PATTERN} characters."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a later Python may read otherwise works today
            pattern = re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadPattern(
            f"{expression!r}, for the scalar {name!r}, is no regular expression: {error}."
        ) from None
    if pattern.groups != 1:
        raise BadPattern(
            f"{expression!r}, for the scalar {name!r}, has {pattern.groups} groups; expected one "
            r"around the number, such as loss=(\S+). Others are written (?:…)."
        )
    return pattern
