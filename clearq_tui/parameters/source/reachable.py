"""The code that runs when the program runs: so that a library's own `main` is not taken for it."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass

from clearq_tui.parameters.source.modules import Code, Definition, Module, walk


@dataclass(frozen=True, eq=False)
class Scope:
    """Statements that share their names: a module's own, a function's, a class's."""

    module: Module
    owner: Definition | None
    """None for the module itself."""
    tops: tuple[ast.AST, ...]

    @functools.cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes in it, in the order of the source."""
        return tuple(walk(self.tops))


def reachable_scopes(code: Code, function: str = "") -> list[Scope]:
    """Scopes that the program may enter, the program's own first.

    `function` is what a console script calls; then the file is imported, not run.
    """
    search = _Search()
    for number, module in enumerate(code.modules):
        search.enter_module(module, is_run=number == 0 and not function)
    if function and code.main and (found := code.main.find(function.partition(".")[0])):
        search.enter(*found)
    search.finish()
    return search.scopes


class _Search:
    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self._seen: set[ast.AST] = set()
        self._done = 0

    def enter_module(self, module: Module, *, is_run: bool) -> None:
        """What happens when the module is imported, or run."""
        nodes: list[ast.AST] = []
        for statement in module.tree.body:
            if isinstance(statement, Definition):
                nodes += statement.decorator_list
                if statement.decorator_list:  # it was registered with somebody who may call it
                    self.enter(module, statement)
            elif is_run or not _is_main_guard(statement):
                nodes.append(statement)
        self.scopes.append(Scope(module, None, tuple(nodes)))

    def enter(self, module: Module, node: Definition | ast.expr) -> None:
        """A function or class that is named somewhere."""
        if isinstance(node, Definition) and node not in self._seen:
            self._seen.add(node)
            self.scopes.append(Scope(module, node, (node,)))

    def finish(self) -> None:
        """Enter what is named in what was entered."""
        while self._done < len(self.scopes):
            scope = self.scopes[self._done]
            self._done += 1
            for node in scope.nodes:
                if isinstance(node, ast.Name | ast.Attribute):
                    found = scope.module.find_node(node)
                    if found is not None:
                        self.enter(*found)


def _is_main_guard(statement: ast.stmt) -> bool:
    """`if __name__ == "__main__":`."""
    return (
        isinstance(statement, ast.If)
        and isinstance(statement.test, ast.Compare)
        and any(
            isinstance(side, ast.Name) and side.id == "__name__"
            for side in (statement.test.left, *statement.test.comparators)
        )
    )
