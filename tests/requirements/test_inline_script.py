"""Requirements that a script carries in a comment."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.requirements import Project, Requirements, RequirementsError, find_requirements
from tests.requirements.wheels import SETUP, write

SCRIPT = """\
#!/usr/bin/env python3
# /// other
# x = 1
# ///

# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "alpha<3",
#
#   "lib",
# ]
# [tool.uv]
# extra-index-url = ["https://more.example/simple"]
# [tool.uv.sources]
# lib = { path = "../lib", editable = true }
# ///
import alpha
"""


def found(tree: Path, text: str) -> Requirements | None:
    write(tree, {"scripts/go.py": text, "lib/setup.py": SETUP, "pyproject.toml": "[tool.x]\n"})
    return find_requirements(tree, script=Path("scripts/go.py"))


def refusal(tree: Path, text: str) -> str:
    with pytest.raises(RequirementsError) as caught:
        found(tree, text)
    return str(caught.value).replace(f"{tree}/", "")


def test_a_script(tmp_path: Path) -> None:
    assert found(tmp_path, SCRIPT) == Requirements(
        source="script",
        python=">=3.11",
        lines=("alpha<3",),
        options=("--extra-index-url https://more.example/simple",),
        projects=(Project("lib"),),
    )
    assert found(tmp_path, SCRIPT.replace("\n", "\r\n")) == found(tmp_path, SCRIPT)


def test_a_block_that_is_empty_asks_for_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, "# /// script\n# ///\nimport numpy\n") == Requirements("script")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SCRIPT + "# /// script\n# ///\n", "line 19: this is a second `# /// script` block."),
        ("\n# /// script\n# dependencies = [\n# ///\n", "line 3: this is not TOML: "),
        ("# /// script\n# dependencies = ['a b']\n# ///\n", "line 2: 'a b' is not a requirement"),
        ("# /// script\n#\n# dependencies = 3\n# ///\n", "line 3: dependencies must be a list"),
        ("# /// script\n# requires-python='x'\n# ///\n", "line 2: 'x' is no version of Python"),
    ],
)
def test_what_is_malformed_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    assert refusal(tmp_path, text).startswith(f"scripts/go.py, {expected}")


@pytest.mark.parametrize(
    "text",
    [
        "# /// script\n# dependencies = ['a']\n",
        "# /// script\nx = 1\n# ///\n",
        "#/// script\n# ///\n",
    ],
)
def test_what_is_no_block_is_passed_over(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) is None
