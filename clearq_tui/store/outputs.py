"""What attempts left on their machines, as far as it is listed, and what of it is on the laptop."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from clearq_tui.model import Attempt, attempt_name
from clearq_tui.store.output_types import (
    Listing,
    ListingState,
    OutputFile,
    OutputSort,
    OutputState,
    Totals,
)
from clearq_tui.store.store import Row, Store

_COLUMNS = "task, attempt, path, size, modified, state, reason, sha256"
_ORDER = {
    OutputSort.PATH: "path {}",
    OutputSort.SIZE: "size {}, path",
    OutputSort.STATE: "state {}, path",
}


def to_bytes(path: str) -> bytes:
    """The path as it is stored."""
    return path.encode("utf-8", "surrogateescape")


def _file(row: Row) -> OutputFile:
    path = row[2].decode("utf-8", "surrogateescape")
    return OutputFile(row[0], row[1], path, row[3], row[4], OutputState(row[5]), row[6], row[7])


# Listings


def listing(store: Store, task: int, attempt: int) -> Listing:
    """How well the attempt's output is known."""
    row = store.row(
        "SELECT listing, listing_note FROM attempts WHERE task = ? AND number = ?", (task, attempt)
    )
    return Listing(ListingState(row[0]), row[1]) if row else Listing(ListingState.NONE)


def want_listing(store: Store, task: int, attempt: int) -> None:
    """The attempt's machine is to say what there is; what is known stays known until then."""
    store.change(
        "UPDATE attempts SET listing = 'wanted' WHERE task = ? AND number = ?", (task, attempt)
    )


def set_listed(store: Store, task: int, attempt: int, note: str) -> None:
    """The machine has said it; `note` is what it left out, in a sentence."""
    store.change(
        "UPDATE attempts SET listing = 'listed', listing_note = ? WHERE task = ? AND number = ?",
        (note, task, attempt),
    )


def wanted_listings(store: Store, machine: int) -> list[str]:
    """Names of attempts whose output the machine is to list."""
    return [
        attempt_name(task, number)
        for task, number in store.rows(
            "SELECT task, number FROM attempts INDEXED BY wanted_listings "
            "WHERE machine = ? AND listing = 'wanted' ORDER BY task, number",
            (machine,),
        )
    ]


def list_files(
    store: Store, attempt: Attempt, files: Iterable[tuple[str, int, int]], now: float
) -> None:
    """These files (path, bytes, time of change) are on the attempt's machine now.

    A file that is on the laptop in another version is no longer taken for fetched.
    """
    store.change_many(
        "INSERT INTO outputs (task, attempt, machine, path, size, modified, listed_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "state = CASE WHEN (size, modified) = (excluded.size, excluded.modified) "
        "OR state = 'wanted' THEN state ELSE 'listed' END, "
        "reason = CASE WHEN (size, modified) = (excluded.size, excluded.modified) "
        "THEN reason ELSE '' END, "
        "size = excluded.size, modified = excluded.modified, listed_at = excluded.listed_at",
        (
            (attempt.task, attempt.number, attempt.machine, to_bytes(path), size, time, now)
            for path, size, time in files
        ),
    )


def forget_unlisted(store: Store, task: int, attempt: int, before: float) -> None:
    """Files not listed since then are no longer on the machine; those on the laptop stay."""
    where = "WHERE task = ? AND attempt = ? AND listed_at < ? AND state"
    store.change(f"DELETE FROM outputs {where} IN ('listed', 'failed')", (task, attempt, before))
    store.change(
        "UPDATE outputs SET state = 'failed', reason = 'It is no longer on the machine.' "
        f"{where} = 'wanted'",
        (task, attempt, before),
    )


# Files


def files(store: Store, task: int, attempt: int) -> list[OutputFile]:
    """All files of the attempt that are known, by path."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM outputs WHERE task = ? AND attempt = ? ORDER BY path",
        (task, attempt),
    )
    return [_file(row) for row in rows]


def file(store: Store, task: int, attempt: int, path: str) -> OutputFile | None:
    """One file."""
    row = store.row(
        f"SELECT {_COLUMNS} FROM outputs WHERE task = ? AND attempt = ? AND path = ?",
        (task, attempt, to_bytes(path)),
    )
    return _file(row) if row else None


def page(
    store: Store,
    task: int,
    attempt: int,
    offset: int,
    limit: int,
    sort: OutputSort = OutputSort.PATH,
    descending: bool = False,
) -> list[OutputFile]:
    """At most `limit` files from number `offset` on."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM outputs WHERE task = ? AND attempt = ? "
        f"ORDER BY {_order(sort, descending)} LIMIT ? OFFSET ?",
        (task, attempt, limit, offset),
    )
    return [_file(row) for row in rows]


