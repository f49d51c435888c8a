"""What the syntax tree of a script says of its imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from clearq_tui.requirements.imports import statements
from clearq_tui.requirements.imports.known_names import distribution_named
from clearq_tui.requirements.imports.statements import Choice, Import, Item, statements_of


def spelled(items: tuple[Item, ...]) -> list[object]:
    """Modules as text, choices as a list of options, with None where there may be none."""
    found: list[object] = []
    for item in items:
        if isinstance(item, Choice):
            options: list[object] = [spelled(option) for option in item.options]
            found.append([*options, None] if item.can_lack else options)
        else:
            found.append("." * item.level + ":".join((item.module, *item.names)))
    return found


def read(source: str, *, is_program: bool = True) -> list[object]:
    return spelled(statements_of(source, is_program))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a, b.c as d", ["a", "b.c"]),
        ("from a.b import c as d, e", ["a.b:c:e"]),
        ("from a import *", ["a"]),
        ("from . import x\nfrom ..y import z", [".:x", "..y:z"]),
        ("from __future__ import annotations", []),
        ("def f():\n  import a\n  class C:\n    import b", ["a", "b"]),
        ("for x in y:\n  import a\nelse:\n  import b", ["a", "b"]),
        ("match x:\n  case 1:\n    import a", ["a"]),
        ("with x() as y:\n  import a", ["a"]),
        ("async def f():\n  async with x:\n    import a", ["a"]),
        ("import importlib\nm = importlib.import_module('a.b')", ["importlib", "a.b"]),
        ("f(lambda: import_module('.x', __package__))", [".x"]),
        ("__import__('a')", ["a"]),
        ("import_module(name)\nimport_module('')", []),
        ("@import_module('a').deco\ndef f(x=__import__('b')): ...", ["b", "a"]),
        ("x: int = import_module('a')", ["a"]),
    ],
)
def test_where_imports_stand(source: str, expected: list[object]) -> None:
    assert sorted(map(str, read(source))) == sorted(map(str, expected))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("try:\n import a\nexcept ImportError:\n import b", [[["a"], ["b"]]]),
        ("try:\n import a\nexcept ImportError:\n a = None", [[["a"], None]]),
        ("try:\n import a\nexcept (KeyError, ModuleNotFoundError):\n pass", [[["a"], None]]),
        ("try:\n import a\nexcept:\n pass", [[["a"], None]]),
        ("try:\n import a\nexcept ImportError as e:\n raise X from e", ["a"]),
        ("try:\n import a\nexcept ImportError:\n print('no a')\n sys.exit(1)", ["a"]),
        ("try:\n import a\nexcept KeyError:\n import b", ["a", "b"]),
        ("try:\n import a\nfinally:\n import b", ["a", "b"]),
        ("try:\n import a\nexcept ImportError:\n pass\nelse:\n import b", [[["a", "b"], None]]),
        (
            "try: import a\nexcept ImportError:\n try: import b\n except ImportError: import c",
            [[["a"], [[["b"], ["c"]]]]],
        ),
        ("with contextlib.suppress(ImportError):\n import a", [[["a"], None]]),
        ("with suppress(KeyError):\n import a", ["a"]),
        ("if sys.platform == 'win32':\n import a\nelse:\n import b", [[["a"], ["b"]]]),
        ("if os.name == 'nt':\n import a", [[["a"], None]]),
        ("if importlib.util.find_spec('a'):\n import a", [[["a"], None]]),
        ("if sys.version_info >= (3, 11):\n import a\nelse:\n import b", [[["a"], ["b"]]]),
        ("if sys.version_info[0] == 2:\n import a\nelse:\n import b", ["b"]),
        ("if sys.version_info.major >= 3:\n import a\nelse:\n import b", ["a"]),
        ("if sys.version_info < (3,):\n import a\nelse:\n import b", ["b"]),
        ("if fast:\n import a\nelif slow:\n import b\nelse:\n import c", ["a", "b", "c"]),
        ("if TYPE_CHECKING:\n import a\nelse:\n import b", ["b"]),
        ("if typing.TYPE_CHECKING:\n import a", []),
        ("if not TYPE_CHECKING:\n import a\nelse:\n import b", ["a"]),
    ],
)
def test_imports_that_are_not_needed_whatever_happens(source: str, expected: list[object]) -> None:
    assert read(source) == expected


def test_what_only_the_program_does() -> None:
    source = "if __name__ == '__main__':\n import a\nelse:\n import b\n"
    assert read(source) == ["a", "b"]
    assert read(source, is_program=False) == ["b"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="`except*` came with Python 3.11")
def test_groups_of_exceptions() -> None:
    assert read("try:\n import a\nexcept* ImportError:\n import b") == [[["a"], ["b"]]]


def test_lines_are_those_of_the_file() -> None:
    assert statements_of("\n\nimport a\n", True) == (Import("import", "a", (), 0, 3),)


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.12", "3.13"])
def test_older_and_newer_pythons_read_the_same(version: str) -> None:
    """The file that reads is given to the operator's interpreter as it is."""
    found = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python"))
    if not found:
        pytest.skip(f"there is no Python {version} in pyenv")
    source = (
        "try:\n import a\nexcept ImportError:\n a = 1\nif sys.version_info[0] < 3:\n import b\n"
    )
    program = Path(statements.__file__).read_text() + f"\nprint(statements_of({source!r}, True))"
    done = subprocess.run([found[0], "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(statements_of(source, True))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("cv2",), "opencv-python"),
        (("yaml",), "PyYAML"),
        (("PIL", "PIL.Image"), "Pillow"),
        (("sklearn.svm", "sklearn.svm.SVC"), "scikit-learn"),
        (("google.protobuf.message",), "protobuf"),
        (("google.cloud", "google.cloud.storage"), "google-cloud-storage"),
        (("google.cloud.bigquery_storage",), "google-cloud-bigquery-storage"),
        (("my_thing.sub",), "my-thing"),
    ],
)
def test_names_of_what_nobody_here_has(names: tuple[str, ...], expected: str) -> None:
    assert distribution_named(names) == expected
