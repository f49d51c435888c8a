"""The import statements of a Python file, read from its syntax tree: nothing of it runs.

Standard library only, and Python 3.8: where a file is written for a newer Python than clearq runs
on, the operator's own interpreter is given this very file to read it with.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Union

_MISSING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_COMPARISONS: dict[type, Callable[[Any, Any], object]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_OF_THE_PLACE = frozenset({"version_info", "platform", "hexversion", "name", "system", "machine"})


class Import(NamedTuple):
    """One module that is imported."""

    kind: str
    module: str
    """Dotted; after `level` leading dots."""
    names: tuple[str, ...]
    """What is taken from it, each maybe a module below it."""
    level: int
    line: int


class Choice(NamedTuple):
    """Imports of which a program needs only one set."""

    kind: str
    options: tuple[tuple[Item, ...], ...]
    can_lack: bool
    """The program goes on without any of them."""


Item = Union[Import, Choice]  # noqa: UP007 - evaluated, and Python 3.8 has nothing else


def statements_of(source: str, is_program: bool) -> tuple[Item, ...]:
    """The imports of a file; those below `if __name__ == "__main__"` only of the program itself.

    Raises:
        SyntaxError: it is not Python, or of a newer version than this one.
        ValueError: it holds a NUL character.
    """
    return tuple(_Reader(is_program).of_body(ast.parse(source).body))


class _Reader:
    def __init__(self, is_program: bool) -> None:
        self._is_program = is_program

    def of_body(self, body: Sequence[ast.stmt]) -> Iterator[Item]:
        for statement in body:
            yield from self._of_statement(statement)

    def _of_statement(self, statement: ast.stmt) -> Iterator[Item]:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield Import("import", alias.name, (), 0, statement.lineno)
        elif isinstance(statement, ast.ImportFrom):
            names = tuple(alias.name for alias in statement.names if alias.name != "*")
            module = statement.module or ""
            if module != "__future__":
                yield Import("import", module, names, statement.level, statement.lineno)
        elif isinstance(statement, ast.Try) or type(statement).__name__ == "TryStar":
            yield from self._of_try(statement)
        elif isinstance(statement, ast.If):
            yield from self._of_if(statement)
        elif isinstance(statement, (ast.With, ast.AsyncWith)) and _suppresses(statement):
            yield from _choice([tuple(self.of_body(statement.body)), ()])
        else:
            yield from self._of_parts(statement)

    def _of_parts(self, node: ast.AST) -> Iterator[Item]:
        """What stands below a node: statements in their order, calls in expressions."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                yield from self._of_statement(child)
            elif isinstance(child, ast.expr):
                yield from _calls(child)
            else:
                yield from self._of_parts(child)

    def _of_try(self, statement: ast.AST) -> Iterator[Item]:
        # A `try*` is another class with the same fields, and older Pythons lack it.
        body, otherwise, at_last, handlers = (
            getattr(statement, name) for name in ("body", "orelse", "finalbody", "handlers")
        )
        tried = (*self.of_body(body), *self.of_body(otherwise))
        missing = [handler for handler in handlers if _catches_missing(handler)]
        if not missing:
            yield from tried
        else:
            options = [tried]
            for handler in missing:
                found = tuple(self.of_body(handler.body))
                if found or not _ends_in_raise(handler.body):
                    options.append(found)
            yield from _choice(options)
        for handler in handlers:
            if handler not in missing:
                yield from self.of_body(handler.body)
        yield from self.of_body(at_last)

    def _of_if(self, statement: ast.If) -> Iterator[Item]:
        test = statement.test
        yield from _calls(test)
        if _is_type_checking(test):
            yield from self.of_body(statement.orelse)
        elif isinstance(test, ast.UnaryOp) and _is_type_checking(test.operand):
            yield from self.of_body(statement.body)
        elif _is_main_guard(test) and not self._is_program:
            yield from self.of_body(statement.orelse)
        else:
            branches = [tuple(self.of_body(each)) for each in (statement.body, statement.orelse)]
            certain = _outcome(test)
            if certain is not None:
                yield from branches[0 if certain else 1]
            elif _asks_for_the_place(test):
                yield from _choice(branches)
            else:
                for branch in branches:
                    yield from branch


def _choice(options: list[tuple[Item, ...]]) -> Iterator[Item]:
    said = [option for option in options if option]
    if len(options) == 1:
        yield from options[0]
    elif said:
        yield Choice("choice", tuple(said), len(said) < len(options))


def _calls(expression: ast.AST) -> Iterator[Item]:
    """Imports by `importlib.import_module("name")` and `__import__("name")`."""
    for node in ast.walk(expression):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        first = node.args[0]
        if _called(node) not in ("import_module", "__import__"):
            continue
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value:
            module = first.value.lstrip(".")
            yield Import("import", module, (), len(first.value) - len(module), node.lineno)


def _called(call: ast.Call) -> str | None:
    return _last_name(call.func)


def _last_name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(_last_name(each) in _MISSING for each in types)


def _ends_in_raise(body: Sequence[ast.stmt]) -> bool:
    """Whether a handler gives up, so that what was tried is needed after all."""
    last = body[-1]
    if isinstance(last, ast.Raise):
        return True
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return _called(last.value) in ("exit", "_exit", "quit")
    return False


def _suppresses(statement: ast.With | ast.AsyncWith) -> bool:
    return any(
        isinstance(item.context_expr, ast.Call)
        and _called(item.context_expr) == "suppress"
        and any(_last_name(each) in _MISSING for each in item.context_expr.args)
        for item in statement.items
    )


def _is_type_checking(test: ast.AST) -> bool:
    return _last_name(test) == "TYPE_CHECKING"


def _is_main_guard(test: ast.AST) -> bool:
    if not isinstance(test, ast.Compare) or len(test.comparators) != 1:
        return False
    sides = (test.left, test.comparators[0])
    return any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides) and any(
        isinstance(side, ast.Constant) and side.value == "__main__" for side in sides
    )


def _asks_for_the_place(test: ast.AST) -> bool:
    """Whether a condition depends on the Python, the system or on what is installed."""
    for node in ast.walk(test):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("sys", "os", "platform")
            and node.attr in _OF_THE_PLACE
        ):
            return True
        if isinstance(node, ast.Call) and _called(node) == "find_spec":
            return True
    return False


def _outcome(test: ast.AST) -> bool | None:
    """What a comparison of `sys.version_info` comes to on every Python from 3.8 on, if the same."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    number = _number_of_version(test.left)
    compare = _COMPARISONS.get(type(test.ops[0]))
    if number is None or compare is None:
        return None
    try:
        limit = ast.literal_eval(test.comparators[0])
        found = {bool(compare(number(version), limit)) for version in ((3, 8), (3, 99))}
    except (ValueError, TypeError):
        return None
    return found.pop() if len(found) == 1 else None


def _number_of_version(node: ast.AST) -> Callable[[tuple[int, int]], object] | None:
    if _last_name(node) == "version_info":
        return lambda version: version
    if isinstance(node, ast.Attribute) and node.attr == "major":
        return (lambda version: version[0]) if _last_name(node.value) == "version_info" else None
    if isinstance(node, ast.Subscript) and _last_name(node.value) == "version_info":
        # A plain index is wrapped up in Python 3.8.
        index = getattr(node.slice, "value", None)
        index = getattr(index, "value", index)
        return (lambda version: version[0]) if index == 0 else None
    return None
