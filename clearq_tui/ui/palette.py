"""The command palette: everything that a key does here can be found by its name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.dom import DOMNode
from textual.screen import Screen

if TYPE_CHECKING:
    from clearq_tui.ui.app import ClearqApp


def deeds(app: ClearqApp, screen: Screen[object]) -> Iterator[SystemCommand]:
    """One entry for each key that is active, its description as the name."""
    offered: set[str] = set()
    for active in screen.active_bindings.values():
        binding = active.binding
        name = binding.description
        if not active.enabled or not name or name in offered or binding.system:
            continue
        offered.add(name)
        key = app.get_key_display(binding)
        yield SystemCommand(name, f"Key: {key}", _runner(app, binding.action, active.node))
    yield SystemCommand("Theme", "Choose other colours", app.action_change_theme)


def _runner(app: ClearqApp, action: str, node: DOMNode) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await app.run_action(action, default_namespace=node)

    return run
