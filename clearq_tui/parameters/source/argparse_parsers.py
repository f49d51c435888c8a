"""Which parser or subcommand's parser a variable holds, as far as the source says it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from clearq_tui.parameters.source.constants import text_or_none
from clearq_tui.parameters.source.modules import dotted, last_name
from clearq_tui.parameters.source.reachable import Scope

_GROUPS = frozenset({"add_argument_group", "add_mutually_exclusive_group"})
_ROUNDS = 4
"""A parser may be handed from function to function this often."""


@dataclass(eq=False)
class Parser:
    """One parser: the program's (an empty path) or a subcommand's."""

    path: tuple[str, ...] = ()
    children: list[Parser] = field(default_factory=list)
    """Those that were made with it among their `parents`."""

    @property
    def paths(self) -> list[tuple[str, ...]]:
        """Where its arguments are understood."""
        return [path for child in self.children for path in child.paths] or [self.path]


class Parsers:
    """Follows parsers through variables, arguments and results of functions."""

    def __init__(self, scopes: list[Scope]) -> None:
        self._by_call: dict[ast.Call, list[Parser]] = {}
        self._variables: dict[tuple[ast.AST, str], list[Parser]] = {}
        self._results: dict[ast.AST, list[Parser]] = {}
        self.subcommands: set[tuple[str, ...]] = set()
        for _ in range(_ROUNDS):
            before = self._size()
            for scope in scopes:
                self._follow(scope)
            if self._size() == before:
                break

    def holders(self, scope: Scope, node: ast.AST) -> list[Parser]:
        """The parsers that an expression may be; none where that is not known."""
        if isinstance(node, ast.Call):
            return self._of_call(scope, node)
        name = dotted(node)
        if not name:
            return []
        found = self._variables.get((_place(scope), name))
        return found or self._variables.get((scope.module.tree, name), [])

    def _size(self) -> int:
        held = (*self._variables.values(), *self._results.values())
        return sum(map(len, held)) + len(self.subcommands)

    def _follow(self, scope: Scope) -> None:
        for node in scope.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._assign(scope, target, node.value)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self._assign(scope, node.target, node.value)
            elif isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple | ast.List):
                for item in node.iter.elts:
                    self._assign(scope, node.target, item)
            elif isinstance(node, ast.Return) and node.value is not None and scope.owner:
                self._hold(self._results.setdefault(scope.owner, []), scope, node.value)
            elif isinstance(node, ast.Call):
                self._of_call(scope, node)
                self._pass_on(scope, node)

    def _assign(self, scope: Scope, target: ast.AST, value: ast.AST) -> None:
        name = dotted(target)
        if name:
            held = self._variables.setdefault((_place(scope), name), [])
            self._hold(held, scope, value)

    def _hold(self, held: list[Parser], scope: Scope, value: ast.AST) -> None:
        held += [parser for parser in self.holders(scope, value) if parser not in held]

    def _of_call(self, scope: Scope, node: ast.Call) -> list[Parser]:
        if node in self._by_call:
            return self._by_call[node]
        name = last_name(node.func)
        if name in _GROUPS or name == "add_subparsers":
            # Not remembered: what the variable holds may only be found in the next round.
            return self.holders(scope, _owner(node))
        if name == "add_parser":
            made = self._subparsers(scope, node)
        elif name.endswith(("ArgumentParser", "ArgParser")):
            made = [Parser()]
        else:
            found = scope.module.find_node(node.func)
            return self._results.get(found[1], []) if found else []
        self._adopt(scope, node, made)
        if made:
            self._by_call[node] = made
        return made

    def _subparsers(self, scope: Scope, node: ast.Call) -> list[Parser]:
        command = text_or_none(node.args[0] if node.args else None, scope.module)
        if command is None:
            return []
        made = [
            Parser((*path, command))
            for holder in self.holders(scope, _owner(node))
            for path in holder.paths
        ]
        self.subcommands.update(one.path for one in made)
        return made

    def _adopt(self, scope: Scope, node: ast.Call, made: list[Parser]) -> None:
        for keyword in node.keywords:
            if keyword.arg == "parents" and isinstance(keyword.value, ast.List | ast.Tuple):
                for parent in keyword.value.elts:
                    for holder in self.holders(scope, parent):
                        holder.children += [one for one in made if one not in holder.children]

    def _pass_on(self, scope: Scope, node: ast.Call) -> None:
        """Bind the parameters of a local function to the parsers that it is called with."""
        found = scope.module.find_node(node.func)
        if found is None or not isinstance(found[1], ast.FunctionDef):
            return
        function = found[1]
        names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        pairs = [*zip(names, node.args, strict=False)]
        pairs += [(keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg]
        for name, value in pairs:
            parsers = self.holders(scope, value)
            if parsers:
                held = self._variables.setdefault((function, name), [])
                held += [parser for parser in parsers if parser not in held]


def _owner(node: ast.Call) -> ast.AST:
    return node.func.value if isinstance(node.func, ast.Attribute) else node.func


def _place(scope: Scope) -> ast.AST:
    """Whose variables a scope's are; `self.parser` is the class's, which is a scope of its own."""
    return scope.owner or scope.module.tree
