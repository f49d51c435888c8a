"""All finders over one program: what its command line and its environment are."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from clearq_tui.parameters.code_files import CodeFiles
from clearq_tui.parameters.parameter import Interface, Parameter
from clearq_tui.parameters.program import Program
from clearq_tui.parameters.source.absl_flags import absl_interface
from clearq_tui.parameters.source.argparse_calls import argparse_interface
from clearq_tui.parameters.source.click_commands import click_interface
from clearq_tui.parameters.source.dataclass_parsers import dataclass_interface
from clearq_tui.parameters.source.environment_reads import environment_parameters
from clearq_tui.parameters.source.fire_calls import fire_interface
from clearq_tui.parameters.source.hydra_programs import hydra_interface
from clearq_tui.parameters.source.modules import Code, load_code
from clearq_tui.parameters.source.reachable import Scope, reachable_scopes
from clearq_tui.parameters.source.typer_commands import typer_interface


@dataclass(frozen=True)
class SourceReading:
    """What a program's source says."""

    interface: Interface = field(default_factory=Interface)
    environment: tuple[Parameter, ...] = ()
    texts: frozenset[str] = frozenset()
    """Texts in it: among them the configuration files that it reads."""
    notes: tuple[str, ...] = ()


def read_source(program: Program, files: CodeFiles, words: Sequence[str]) -> SourceReading:
    """What the program's source says; `words` are its arguments."""
    code = load_code(program.path, program.roots, files)
    scopes = reachable_scopes(code, program.function)
    hydra, notes = hydra_interface(code, scopes, files, words)
    interfaces = (
        hydra,
        argparse_interface(scopes),
        click_interface(code, _called(code, scopes, program.function)),
        typer_interface(code),
        absl_interface(code),
        dataclass_interface(scopes),
        fire_interface(scopes),
    )
    return SourceReading(
        _joined(interfaces),
        tuple(environment_parameters(scopes)),
        _texts(code),
        (*code.notes, *notes),
    )


def _joined(interfaces: Sequence[Interface]) -> Interface:
    """Programs mix parsers: a dataclass's beside argparse's, hydra's beside absl's."""
    found: dict[tuple[str, tuple[str, ...]], Parameter] = {}
    for interface in interfaces:
        for one in interface.parameters:
            found.setdefault((one.target, one.spelling.path if one.spelling else ()), one)
    return Interface(
        tuple(found.values()),
        frozenset().union(*(one.subcommands for one in interfaces)),
        abbreviates=any(one.abbreviates for one in interfaces),
        takes_dashes=any(one.takes_dashes for one in interfaces),
        assigns=any(one.assigns for one in interfaces),
    )


def _called(code: Code, scopes: Sequence[Scope], function: str) -> frozenset[ast.AST]:
    """Functions that are named somewhere; a console script names its own."""
    found = {
        meant[1]
        for scope in scopes
        for node in scope.nodes
        if isinstance(node, ast.Name | ast.Attribute) and (meant := scope.module.find_node(node))
    }
    if code.main and function and (meant := code.main.find(function)):
        found.add(meant[1])
    return frozenset(found)


def _texts(code: Code) -> frozenset[str]:
    return frozenset(
        node.value
        for module in code.modules
        for node in module.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200
    )
