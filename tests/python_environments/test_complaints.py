"""What uv and pip say when something is wrong, and what of it the operator reads first."""

from __future__ import annotations

import pytest

from remote_agent.python_environments.complaints import essence, is_disk_full, is_unreachable

UNRESOLVABLE = """\
error: No solution found when resolving dependencies
  cause: Because only alpha==1.0 is available and you require alpha>=2, we can conclude that your \
requirements are unsatisfiable.
"""
OLDER = """\
  \N{MULTIPLICATION SIGN} No solution found when resolving dependencies:
  ╰─▶ Because nosuch was not found in the package registry and you require
      nosuch, we can conclude that your requirements are unsatisfiable.
"""
PLATFORM = """\
Using Python 3.11.7 environment at: .b
error: No solution found when resolving dependencies
  cause: Because gamma==1.0 has no wheels with a matching platform tag (e.g., `manylinux_2_36`)\
 and only gamma==1.0 is available, we can conclude that all versions of gamma cannot be used.
         And because you require gamma, we can conclude that your requirements are unsatisfiable.

hint: Wheels are available for `gamma` (v1.0) on the following platform: `win_amd64`
"""
HASH = """\
Resolved 1 package in 0.70ms
error: Failed to download `beta==1.0`
  cause: Hash mismatch for `beta==1.0`

         Expected:
           sha256:1111

         Computed:
           sha256:4e94
"""
UNREACHABLE = """\
error: Request failed after 3 retries in 5.6s
  cause: Failed to fetch: http://127.0.0.1:9/simple/beta/
  cause: error sending request for url (http://127.0.0.1:9/simple/beta/)
  cause: client error (Connect)
  cause: tcp connect error
  cause: Connection refused (os error 111)
"""
BROKEN_BUILD = """\
   Building broken @ file:///w
error: The build backend returned an error
  cause: Call to `backend.build_editable` failed (exit status: 1)

         [stderr]
         Traceback (most recent call last):
           File "<string>", line 14, in <module>
             directory = os.path.join(metadata_directory)
                         ^^^^^^^^^^^^
         ValueError: no such thing
"""
SYNTAX = """\
error: Couldn't parse requirement in `i3` at position 0
  cause: Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `t`
         be ta
            ^
"""
PIP_MISSING = """\
Looking in indexes: http://127.0.0.1:9/simple
ERROR: Could not find a version that satisfies the requirement nosuch (from versions: none)
ERROR: No matching distribution found for nosuch
"""
PIP_CONFLICT = """\
ERROR: Cannot install alpha and beta==0.5 because these package versions have conflicting \
dependencies.
ERROR: ResolutionImpossible: for help visit a page
"""
PIP_BROKEN_BUILD = """\
  error: subprocess-exited-with-error

  \N{MULTIPLICATION SIGN} Preparing metadata (pyproject.toml) did not run successfully.
  │ exit code: 1
  ╰─> [20 lines of output]
      Traceback (most recent call last):
        File "x", line 1, in <module>
      ValueError: no compiler here
      [end of output]

  note: This error originates from a subprocess.
error: metadata-generation-failed

\N{MULTIPLICATION SIGN} Encountered error while generating package metadata.
╰─> See above for output.
"""
PIP_HASH = """\
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the \
package versions, please update the hashes.
    beta==1.0 from file:///w/beta-1.0-py3-none-any.whl:
        Expected sha256 1111
             Got        4e94
"""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (UNRESOLVABLE, ["only alpha==1.0 is available and you require alpha>=2"]),
        (OLDER, ["nosuch was not found in the package registry and you require nosuch, we"]),
        (PLATFORM, ["gamma==1.0 has no wheels with a matching platform tag", "`win_amd64`"]),
        (HASH, ["Hash mismatch for `beta==1.0`", "Expected: sha256:1111 Computed: sha256:4e94"]),
        (UNREACHABLE, ["Failed to fetch: http://127.0.0.1:9/simple/beta/", "Connection refused"]),
        (BROKEN_BUILD, ["The build backend returned an error", "ValueError: no such thing"]),
        (SYNTAX, ["Couldn't parse requirement", "Expected one of", "be ta"]),
        (PIP_MISSING, ["Could not find a version that satisfies the requirement nosuch"]),
        (PIP_CONFLICT, ["Cannot install alpha and beta==0.5 because"]),
        (PIP_BROKEN_BUILD, ["a package could not be built — ValueError: no compiler here"]),
        (PIP_HASH, ["DO NOT MATCH THE HASHES", "beta==1.0 from", "Expected sha256 1111"]),
        ("something else\n", ["something else"]),
    ],
)
def test_the_essential_line(said: str, told: list[str]) -> None:
    line = essence(said)
    for part in told:
        assert part in line
    assert "\n" not in line
    assert len(line) <= 600


def test_silence() -> None:
    assert essence("\n \n") == ""
    assert len(essence("error: " + "x" * 10_000)) == 600


def test_what_helps() -> None:
    assert is_unreachable(UNREACHABLE)
    assert is_unreachable("NewConnectionError('…: Failed to establish a new connection')")
    assert not is_unreachable(PLATFORM + UNRESOLVABLE + HASH + PIP_MISSING)
    assert is_disk_full("error: x\n  cause: No space left on device (os error 28)")
    assert not is_disk_full(UNREACHABLE)