def position(
    store: Store,
    task: int,
    attempt: int,
    path: str,
    sort: OutputSort = OutputSort.PATH,
    descending: bool = False,
) -> int | None:
    """The file's number in such a list, from 0; None where it is not there."""
    found = store.value(
        "SELECT place FROM (SELECT path, row_number() OVER "
        f"(ORDER BY {_order(sort, descending)}) - 1 AS place FROM outputs "
        "WHERE task = ? AND attempt = ?) WHERE path = ?",
        (task, attempt, to_bytes(path)),
    )
    return None if found is None else int(found)


def totals(store: Store, task: int, attempt: int) -> Totals:
    """How many files of the attempt there are, and where."""
    row = store.row(
        "SELECT count(*), ifnull(sum(size), 0), ifnull(sum(state = 'whole'), 0), "
        "ifnull(sum(state = 'wanted'), 0), ifnull(sum(size) FILTER (WHERE state = 'wanted'), 0) "
        "FROM outputs WHERE task = ? AND attempt = ?",
        (task, attempt),
    )
    return Totals(*row) if row else Totals()


def wanted_files(store: Store, machine: int, limit: int) -> list[OutputFile]:
    """The files that the machine is to send: small ones first, then those wanted longest."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM outputs INDEXED BY wanted_outputs "
        "WHERE state = 'wanted' AND machine = ? ORDER BY size > 1048576, wanted_at LIMIT ?",
        (machine, limit),
    )
    return [_file(row) for row in rows]


def machines_with_wishes(store: Store) -> set[int]:
    """Ids of machines that are to list, send or give up something."""
    return {
        machine
        for (machine,) in store.rows(
            "SELECT machine FROM attempts INDEXED BY wanted_listings WHERE listing = 'wanted' "
            "UNION SELECT machine FROM outputs INDEXED BY wanted_outputs WHERE state = 'wanted' "
            "UNION SELECT machine FROM discards"
        )
    }


def set_state(
    store: Store,
    task: int,
    attempt: int,
    paths: Collection[str],
    state: OutputState,
    reason: str = "",
    wanted_at: float | None = None,
) -> None:
    """Where the files are from now on."""
    store.change_many(
        "UPDATE outputs SET state = ?, reason = ?, wanted_at = ? "
        "WHERE task = ? AND attempt = ? AND path = ?",
        ((state.value, reason, wanted_at, task, attempt, to_bytes(path)) for path in paths),
    )


def set_whole(store: Store, whole: OutputFile, sha256: str) -> None:
    """The file is on the laptop, if the one on the machine is still this version of it."""
    store.change(
        "UPDATE outputs SET state = 'whole', reason = '', sha256 = ? "
        "WHERE task = ? AND attempt = ? AND path = ? AND size = ? AND modified = ?",
        (sha256, whole.task, whole.attempt, to_bytes(whole.path), whole.size, whole.modified),
    )


def set_version(store: Store, changed: OutputFile, size: int, modified: int, reason: str) -> None:
    """The file is another one on the machine now; what was wanted stays wanted."""
    store.change(
        "UPDATE outputs SET size = ?, modified = ?, reason = ? "
        "WHERE task = ? AND attempt = ? AND path = ?",
        (size, modified, reason, changed.task, changed.attempt, to_bytes(changed.path)),
    )


def fail_wanted_of_machine(store: Store, machine: int, reason: str) -> None:
    """Nothing more comes from the machine."""
    store.change(
        "UPDATE outputs SET state = 'failed', reason = ? WHERE state = 'wanted' AND machine = ?",
        (reason, machine),
    )
    store.change(
        "UPDATE attempts SET listing = '', listing_note = ? "
        "WHERE machine = ? AND listing = 'wanted'",
        (reason, machine),
    )


def _order(sort: OutputSort, descending: bool) -> str:
    return _ORDER[sort].format("DESC" if descending else "ASC")
