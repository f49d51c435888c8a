"""The one command that is sent to a machine which has, or may not have, an agent.

It must mean the same to every login shell: bash, dash, zsh, fish, tcsh, ksh, busybox ash. So it
is one list of words without newline, `!`, double backslash or a quote inside quotes, and all that
the login shell does with it is to start `/bin/sh`.
"""

from __future__ import annotations

import ast
import base64
import functools
import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import remote_agent

_SCRIPT: Final = """
    a=$1; q=$2; f=;
    t() {
    [ -f "$1" ] && [ -x "$1" ] || return;
    case "$f" in *"; $1 ("*) return;; esac;
    "$1" -ISc "import sys,zlib,fcntl;sys.exit(sys.version_info<(3,8))" </dev/null >/dev/null 2>&1 &&
    exec "$1" -ISc "import sys,zlib,base64;exec(zlib.decompress(base64.b64decode(sys.argv[1])))"
    "$a" "$q";
    f="$f; $1 ($("$1" -V 2>&1 </dev/null))";
    };
    n=$(printf "$4"); r=$(printf "$5");
    if [ "$n" ]; then t "$(command -v "$n")"; else
    t "$r"; t /usr/bin/python3; t "$(command -v python3)";
    for v in 13 12 11 10 9 8 14; do
    for d in /usr/bin /usr/local/bin; do t $d/python3.$v; done; done;
    for p in "$HOME"/.pyenv/versions/*/bin/python3 "$HOME"/*conda*/bin/python3
    "$HOME"/*forge*/bin/python3 "$HOME"/.local/bin/python3* /usr/local/bin/python3
    /opt/*/bin/python3 "$(command -v python)" "$(command -v python2)"; do t "$p"; done;
    fi;
    printf "\\000clearq:%s\\nno%s\\n" "$3" "$f"
    """
"""Finds a Python and has it run the first stage, `$1`, on the request, `$2`."""


@dataclass(frozen=True)
class BootstrapRequest:
    """What a bootstrap is to achieve."""

    store: str
    """The store's random name: letters, digits, `-` and `_`."""
    build: str
    """The agent that is wanted: `Payloads.build`."""
    python: str = ""
    """The interpreter that the operator named; then no other is tried."""
    remembered_python: str = ""
    """The interpreter that worked last time; tried first."""
    fallback: str = "/var/tmp"  # noqa: S108 - what is made there is checked for owner and mode
    """Where the agent settles when the home directory will not have it."""


def exec_line(request: BootstrapRequest, nonce: str, mode: str) -> str:
    """The command; `mode` is `attach`, or `install` to put the files there and no more.

    Raises:
        ValueError: the store's name is none.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", request.store):
        raise ValueError(f"{request.store!r} cannot be the name of a store.")
    ask = {
        "store": request.store,
        "build": request.build,
        "fallback": request.fallback,
        "nonce": nonce,
        "mode": mode,
    }
    words = (
        _first_stage(),
        base64.urlsafe_b64encode(json.dumps(ask, separators=(",", ":")).encode()).decode(),
        nonce,
        _as_printf_format(request.python),
        _as_printf_format(request.remembered_python),
    )
    quoted = " ".join(f"'{word}'" for word in words)
    return f"exec /bin/sh -c '{' '.join(_SCRIPT.split())}' clearq {quoted}"


@functools.cache
def _first_stage() -> str:
    """`remote_agent/first_stage.py` without what only people read, compressed, in base64."""
    source = Path(remote_agent.__file__).with_name("first_stage.py").read_text("utf-8")
    tree = _WithoutNotes().visit(ast.parse(source))
    tree.body[-1] = ast.parse("main(sys.argv[2])").body[0]
    plain = re.sub("^(    )+", _narrower, ast.unparse(tree), flags=re.MULTILINE)
    return base64.b64encode(zlib.compress(plain.encode(), 9)).decode()


def _narrower(indentation: re.Match[str]) -> str:
    return " " * (len(indentation[0]) // 4)


class _WithoutNotes(ast.NodeTransformer):
    """Takes docstrings and annotations away."""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        node.body = [
            statement
            for statement in node.body[1:]
            if not (isinstance(statement, ast.ImportFrom) and statement.module in _FOR_NOTES)
        ]
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        del node.body[0]
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.Assign:
        assert node.value is not None
        return ast.copy_location(ast.Assign([node.target], node.value), node)


_FOR_NOTES: Final = frozenset({"__future__", "typing"})


def _as_printf_format(path: str) -> str:
    """The path as a format that makes printf say it, whatever is in it, safe between quotes."""
    return "".join(
        chr(byte) if re.match(rb"[A-Za-z0-9_./+-]", bytes([byte])) else f"\\{byte:03o}"
        for byte in path.encode("utf-8", "surrogateescape")
    )
