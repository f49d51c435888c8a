"""The tables, and how a store of an older clearq becomes one of this clearq.

Imported only when a migration must run: sqlite-utils is slow to import.
"""

from __future__ import annotations

import secrets
import sqlite3

from sqlite_utils import Database, Migrations

from clearq_tui.store.schema_tables import INDEXES, TABLES
from clearq_tui.store.schema_triggers import SAMPLE_BYTES, SEARCH, TASK_COUNTS

migrations = Migrations("clearq")


def migrate(connection: sqlite3.Connection) -> None:
    """Apply what is missing, inside the transaction that is open on the connection."""
    migrations.apply(Database(connection, recursive_triggers=False, execute_plugins=False))


@migrations()
def first_schema(database: Database) -> None:
    """All tables of clearq 0.1."""
    for statement in (*TABLES, *INDEXES, *TASK_COUNTS, *SEARCH, *SAMPLE_BYTES):
        database.execute(statement)
    database.execute("INSERT INTO change_counter VALUES (0)")
    database.execute("INSERT INTO settings VALUES ('identity', ?)", [secrets.token_hex(8)])
