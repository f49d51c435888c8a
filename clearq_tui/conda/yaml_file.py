"""Read a small YAML file of the operator's."""

from __future__ import annotations

from pathlib import Path

from clearq_tui.conda.failure import CondaError

LARGEST = 1 << 20
"""Bytes; what people write by hand is far smaller."""


def read_text(path: Path, largest: int = LARGEST) -> str:
    """The file's text.

    Raises:
        CondaError: it cannot be read, is larger than `largest` bytes, or is not UTF-8.
    """
    try:
        if path.stat().st_size > largest:
            raise CondaError(f"{path} is larger than {largest >> 20} MiB: that is no such file.")
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise CondaError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CondaError(f"{path} is not UTF-8; save it as that.") from error


def read_mapping(path: Path) -> dict[str, object]:
    """The mapping in the file; empty for a file without content.

    Raises:
        CondaError: the file cannot be read, or holds something else.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        value = YAML(typ="safe", pure=True).load(read_text(path))
    except MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise CondaError(f"{path}{where} is not YAML: {error.problem}.") from error
    except YAMLError as error:
        raise CondaError(f"{path} is not YAML: {error}.") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CondaError(f"{path} must hold a mapping, such as 'dependencies:' with a list.")
    return {str(name): item for name, item in value.items()}
