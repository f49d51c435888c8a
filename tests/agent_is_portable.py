"""`python -m tests.agent_is_portable`: the agent runs on any Python ≥ 3.8 with nothing installed.

Checked by reading the sources: every import is of the standard library of Python 3.8 or of the
agent itself, but for psutil and pynvml, which `remote_agent.metrics` may use where they are found.
Then every file is compiled and imported by a real Python 3.8, or, where there is none, parsed with
this one's 3.8 grammar.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.fleet_of_namespaces.pythons import find_python

AGENT = Path(__file__).parents[1] / "remote_agent"
OLDEST = (3, 8)
OPTIONAL = frozenset({"psutil", "pynvml"})
YOUNGER_THAN_OLDEST = frozenset({"graphlib", "tomllib", "zoneinfo", "_zoneinfo"})
"""What this Python's standard library has, and 3.8's has not."""

_COMPILE = """
import sys
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as source:
        compile(source.read(), path, "exec", dont_inherit=True)
"""
_IMPORT = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
"""


def problems_of(source: str, path: str, *, in_metrics: bool) -> list[str]:
    """Every import in the source that some machine could not satisfy."""
    return [
        f"{path}:{line}: imports {module}, {why}"
        for line, module, guarded in _imports(ast.parse(source, path, feature_version=OLDEST))
        if (why := _why_not(module, guarded=guarded, in_metrics=in_metrics))
    ]


def _why_not(module: str, *, guarded: bool, in_metrics: bool) -> str:
    top = module.partition(".")[0]
    if top == "remote_agent":
        return ""
    if top in OPTIONAL:
        if not in_metrics:
            return "which only remote_agent/metrics may use"
        return "" if guarded else "outside a `try` that catches ImportError"
    if top in YOUNGER_THAN_OLDEST:
        return f"which Python {OLDEST[0]}.{OLDEST[1]} does not have"
    return "" if top in sys.stdlib_module_names else "which is not in the standard library"


def _imports(node: ast.AST, guarded: bool = False) -> Iterator[tuple[int, str, bool]]:
    """Line, module, and whether a `try` around it catches what a failing import raises."""
    if isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name, guarded) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        # A relative import can only reach the agent itself.
        yield node.lineno, node.module or "" if not node.level else "remote_agent", guarded
    elif isinstance(node, ast.Try):
        catches = guarded or any(_catches_import_error(handler) for handler in node.handlers)
        for statement in node.body:
            yield from _imports(statement, catches)
        for other in (*node.handlers, *node.orelse, *node.finalbody):
            yield from _imports(other, guarded)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _imports(child, guarded)


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {kind.id for kind in kinds if isinstance(kind, ast.Name)}
    return bool(names & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def _run_oldest(interpreter: Path, files: list[Path]) -> str:
    """What a real old Python says against the files; empty: nothing."""
    modules = [
        ".".join(path.relative_to(AGENT.parent).with_suffix("").parts)
        for path in files
        if path.name not in ("__init__.py", "__main__.py")
    ]
    for program in ([_COMPILE, *map(str, files)], [_IMPORT, str(AGENT.parent), *modules]):
        done = subprocess.run(
            [interpreter, "-IBS", "-c", *program], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return done.stderr
    return ""


def main() -> int:
    """Print what was checked; 0 when all is well."""
    files = sorted(AGENT.rglob("*.py"))
    problems: list[str] = []
    for path in files:
        name = str(path.relative_to(AGENT.parent))
        in_metrics = AGENT / "metrics" in path.parents
        try:
            problems += problems_of(path.read_text("utf-8"), name, in_metrics=in_metrics)
        except SyntaxError as error:
            problems.append(f"{name}:{error.lineno}: no Python 3.8: {error.msg}")
    interpreter = find_python("3.8")
    if interpreter is not None and (complaint := _run_oldest(interpreter, files)):
        problems.append(f"{interpreter} says:\n{complaint}")
    for problem in problems:
        print(problem, file=sys.stderr)
    checked = f"compiled and imported by {interpreter}" if interpreter else "parsed as Python 3.8"
    print(f"The agent: {len(files)} files import only the standard library; {checked}.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
