"""What uv and pip say when they fail, as one sentence."""

from __future__ import annotations

import pytest

from clearq_tui.provisioning.complaints import complaint, without_logins

UNSOLVABLE = """\
warning: The requested Python version 3.12 is not available; 3.11.7 will be used.
error: No solution found when resolving dependencies
  cause: Because beta==1.5 has no wheels with a matching Python ABI tag (e.g., `cp312`) and only
         beta==1.5 is available, we can conclude that all versions of beta cannot be used.
         And because you require beta, your requirements are unsatisfiable.

hint: You require CPython 3.12 (`cp312`), but we only found wheels for other tags
"""
UNSOLVABLE_OF_OLDER_UV = """\
  \u00d7 No solution found when resolving dependencies:
  ╰─▶ Because there is no version of beta==9 and you require beta==9, we can
      conclude that your requirements are unsatisfiable.
"""
LOCKED_OUT = """\
error: No solution found when resolving dependencies
  cause: Because alpha was not found in the package registry and you require alpha, we can conclude
         that your requirements are unsatisfiable.

hint: An index URL (http://me:secret@127.0.0.1/simple) could not be queried due to a lack of valid
"""
DOWN = """\
error: Failed to fetch: http://me:secret@127.0.0.1:9/simple/alpha/
  cause: error sending request for url (http://127.0.0.1:9/simple/alpha/)
  cause: client error (Connect)
  cause: tcp connect error
  cause: Connection refused (os error 111)
"""
DOWN_FOR_PIP = """\
error: connection-failed

\u00d7 Failed to connect to 127.0.0.1 while fetching http://127.0.0.1:9/files/a-1-py3-none-any.whl
╰─> [Errno 111] Connection refused

hint: Are you connected to the Internet? If so, check whether your system can connect
"""
BROKEN = """\
error: Failed to build `bad @ file:///x/bad-1.tar.gz`
  cause: The build backend returned an error
  cause: Call to `backend.get_requires_for_build_wheel` failed (exit status: 1)

         [stderr]
         Traceback (most recent call last):
           File "/x/backend.py", line 1, in <module>
             raise RuntimeError('no compiler')
         RuntimeError: no compiler

hint: Build failures usually indicate a problem with the package or the build environment
"""
NO_FILE = """\
error: Failed to install cpython-3.12.1-linux-aarch64-gnu
  cause: Failed to read from: /mirror/cpython.tar.gz
  cause: No such file or directory (os error 2)
"""
TRACEBACK = 'Traceback (most recent call last):\n  File "x"\nValueError: what\n'


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            UNSOLVABLE,
            (
                "Because beta==1.5 has no wheels with a matching Python ABI tag (e.g., `cp312`) "
                "and only beta==1.5 is available, we can conclude that all versions of beta cannot "
                "be used. And because you require beta, your requirements are unsatisfiable"
            ),
        ),
        (
            UNSOLVABLE_OF_OLDER_UV,
            (
                "Because there is no version of beta==9 and you require beta==9, we can conclude "
                "that your requirements are unsatisfiable"
            ),
        ),
        (
            LOCKED_OUT,
            (
                "Because alpha was not found in the package registry and you require alpha, we can "
                "conclude that your requirements are unsatisfiable. hint: An index URL "
                "(http://127.0.0.1/simple) could not be queried due to a lack of valid"
            ),
        ),
        (
            DOWN,
            (
                "http://127.0.0.1:9/simple/alpha/ cannot be reached from this laptop "
                "(Connection refused)"
            ),
        ),
        (
            DOWN_FOR_PIP,
            (
                "http://127.0.0.1:9/files/a-1-py3-none-any.whl cannot be reached from this laptop "
                "(Connection refused)"
            ),
        ),
        (BROKEN, "Failed to build `bad @ file:///x/bad-1.tar.gz`: RuntimeError: no compiler"),
        (
            NO_FILE,
            (
                "Failed to install cpython-3.12.1-linux-aarch64-gnu: Failed to read from: "
                "/mirror/cpython.tar.gz: No such file or directory (os error 2)"
            ),
        ),
        (TRACEBACK, "ValueError: what"),
        ("ERROR: \x1b[31mNo matching distribution\x1b[0m\n", "No matching distribution"),
        ("something\x1b]0;title\x07\n", "something\\x1b]0;title\\x07"),
        ("", "it said nothing"),
    ],
)
def test_the_essential_is_one_line_without_logins(said: str, expected: str) -> None:
    assert complaint(said) == expected


def test_a_long_complaint_is_cut() -> None:
    assert len(complaint("error: " + "a" * 5000)) <= 600


def test_logins_are_made_unreadable() -> None:
    text = "at https://me:secret@host/x and git+ssh://git@host/y"
    assert without_logins(text) == "at https://host/x and git+ssh://host/y"
