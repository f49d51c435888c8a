"""What the first schema keeps up to date by itself: counts, full-text search, sizes.

Never edited once released: later changes are new migrations.
"""

from __future__ import annotations

TASK_COUNTS = (
    """
    CREATE TABLE task_counts (
        queue INTEGER NOT NULL,
        state INTEGER NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (queue, state)
    ) WITHOUT ROWID
    """,
    """
    CREATE TRIGGER task_counted AFTER INSERT ON tasks BEGIN
        INSERT INTO task_counts VALUES (ifnull(new.queue, 0), new.state, 1)
        ON CONFLICT DO UPDATE SET number = number + 1;
    END
    """,
    """
    CREATE TRIGGER task_recounted AFTER UPDATE OF queue, state ON tasks
    WHEN old.state <> new.state OR old.queue IS NOT new.queue BEGIN
        UPDATE task_counts SET number = number - 1
        WHERE queue = ifnull(old.queue, 0) AND state = old.state;
        INSERT INTO task_counts VALUES (ifnull(new.queue, 0), new.state, 1)
        ON CONFLICT DO UPDATE SET number = number + 1;
    END
    """,
    """
    CREATE TRIGGER task_uncounted AFTER DELETE ON tasks BEGIN
        UPDATE task_counts SET number = number - 1
        WHERE queue = ifnull(old.queue, 0) AND state = old.state;
    END
    """,
)

SEARCH = (
    "CREATE TABLE search_edits (value INTEGER NOT NULL)",
    "INSERT INTO search_edits VALUES (0)",
    """
    CREATE VIRTUAL TABLE task_search USING fts5(
        search, content='task_specs', content_rowid='task', prefix='1 2 3'
    )
    """,
    """
    CREATE TRIGGER task_searchable AFTER INSERT ON task_specs BEGIN
        INSERT INTO task_search (rowid, search) VALUES (new.task, new.search);
    END
    """,
    """
    CREATE TRIGGER task_researchable AFTER UPDATE OF search ON task_specs BEGIN
        INSERT INTO task_search (task_search, rowid, search)
        VALUES ('delete', old.task, old.search);
        UPDATE search_edits SET value = value + 1;
        INSERT INTO task_search (rowid, search) VALUES (new.task, new.search);
    END
    """,
    """
    CREATE TRIGGER task_unsearchable AFTER DELETE ON task_specs BEGIN
        INSERT INTO task_search (task_search, rowid, search)
        VALUES ('delete', old.task, old.search);
        UPDATE search_edits SET value = value + 1;
    END
    """,
)

SAMPLE_BYTES = (
    """
    CREATE TRIGGER sample_weighed AFTER INSERT ON samples BEGIN
        INSERT INTO sample_bytes VALUES (new.resolution, length(new.data) + 32)
        ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
    END
    """,
    """
    CREATE TRIGGER sample_weighed_again AFTER UPDATE OF data ON samples BEGIN
        UPDATE sample_bytes SET bytes = bytes + length(new.data) - length(old.data)
        WHERE resolution = new.resolution;
    END
    """,
    """
    CREATE TRIGGER sample_dropped AFTER DELETE ON samples BEGIN
        UPDATE sample_bytes SET bytes = bytes - length(old.data) - 32
        WHERE resolution = old.resolution;
    END
    """,
)
"""32 bytes stand for a row's key and its entry in the index of ages."""
