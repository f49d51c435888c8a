"""What setup.py and setup.cfg say of requirements, as far as it stands there plainly."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as NotIni
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name

from clearq_tui.requirements.declared import Declared
from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.pip_format.logical_lines import logical_lines
from clearq_tui.requirements.reading import read_text
from clearq_tui.requirements.wish import refuse_unknown


@dataclass(frozen=True)
class SetupNeeds:
    """Requirements of a project, and of its extras by normalized name."""

    always: tuple[Declared, ...] = ()
    extras: Mapping[str, tuple[Declared, ...]] = field(default_factory=dict)

    def with_extras(self, names: tuple[str, ...], file: Path) -> Iterator[Declared]:
        """All that is needed with some extras.

        Raises:
            RequirementsError: there is no such extra.
        """
        yield from self.always
        for name in names:
            wanted = canonicalize_name(name)
            refuse_unknown("extra", wanted, self.extras, str(file))
            yield from self.extras[wanted]


def needs_of_setup_cfg(path: Path) -> SetupNeeds:
    """What a setup.cfg requires.

    Raises:
        RequirementsError: it, or a file that it names, cannot be read.
    """
    parser = read_setup_cfg(path)
    always = parser.get("options", "install_requires", fallback="")
    extras = "options.extras_require"
    return SetupNeeds(
        tuple(_listed(path, always)),
        {
            canonicalize_name(name): tuple(_listed(path, text))
            for name, text in (parser.items(extras) if parser.has_section(extras) else ())
        },
    )


def read_setup_cfg(path: Path) -> ConfigParser:
    """Read a setup.cfg; an empty one where there is none.

    Raises:
        RequirementsError: it is malformed.
    """
    parser = ConfigParser(interpolation=None, default_section="\0")
    if path.is_file():
        try:
            parser.read_string(read_text(path), str(path))
        except NotIni as error:
            said = " ".join(str(error).split())
            raise Where(str(path)).refusal(f"it cannot be read: {said}.") from error
    return parser


def _listed(path: Path, text: str) -> Iterator[Declared]:
    """Requirements, one a line, or those of the files that are named."""
    if text.startswith("file:"):
        for name in text.removeprefix("file:").split(","):
            file = path.parent / name.strip()
            if not file.is_file():
                raise Where(str(path)).refusal(f"there is no file {str(file)!r}.")
            for number, line in logical_lines(read_text(file)):
                yield Declared(line, Where(str(file), number))
        return
    for _, line in logical_lines(text):
        yield Declared(line, Where(str(path)))


def needs_of_setup_py(path: Path) -> SetupNeeds | None:
    """What a setup.py requires, and setup.cfg beside it; None where only running it would tell.

    Raises:
        RequirementsError: a setup.cfg beside it is malformed.
    """
    beside = needs_of_setup_cfg(path.with_name("setup.cfg"))
    try:
        tree = ast.parse(read_text(path))
    except SyntaxError:
        return None
    values = _assigned(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "setup":
            return _needs_of_call(node, values, path, beside)
    return None


def _needs_of_call(
    call: ast.Call, values: Mapping[str, ast.expr], path: Path, beside: SetupNeeds
) -> SetupNeeds | None:
    said = {keyword.arg: keyword.value for keyword in call.keywords}
    if None in said:  # **keywords
        return None
    where = Where(str(path), call.lineno)
    always, extras = beside.always, beside.extras
    if "install_requires" in said:
        texts = _texts(said["install_requires"], values)
        if texts is None:
            return None
        always = tuple(Declared(text, where) for text in texts)
    if "extras_require" in said:
        found = _extras(said["extras_require"], values, where)
        if found is None:
            return None
        extras = found
    return SetupNeeds(always, extras)


def _extras(
    node: ast.expr, values: Mapping[str, ast.expr], where: Where
) -> dict[str, tuple[Declared, ...]] | None:
    node = values.get(node.id, node) if isinstance(node, ast.Name) else node
    if not isinstance(node, ast.Dict):
        return None
    found: dict[str, tuple[Declared, ...]] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        texts = _texts(value, values)
        if not isinstance(key, ast.Constant) or texts is None:
            return None
        found[canonicalize_name(str(key.value))] = tuple(Declared(text, where) for text in texts)
    return found


def _texts(node: ast.expr, values: Mapping[str, ast.expr]) -> list[str] | None:
    """A list of texts that is written out; None for one that is computed."""
    if isinstance(node, ast.Name) and node.id in values:
        return _texts(
            values[node.id], {name: value for name, value in values.items() if name != node.id}
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = (_texts(node.left, values), _texts(node.right, values))
        return None if parts[0] is None or parts[1] is None else parts[0] + parts[1]
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    if isinstance(value, str):
        return [line for _, line in logical_lines(value)]
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        return None
    return list(value)


def _assigned(tree: ast.Module) -> dict[str, ast.expr]:
    """What each name stands for that is assigned once, at the top of the file."""
    found: dict[str, ast.expr] = {}
    ambiguous: set[str] = set()
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AugAssign | ast.AnnAssign):
            ambiguous.add(_name(node.target) or "")
        for target in targets:
            name = _name(target) or ""
            if name in found or not isinstance(node, ast.Assign) or node not in tree.body:
                ambiguous.add(name)
            else:
                found[name] = node.value
    return {name: value for name, value in found.items() if name not in ambiguous}


def _name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None
