"""A command shown as a line means the same when it is pasted into a shell."""

from __future__ import annotations

import os
import shlex
import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from clearq_tui.shell_quoting import join

WORDS = st.lists(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
    | st.text("'\"\\$`!\n\t\x1b\x07 *?~#;&|<>(){}[]=é\u202e\x9b0123456789"),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=20))
def test_bash_reads_back_the_same_words(commands: list[list[str]]) -> None:
    script = "".join(f"printf '%s\\0' {join(words)}\n" for words in commands)
    said = subprocess.run(
        ["bash"], input=script.encode(), stdout=subprocess.PIPE, check=True, timeout=20
    ).stdout
    words = [word for command in commands for word in command]
    assert said == b"".join(os.fsencode(word) + b"\0" for word in words)


@given(WORDS)
def test_a_line_is_printable(words: list[str]) -> None:
    line = join(words)
    assert line.isprintable()
    if all(word.isprintable() for word in words):
        assert shlex.split(line) == words


def test_bytes_that_are_no_text_come_back() -> None:
    said = subprocess.check_output(["bash", "-c", f"printf %s {join([os.fsdecode(bytes([255]))])}"])
    assert said == bytes([255])
