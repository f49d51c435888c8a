"""Scalars: the numbers that a task tells about itself while it runs, such as its loss.

They come as lines of JSON in the file that `$CLEARQ_SCALARS` names, or are found in the task's log
by regular expressions. Everything here is incremental and takes its input for hostile.
"""

from clearq_tui.scalars.board import Board
from clearq_tui.scalars.files import ScalarFiles
from clearq_tui.scalars.patterns import BadPattern, check_pattern
from clearq_tui.scalars.point import Found, Point
from clearq_tui.scalars.series import Series, smoothed

__all__ = [
    "BadPattern",
    "Board",
    "Found",
    "Point",
    "ScalarFiles",
    "Series",
    "check_pattern",
    "smoothed",
]
