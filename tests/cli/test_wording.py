"""Times and sizes in words."""

from __future__ import annotations

import pytest

from clearq_tui.wording import age, duration, size


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (-3, "0.0s"),
        (0.44, "0.4s"),
        (59.9, "59s"),
        (184, "3m04s"),
        (7 * 3600 + 62, "7h01m"),
        (5 * 86400 + 3 * 3600, "5d03h"),
    ],
)
def test_duration(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


def test_age() -> None:
    assert age(100.0, 184.0) == "1m24s"
    assert age(None, 184.0) == ""


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (3 << 29, "1.5 GiB"),
        (1 << 51, "2048.0 TiB"),
    ],
)
def test_size(count: int, words: str) -> None:
    assert size(count) == words
