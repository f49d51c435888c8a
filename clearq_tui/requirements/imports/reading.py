"""Read a file's imports, with the operator's interpreter where clearq's is too old for it."""

from __future__ import annotations

import json
from pathlib import Path

from clearq_tui.requirements.failure import RequirementsError, Where
from clearq_tui.requirements.imports import statements
from clearq_tui.requirements.imports.interpreter import Interpreter
from clearq_tui.requirements.imports.statements import Choice, Import, Item, statements_of
from clearq_tui.requirements.reading import read_text

_BY_ANOTHER = """
import json, sys
said = json.loads(sys.stdin.read())
json.dump(statements_of(said["source"], said["is_program"]), sys.stdout)
"""


def imports_of(
    path: Path, interpreter: Interpreter | None, *, is_program: bool
) -> tuple[Item, ...]:
    """The imports of a Python file.

    Raises:
        RequirementsError: it cannot be read, or neither interpreter understands it.
    """
    source = read_text(path)
    try:
        return statements_of(source, is_program)
    except ValueError as error:
        raise RequirementsError(f"{path} is not Python: {error}.") from error
    except SyntaxError as error:
        found = _by_another(interpreter, source, is_program) if interpreter else None
        if found is None:
            raise Where(str(path), error.lineno or 0).refusal(
                f"this is not Python that can be read ({error.msg}), so its imports are not known; "
                "name the packages with --package."
            ) from error
        return found


def _by_another(interpreter: Interpreter, source: str, is_program: bool) -> tuple[Item, ...] | None:
    reader = Path(statements.__file__).read_text(encoding="utf-8")
    said = json.dumps({"source": source, "is_program": is_program})
    answer = interpreter.run(reader + _BY_ANOTHER, said, accept_failure=True)
    return None if answer is None else tuple(map(_item, json.loads(answer)))


def _item(said: list[object]) -> Item:
    match said:
        case ["choice", list(options), bool(can_lack)]:
            return Choice(
                "choice", tuple(tuple(map(_item, option)) for option in options), can_lack
            )
        case ["import", str(module), list(names), int(level), int(line)]:
            return Import("import", module, tuple(names), level, line)
    raise RequirementsError(f"The interpreter read {said!r}, which is no import.")
