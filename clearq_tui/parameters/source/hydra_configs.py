"""A hydra configuration: the files that its defaults list puts together, and their choices."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Final

from clearq_tui.parameters.code_files import CodeFiles, normal_path
from clearq_tui.parameters.config_text import Leaf, Tree, load_config
from clearq_tui.parameters.config_text.key_path import join
from clearq_tui.parameters.config_text.tree import Unreadable, named_parts, shown
from clearq_tui.parameters.parameter import Kind, Parameter, Spelling

LARGEST: Final = 64 << 10
_DEEPEST: Final = 10
_PACKAGE: Final = re.compile(r"^#\s*@package\s+(\S+)", re.MULTILINE)


class HydraConfig:
    """Puts configuration files together; what they say is in `parameters` afterwards."""

    def __init__(self, files: CodeFiles, directory: str, chosen: Mapping[str, str]) -> None:
        self._files, self._directory = files, directory
        self._chosen = chosen
        self._paths = frozenset(files.paths())
        self._found: dict[str, Parameter] = {}
        self._groups: dict[str, Parameter] = {}
        self.notes: list[str] = []

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Choices of groups first, then values."""
        return (*self._groups.values(), *self._found.values())

    def add(self, name: str, group: str = "", package: str = "", depth: int = 0) -> None:
        """Add the configuration called `name` in a group, and what its defaults ask for."""
        path = self._path(posixpath.join(group, name))
        content = self._files.read(path, LARGEST) if path in self._paths else None
        if content is None or depth > _DEEPEST:
            return
        try:
            tree = load_config(path, content)
        except Unreadable as error:
            self.notes.append(f"{path} cannot be read: {error}")
            return
        if not isinstance(tree, dict):
            return
        header = _PACKAGE.search(content.decode("utf-8", "replace")[:2000])
        if header is not None:
            package = "" if header[1] == "_global_" else header[1].replace("_group_", package)
        defaults = tree.get("defaults")
        entries = defaults if isinstance(defaults, list) else []
        own = {key: value for key, value in tree.items() if key != "defaults"}
        for entry in entries:
            if _is_self(entry):
                self._add_values(path, own, package)
            else:
                self._add_entry(entry, path, group, package, depth)
        if not any(map(_is_self, entries)):
            self._add_values(path, own, package)

    def _add_entry(self, entry: Tree, path: str, group: str, package: str, depth: int) -> None:
        if isinstance(entry, Leaf):
            self.add(entry.text, group, package, depth + 1)
            return
        if not isinstance(entry, dict):
            return
        for key, option in entry.items():
            name, _, at_package = key.removeprefix("optional ").partition("@")
            if name.startswith("override "):
                continue
            below = name.lstrip("/") if name.startswith("/") else posixpath.join(group, name)
            inner = _package(package, at_package or name.lstrip("/").replace("/", "."), at_package)
            self._add_group(path, below, option, inner, depth)

    def _add_group(self, path: str, group: str, option: Tree, package: str, depth: int) -> None:
        options = option if isinstance(option, list) else [option]
        names = [one.text for one in options if isinstance(one, Leaf) and one.type != "null"]
        if not isinstance(option, list):
            line = option.line if isinstance(option, Leaf) else 0
            default = names[0] if names else "null"
            self._groups[group] = Parameter(
                target=group, name=group, kind=Kind.ARGUMENT, type="group", default=default,
                choices=self._options(group), value=default, origin=f"{path}:{line}",
                spelling=Spelling(assigned=True),
            )  # fmt: skip
            if group in self._chosen:
                names = [self._chosen[group]]
        for name in names:
            self.add(name, group, package, depth + 1)

    def _add_values(self, path: str, tree: dict[str, Tree], package: str) -> None:
        before = tuple(package.split(".")) if package else ()
        for keys, value, is_listed in named_parts(tree):
            if not is_listed or keys[0] == "hydra":
                continue
            target = join((*before, *keys))
            text = shown(value)
            line = value.line if isinstance(value, Leaf) else 0
            self._found[target] = Parameter(
                target=target,
                name=target,
                kind=Kind.ARGUMENT,
                type=value.type if isinstance(value, Leaf) else "list",
                default=text,
                value=text,
                origin=f"{path}:{line}" if line else path,
                spelling=Spelling(assigned=True),
            )

    def _options(self, group: str) -> tuple[str, ...]:
        place = posixpath.join(self._directory, group)
        return tuple(
            sorted(
                posixpath.splitext(posixpath.basename(path))[0]
                for path in self._paths
                if posixpath.dirname(path) == normal_path(place)
                and path.endswith((".yaml", ".yml"))
            )
        )

    def _path(self, name: str) -> str:
        plain = normal_path(posixpath.join(self._directory, name))
        return next(
            (one for one in (plain, f"{plain}.yaml", f"{plain}.yml") if one in self._paths),
            f"{plain}.yaml",
        )


def _is_self(entry: Tree) -> bool:
    return isinstance(entry, Leaf) and entry.text == "_self_"


def _package(parent: str, own: str, given: str) -> str:
    if given == "_global_":
        return ""
    if given.startswith("_global_."):
        return given.removeprefix("_global_.")
    return f"{parent}.{own}" if parent else own
