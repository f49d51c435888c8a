"""The Workers view: every worker on one line, charts above, a preview below."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from clearq_tui.ui.chrome import ClearqScreen


class WorkersScreen(ClearqScreen):
    """See the module's docstring."""

    view_name: ClassVar[str] = "workers"

    def compose_body(self) -> Iterable[Widget]:
        """Nothing yet."""
        return ()
