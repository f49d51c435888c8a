"""Sentences about untracked files that are large enough to be there by mistake."""

from __future__ import annotations

from collections.abc import Mapping

LARGE_FILE = 32 * 1024 * 1024
LARGE_TOTAL = 256 * 1024 * 1024
_NAMED = 10
"""A directory of checkpoints must not fill the operator's screen."""


def size_warnings(untracked: Mapping[str, int]) -> tuple[str, ...]:
    """What to tell about untracked files, given each one's size in bytes."""
    large = sorted(
        ((size, path) for path, size in untracked.items() if size > LARGE_FILE), reverse=True
    )
    sentences = [
        f"Untracked file {printable(path)} is {readable_size(size)} and travels with the code; "
        "add it to .gitignore if the task does not need it."
        for size, path in large[:_NAMED]
    ]
    if rest := large[_NAMED:]:
        total = sum(size for size, _ in rest)
        sentences.append(f"{len(rest)} more large untracked files hold {readable_size(total)}.")
    total = sum(untracked.values())
    if total > LARGE_TOTAL:
        sentences.append(
            f"Untracked files come to {readable_size(total)} in all ({len(untracked)} files)."
        )
    return tuple(sentences)


def printable(path: str) -> str:
    """A path that cannot act on a terminal and can always be encoded."""
    return ascii(path)[1:-1] if not path.isprintable() else path


def readable_size(size: int) -> str:
    """`size` bytes in the unit that reads best."""
    if size < 1024:
        return f"{size} B"
    scaled = float(size)
    for unit in ("KiB", "MiB", "GiB"):
        scaled /= 1024
        if scaled < 1024:
            return f"{scaled:.1f} {unit}"
    return f"{scaled / 1024:.1f} TiB"
