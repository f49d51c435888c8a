"""Requirements that a script carries in its own comments (PEP 723)."""

from __future__ import annotations

import re
from pathlib import Path

from clearq_tui.requirements.collected import Collected
from clearq_tui.requirements.declared import Declared
from clearq_tui.requirements.failure import Where
from clearq_tui.requirements.pip_format.flatten import Flattener
from clearq_tui.requirements.python_wanted import checked_python, python_for
from clearq_tui.requirements.reading import TomlFile, read_text, toml_of
from clearq_tui.requirements.requirements import Requirements
from clearq_tui.requirements.tree import Tree
from clearq_tui.requirements.wish import Wish

_BEGINNING = re.compile(r"^# /// (?P<type>[a-zA-Z0-9-]+)[ \t]*$")


def requirements_of_script(tree: Tree, script: Path, wish: Wish) -> Requirements | None:
    """What the `# /// script` block of a file says; None when it has none.

    Raises:
        RequirementsError: the file cannot be read, or the block is malformed.
    """
    text = read_text(script)
    block = block_of_script(script, text)
    if block is None:
        return None
    wish.refuse(f"The block of {script.name}")
    lock = script.with_name(f"{script.name}.lock")
    if lock.is_file():
        from clearq_tui.requirements.uv.lock import requirements_of_script_lock
        from clearq_tui.requirements.uv.settings import options_of

        settings = options_of(block, block.at("tool", "uv"))
        return requirements_of_script_lock(lock, script, tree, settings)
    return _requirements(block, script, tree)


def _requirements(block: TomlFile, script: Path, tree: Tree) -> Requirements:
    from clearq_tui.requirements.project_needs import add_needs_of_projects
    from clearq_tui.requirements.uv.settings import options_of
    from clearq_tui.requirements.uv.sources import lines_from_sources

    collected = Collected()
    flattener = Flattener(tree, collected, {}, script.parent)
    for option in options_of(block, block.at("tool", "uv")):
        flattener.read_line(option, block.where("[tool.uv"))
    for text in block.texts(block.table, "dependencies"):
        declared = Declared(text, block.where(text))
        for line in lines_from_sources(declared, block, tree):
            flattener.read_line(line, declared.where)
    add_needs_of_projects(collected, tree)
    required = block.text_of(block.table, "requires-python")
    if required:
        required = checked_python(required, block.where("requires-python"))
    return collected.finished("script", python=python_for(tree, required, script))


def block_of_script(script: Path, text: str) -> TomlFile | None:
    """The block of type `script`, with the numbers of its lines as in the file.

    Raises:
        RequirementsError: there are two blocks, or the block is not TOML.
    """
    lines = text.splitlines()
    found: list[tuple[int, int]] = []
    number = 0
    while number < len(lines):
        beginning = _BEGINNING.match(lines[number])
        end = _end(lines, number) if beginning else None
        if beginning and end is not None:
            if beginning["type"] == "script":
                found.append((number, end))
            number = end
        number += 1
    if not found:
        return None
    if len(found) > 1:
        raise Where(str(script), found[1][0] + 1).refusal("this is a second `# /// script` block.")
    first, last = found[0]
    content = [line[2:] if line.startswith("# ") else line[1:] for line in lines[first + 1 : last]]
    return toml_of(script, "\n" * (first + 1) + "\n".join(content))


def _end(lines: list[str], beginning: int) -> int | None:
    """The last `# ///` of the comment that follows; None when the block is never closed."""
    end = None
    for number in range(beginning + 1, len(lines)):
        line = lines[number]
        if line != "#" and not line.startswith("# "):
            break
        if line.rstrip() == "# ///":
            end = number
    return end
