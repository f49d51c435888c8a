"""What a machine must know besides the files: the working tree commit's message.

A tree cannot say that git calls a file unmodified though its bytes differ from the index (a Git LFS
file, a converted line end), nor that a sparse checkout left it out. The message does, one path a
line, so that `git status` on the machine says what it says on the laptop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clearq_tui.capture.difference import Difference

TITLE = b"clearq: what was on disk\n\n"
_CARRIED = ("core.autocrlf", "core.eol", "core.filemode")


def write_notes(
    difference: Difference, skipped: Iterable[bytes], settings: Mapping[str, str]
) -> bytes:
    """The message; its lines are read by the agent's `workspace.notes`."""
    lines = [
        b"set %s %s\n" % (name.encode(), settings[name].encode())
        for name in _CARRIED
        if name in settings
    ]
    for word, paths in (
        (b"clean", difference.clean),
        (b"dirty", difference.dirty),
        (b"skip", skipped),
    ):
        lines += [b"%s %s\n" % (word, path.hex().encode()) for path in sorted(paths)]
    return TITLE + b"".join(lines)
