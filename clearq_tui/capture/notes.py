"""What a machine must know besides the files: the working tree commit's message.

A tree cannot say that git calls a file unmodified though its bytes differ from the index (a Git LFS
file, a converted line end), that a sparse checkout left it out, or that it is only intended to be
added. The message does, one path a line, so that `git status` on the machine says what it says on
the laptop.
"""

from __future__ import annotations

from collections.abc import Mapping

from clearq_tui.capture.difference import Difference
from clearq_tui.capture.listing import Listing

TITLE = b"clearq: what was on disk\n\n"
_CARRIED = ("core.autocrlf", "core.eol", "core.filemode")


def write_notes(difference: Difference, listing: Listing, settings: Mapping[str, str]) -> bytes:
    """The message; its lines are read by the agent's `workspace.notes`."""
    lines = [
        b"set %s %s\n" % (name.encode(), settings[name].encode())
        for name in _CARRIED
        if name in settings
    ]
    for word, paths in (
        (b"clean", difference.clean),
        (b"dirty", difference.dirty),
        (b"skip", listing.skipped),
        (b"intend", listing.intended),
    ):
        lines += [b"%s %s\n" % (word, path.hex().encode()) for path in sorted(paths)]
    return TITLE + b"".join(lines)
