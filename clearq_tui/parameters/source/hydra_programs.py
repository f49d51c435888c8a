"""Parameters of programs that use hydra, or OmegaConf by itself."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from clearq_tui.parameters.code_files import CodeFiles, normal_path
from clearq_tui.parameters.parameter import Interface, Kind, Parameter, Spelling
from clearq_tui.parameters.source.constants import default_of, text_or_none
from clearq_tui.parameters.source.dataclass_fields import fields_of
from clearq_tui.parameters.source.hydra_configs import HydraConfig
from clearq_tui.parameters.source.modules import Code, Module, dotted, last_name
from clearq_tui.parameters.source.reachable import Scope

_ASSIGNMENT: Final = re.compile(r"\+{0,2}([A-Za-z_][\w./@-]*)=(.*)", re.DOTALL)
_NAME: Final = re.compile(r"(?:--config-name|-cn)(?:=(.*))?")
_PLACE: Final = re.compile(r"(?:--config-path|-cp)(?:=(.*))?")
_DEEPEST: Final = 6
_OPTIONS: Final = (
    (("--multirun", "-m"), "0", "run once for each combination of a sweep"),
    (("--config-name", "-cn"), "1", "another primary configuration"),
    (("--config-path", "-cp"), "1", "another directory of configurations"),
    (("--config-dir", "-cd"), "1", "one more directory of configurations"),
)


def hydra_interface(
    code: Code, scopes: Sequence[Scope], files: CodeFiles, words: Sequence[str]
) -> tuple[Interface, tuple[str, ...]]:
    """What the configurations of `hydra.main` and OmegaConf say, and what could not be read."""
    for module in code.modules:
        for function in module.definitions.values():
            for decorator in function.decorator_list:
                if _is_hydra(module, decorator):
                    return _of_hydra(code, module, decorator, files, words)
    return _of_omegaconf(scopes, files)


def _is_hydra(module: Module, decorator: ast.expr) -> bool:
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = dotted(node)
    return name == "hydra.main" or (
        name == "main"
        and any(
            isinstance(one, ast.ImportFrom) and one.module == "hydra" for one in module.tree.body
        )
    )


def _of_hydra(
    code: Code, module: Module, decorator: ast.expr, files: CodeFiles, words: Sequence[str]
) -> tuple[Interface, tuple[str, ...]]:
    call = decorator if isinstance(decorator, ast.Call) else None
    said = {one.arg: one.value for one in call.keywords} if call else {}
    said.update(zip(("config_path", "config_name"), call.args if call else (), strict=False))
    place = _said(words, _PLACE) or text_or_none(said.get("config_path"), module) or ""
    name = _said(words, _NAME) or text_or_none(said.get("config_name"), module) or ""
    directory = normal_path(posixpath.join(posixpath.dirname(module.path), place))
    chosen = dict(_assignments(words))
    config = HydraConfig(files, directory, chosen)
    found: Mapping[str, Parameter] = {}
    if name:
        config.add(name)
        found = {one.target: one for one in _stored(code, name)}
    found = {**found, **{one.target: one for one in config.parameters}}
    options = tuple(_option(names, arity, help_text) for names, arity, help_text in _OPTIONS)
    parameters = (*found.values(), *options)
    return Interface(parameters, assigns=True, abbreviates=True), tuple(config.notes)


def _option(names: tuple[str, str], arity: str, help_text: str) -> Parameter:
    kind = Kind.FLAG if arity == "0" else Kind.ARGUMENT
    default = "false" if arity == "0" else None
    return Parameter(
        names[0], names[0], kind, "bool" if arity == "0" else "str", default, help=help_text,
        value=default, origin="hydra", spelling=Spelling(names, arity=arity), listed=False,
    )  # fmt: skip


def _assignments(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        if found := _ASSIGNMENT.fullmatch(word):
            yield found[1], found[2]


def _said(words: Sequence[str], option: re.Pattern[str]) -> str:
    for number, word in enumerate(words):
        if found := option.fullmatch(word):
            return found[1] or (words[number + 1] if number + 1 < len(words) else "")
    return ""


def _stored(code: Code, name: str) -> Iterator[Parameter]:
    """Fields of the dataclass that `ConfigStore` holds under this name."""
    for module in code.modules:
        for node in module.nodes:
            if not (isinstance(node, ast.Call) and last_name(node.func) == "store"):
                continue
            said = {one.arg: one.value for one in node.keywords if one.arg}
            if text_or_none(said.get("name"), module) == name and "group" not in said:
                yield from _of_class(module, said.get("node"), "")


def _of_class(
    module: Module, node: ast.expr | None, prefix: str, depth: int = 0
) -> Iterator[Parameter]:
    if isinstance(node, ast.Call):
        node = node.func
    found = module.find_node(node) if node is not None else None
    if found is None or not isinstance(found[1], ast.ClassDef) or depth > _DEEPEST:
        return
    for field in fields_of(found[1], found[0]):
        if field.shape.class_node is not None and field.shape.class_module is not None:
            name = ast.Name(field.shape.class_node.name, ast.Load())
            yield from _of_class(
                field.shape.class_module, name, f"{prefix}{field.name}.", depth + 1
            )
            continue
        default, is_known = default_of(field.default, field.module)
        target = f"{prefix}{field.name}"
        yield Parameter(
            target=target,
            name=target,
            kind=Kind.ARGUMENT,
            type=field.shape.type if field.shape.arity == "1" else "list",
            default=default,
            choices=field.shape.members or field.shape.choices,
            help=field.help,
            value=default if is_known else None,
            origin=field.origin,
            spelling=Spelling(assigned=True),
        )


def _of_omegaconf(scopes: Sequence[Scope], files: CodeFiles) -> tuple[Interface, tuple[str, ...]]:
    """`OmegaConf.from_cli()` over what `OmegaConf.load` and `OmegaConf.structured` are given."""
    reads_words = False
    found: dict[str, Parameter] = {}
    notes: list[str] = []
    for scope in scopes:
        for node in scope.nodes:
            if not (isinstance(node, ast.Call) and dotted(node.func).startswith("OmegaConf.")):
                continue
            name = last_name(node.func)
            first = node.args[0] if node.args else None
            if name == "from_cli" and first is None:
                reads_words = True
            elif name == "structured":
                found.update({one.target: one for one in _of_class(scope.module, first, "")})
            elif name == "load" and (path := text_or_none(first, scope.module)):
                config = HydraConfig(files, "", {})
                config.add(normal_path(path))
                notes += config.notes
                found.update({one.target: replace(one) for one in config.parameters})
    if not reads_words:
        return Interface(), ()
    return Interface(tuple(found.values()), assigns=True), tuple(notes)
