"""Tables and indexes of the first schema.

Never edited once released: later changes are new migrations.
"""

from __future__ import annotations

TABLES = (
    "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE change_counter (value INTEGER NOT NULL)",
    # A machine, worker or queue that is gone keeps its row, so that history can still name it.
    """
    CREATE TABLE machines (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        target TEXT NOT NULL,
        transport TEXT NOT NULL,
        user TEXT,
        port INTEGER,
        identity TEXT,
        jump TEXT,
        interpreter TEXT,
        link TEXT NOT NULL DEFAULT 'never',
        link_reason TEXT NOT NULL DEFAULT '',
        link_since REAL,
        host_key TEXT NOT NULL DEFAULT '',
        facts TEXT NOT NULL DEFAULT '{}',
        removing INTEGER NOT NULL DEFAULT 0,
        network TEXT NOT NULL DEFAULT 'auto',
        gone INTEGER NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE agents (
        machine INTEGER PRIMARY KEY REFERENCES machines (id),
        epoch INTEGER NOT NULL DEFAULT 0,
        journal TEXT NOT NULL DEFAULT '',
        acknowledged INTEGER NOT NULL DEFAULT 0,
        socket_path TEXT NOT NULL DEFAULT '',
        python TEXT NOT NULL DEFAULT '',
        boot_id TEXT NOT NULL DEFAULT '',
        build TEXT NOT NULL DEFAULT ''
    )
    """,
    """
    CREATE TABLE queues (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        paused INTEGER NOT NULL DEFAULT 0,
        gone INTEGER NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE workers (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        machine INTEGER NOT NULL REFERENCES machines (id),
        slots INTEGER NOT NULL CHECK (slots >= 0),
        policy TEXT NOT NULL,
        draining INTEGER NOT NULL DEFAULT 0,
        turn INTEGER NOT NULL DEFAULT 0,
        plan TEXT NOT NULL DEFAULT '',
        gone INTEGER NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE worker_queues (
        worker INTEGER NOT NULL REFERENCES workers (id),
        position INTEGER NOT NULL,
        queue INTEGER NOT NULL REFERENCES queues (id),
        PRIMARY KEY (worker, position),
        UNIQUE (worker, queue)
    ) WITHOUT ROWID
    """,
    # Narrow on purpose: lists scan it. What is long is in task_specs.
    """
    CREATE TABLE tasks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        state INTEGER NOT NULL,
        queue INTEGER REFERENCES queues (id),
        rank INTEGER,
        worker INTEGER REFERENCES workers (id),
        machine INTEGER REFERENCES machines (id),
        attempt INTEGER NOT NULL DEFAULT 0,
        exit_code INTEGER,
        reason TEXT NOT NULL DEFAULT '',
        created_at REAL NOT NULL,
        changed_at REAL NOT NULL,
        started_at REAL,
        ended_at REAL,
        duration REAL AS (ended_at - started_at) VIRTUAL,
        clone_of INTEGER
    )
    """,
    """
    CREATE TABLE task_specs (
        task INTEGER PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
        command TEXT NOT NULL,
        environment TEXT NOT NULL DEFAULT '{}',
        snapshot TEXT NOT NULL DEFAULT '',
        plan TEXT NOT NULL DEFAULT '',
        overrides TEXT NOT NULL DEFAULT '',
        secrets TEXT NOT NULL DEFAULT '',
        scalars TEXT NOT NULL DEFAULT '',
        search TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE attempts (
        task INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        worker INTEGER NOT NULL REFERENCES workers (id),
        machine INTEGER NOT NULL REFERENCES machines (id),
        state TEXT NOT NULL,
        wish TEXT NOT NULL DEFAULT 'run',
        leased_at REAL NOT NULL,
        started_at REAL,
        ended_at REAL,
        exit_code INTEGER,
        signal INTEGER,
        reason TEXT NOT NULL DEFAULT '',
        log_bytes INTEGER NOT NULL DEFAULT 0,
        log_whole INTEGER NOT NULL DEFAULT 0,
        released INTEGER NOT NULL DEFAULT 0,
        steps TEXT NOT NULL DEFAULT '',
        listing TEXT NOT NULL DEFAULT '',
        listing_note TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (task, number)
    ) WITHOUT ROWID
    """,
    # A path may hold any bytes, so it is no TEXT.
    """
    CREATE TABLE outputs (
        task INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        machine INTEGER NOT NULL REFERENCES machines (id),
        path BLOB NOT NULL,
        size INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'listed',
        reason TEXT NOT NULL DEFAULT '',
        sha256 TEXT NOT NULL DEFAULT '',
        listed_at REAL NOT NULL,
        wanted_at REAL,
        PRIMARY KEY (task, attempt, path),
        FOREIGN KEY (task, attempt) REFERENCES attempts (task, number) ON DELETE CASCADE
    ) WITHOUT ROWID
    """,
    # No reference to the attempt: it is gone when its machine is told.
    """
    CREATE TABLE discards (
        machine INTEGER NOT NULL REFERENCES machines (id),
        attempt TEXT NOT NULL,
        held INTEGER NOT NULL,
        PRIMARY KEY (machine, attempt)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        who TEXT NOT NULL,
        what TEXT NOT NULL,
        task INTEGER,
        attempt INTEGER,
        machine INTEGER,
        worker INTEGER,
        queue INTEGER,
        before TEXT NOT NULL DEFAULT '',
        after TEXT NOT NULL DEFAULT '',
        why TEXT NOT NULL DEFAULT ''
    )
    """,
    """
    CREATE TABLE samples (
        machine INTEGER NOT NULL REFERENCES machines (id),
        resolution INTEGER NOT NULL,
        at INTEGER NOT NULL,
        weight INTEGER NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (machine, resolution, at)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE sample_bytes (resolution INTEGER PRIMARY KEY, bytes INTEGER NOT NULL)",
    """
    CREATE TABLE blobs (
        sha256 TEXT PRIMARY KEY,
        size INTEGER NOT NULL,
        created_at REAL NOT NULL,
        used_at REAL NOT NULL
    ) WITHOUT ROWID
    """,
)

_OPEN = "state IN ('leased', 'preparing', 'running')"

INDEXES = (
    "CREATE UNIQUE INDEX machine_names ON machines (name) WHERE NOT gone",
    "CREATE UNIQUE INDEX worker_names ON workers (name) WHERE NOT gone",
    "CREATE INDEX workers_of_machine ON workers (machine) WHERE NOT gone",
    "CREATE UNIQUE INDEX queue_names ON queues (name) WHERE NOT gone",
    "CREATE INDEX workers_of_queue ON worker_queues (queue)",
    # One index behind each sort. Each carries all that a filter asks for, so that a page at any
    # depth under any filter is one pass over a narrow index: about 50 ns an entry.
    "CREATE INDEX tasks_by_id ON tasks (id, state, queue, worker, machine)",
    "CREATE INDEX tasks_by_name ON tasks (name, id, state, queue, worker, machine)",
    "CREATE INDEX tasks_by_state ON tasks (state, id, queue, worker, machine)",
    "CREATE INDEX tasks_by_queue ON tasks (queue, rank, id, state, worker, machine)",
    "CREATE INDEX tasks_by_worker ON tasks (worker, id, state, queue, machine)",
    "CREATE INDEX tasks_by_change ON tasks (changed_at, id, state, queue, worker, machine)",
    "CREATE INDEX tasks_by_duration ON tasks (duration, id, state, queue, worker, machine)",
    "CREATE INDEX waiting_tasks ON tasks (queue, rank, id) WHERE state = 2",
    # The database itself refuses a second open attempt of a task.
    f"CREATE UNIQUE INDEX one_open_attempt ON attempts (task) WHERE {_OPEN}",
    f"CREATE INDEX open_attempts_of_worker ON attempts (worker, state) WHERE {_OPEN}",
    f"CREATE INDEX open_attempts_of_machine ON attempts (machine, state) WHERE {_OPEN}",
    "CREATE INDEX unreleased_attempts ON attempts (machine) WHERE NOT released",
    "CREATE INDEX attempts_of_worker ON attempts (worker, leased_at)",
    "CREATE INDEX wanted_listings ON attempts (machine) WHERE listing = 'wanted'",
    # Small files first: they come by themselves, and none is to wait behind a large one.
    """
    CREATE INDEX wanted_outputs ON outputs (machine, size > 1048576, wanted_at)
    WHERE state = 'wanted'
    """,
    "CREATE INDEX events_of_task ON events (task) WHERE task IS NOT NULL",
    "CREATE INDEX events_of_machine ON events (machine) WHERE machine IS NOT NULL",
    "CREATE INDEX samples_by_age ON samples (resolution, at)",
    "CREATE INDEX blobs_by_use ON blobs (used_at)",
)
