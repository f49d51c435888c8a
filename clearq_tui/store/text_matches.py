"""The tasks that the text of a filter finds, kept on the connection while the text stays the same.

Full-text search gives its finds in the order of ids and must walk all of them; a list wants them in
its own order, page after page. So they are laid out once in a temporary table, where a scan of any
index can look each of its entries up; tasks that are added later are added to it.
"""

from __future__ import annotations

from clearq_tui.store.search import match_expression
from clearq_tui.store.store import Store

DRIVES = "id IN (SELECT id FROM temp.matched)"
"""Holds for the tasks of the last `refresh`, which are looked up one by one: best for few."""

FILTERS = f"+{DRIVES}"
"""The same, tested on each entry of whatever index is walked (`+` forbids more): best for many."""


def refresh(store: Store, text: str) -> int:
    """Make `temp.matched` hold the ids of the tasks that `text` finds; how many there are.

    To be called inside `store.reading()`, together with the query that uses it.
    """
    expression = match_expression(text)
    store.scratch("CREATE TEMP TABLE IF NOT EXISTS matched (id INTEGER PRIMARY KEY)")
    store.scratch("CREATE TEMP TABLE IF NOT EXISTS matched_text (text, edits, last, size)")
    edits = store.value("SELECT value FROM search_edits")
    last = store.value("SELECT ifnull(max(task), 0) FROM task_specs")
    known = store.row("SELECT text, edits, last, size FROM temp.matched_text")
    if known is None or known[:2] != (expression, edits):
        store.scratch("DELETE FROM temp.matched")
        known = (expression, edits, 0, 0)
    elif known[2] == last:
        return int(known[3])
    size = known[3] + store.scratch(
        "INSERT INTO temp.matched SELECT rowid FROM task_search "
        "WHERE task_search MATCH ? AND rowid > ?",
        (expression, known[2]),
    )
    store.scratch("DELETE FROM temp.matched_text")
    store.scratch(
        "INSERT INTO temp.matched_text VALUES (?, ?, ?, ?)", (expression, edits, last, size)
    )
    return int(size)
