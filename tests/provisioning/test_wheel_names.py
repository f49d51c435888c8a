"""Which wheel of several is the one for a machine."""

from __future__ import annotations

import pytest

from clearq_tui.provisioning import Target
from clearq_tui.provisioning.wheel_names import best_wheel, is_for_all, project_and_version

GLIBC = Target("Linux", "x86_64", "glibc", (2, 28))
MUSL = Target("Linux", "x86_64", "musl", (1, 2))
MAC = Target("Darwin", "arm64", "", (14, 0))


@pytest.mark.parametrize(
    ("target", "python", "names", "expected"),
    [
        (GLIBC, "3.11", ["a-1-cp310-cp310-manylinux_2_17_x86_64.whl"], None),
        (GLIBC, "3.11", ["a-1-cp38-abi3-manylinux_2_17_x86_64.whl"], 0),
        (GLIBC, "3.11", ["a-1-cp311-cp311-manylinux_2_31_x86_64.whl"], None),
        (
            GLIBC,
            "3.11.7",
            ["a-1-py3-none-any.whl", "a-1-cp311-cp311-manylinux2014_x86_64.whl"],
            1,
        ),
        (
            GLIBC,
            "3.11",
            [
                "a-1-cp311-cp311-manylinux_2_5_x86_64.manylinux1_x86_64.whl",
                "a-1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
                "a-1-cp311-cp311-musllinux_1_1_x86_64.whl",
            ],
            1,
        ),
        (MUSL, "3.11", ["a-1-cp311-cp311-manylinux_2_17_x86_64.whl"], None),
        (MUSL, "3.11", ["a-1-cp311-cp311-musllinux_1_1_x86_64.whl"], 0),
        (MAC, "3.12", ["a-1-cp312-cp312-macosx_11_0_universal2.whl"], 0),
        (MAC, "3.12", ["a-1-cp312-cp312-macosx_15_0_arm64.whl"], None),
        (GLIBC, "3.11", ["a-1-1-py3-none-any.whl", "a-1-2-py3-none-any.whl"], 1),
        (GLIBC, "3.11", ["a-1.tar.gz", "nonsense.whl"], None),
    ],
)
def test_the_most_fitting_wheel_is_taken(
    target: Target, python: str, names: list[str], expected: int | None
) -> None:
    assert best_wheel(names, target, python) == (None if expected is None else names[expected])
    assert best_wheel(reversed(names), target, python) == (
        None if expected is None else names[expected]
    )


def test_names_say_what_they_are() -> None:
    assert is_for_all("a-1-py2.py3-none-any.whl")
    assert not is_for_all("a-1-cp311-cp311-linux_x86_64.whl")
    assert not is_for_all("a-1.tar.gz")
    assert project_and_version("Foo_Bar-2.13.0+cpu-py3-none-any.whl") == ("foo-bar", "2.13.0+cpu")
    with pytest.raises(ValueError, match="nonsense"):
        project_and_version("nonsense.whl")
