"""The domain: machines, workers, queues, tasks, attempts, and which changes of state are legal.

Imports nothing of clearq's but the plan of an environment. Times are seconds since the epoch on
the laptop's clock; sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clearq_tui.environment_plan import NO_PLAN, EnvironmentPlan


class ClearqError(Exception):
    """Something the operator must read: the message is a whole sentence."""


class NotFound(ClearqError):
    """What was named does not exist in the store."""


class Refused(ClearqError):
    """The operation makes no sense in the present state; nothing was changed."""


class TaskState(StrEnum):
    """Where a task is in its life."""

    DRAFT = "draft"
    QUEUED = "queued"
    LEASED = "leased"
    PREPARING = "preparing"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"
    LOST = "lost"

    @property
    def is_active(self) -> bool:
        """An attempt of the task is in somebody's hands."""
        return self in ACTIVE

    @property
    def is_ended(self) -> bool:
        """Nothing more happens to the task unless the operator asks for it."""
        return self in ENDED


ACTIVE = frozenset({TaskState.LEASED, TaskState.PREPARING, TaskState.RUNNING})
ENDED = frozenset({TaskState.COMPLETED, TaskState.FAILED, TaskState.ABORTED, TaskState.LOST})

_OUTCOMES = frozenset({TaskState.COMPLETED, TaskState.FAILED, TaskState.ABORTED, TaskState.LOST})

TRANSITIONS: Mapping[TaskState, frozenset[TaskState]] = {
    TaskState.DRAFT: frozenset({TaskState.QUEUED}),
    TaskState.QUEUED: frozenset({TaskState.DRAFT, TaskState.LEASED, TaskState.ABORTED}),
    # Back to queued when the lease was recalled before anything had started.
    TaskState.LEASED: _OUTCOMES | {TaskState.QUEUED, TaskState.PREPARING, TaskState.RUNNING},
    TaskState.PREPARING: _OUTCOMES | {TaskState.RUNNING},
    TaskState.RUNNING: _OUTCOMES,
    TaskState.COMPLETED: frozenset({TaskState.QUEUED}),
    TaskState.FAILED: frozenset({TaskState.QUEUED}),
    TaskState.ABORTED: frozenset({TaskState.QUEUED}),
    # A machine given up as lost may come back and tell how the attempt really ended.
    TaskState.LOST: _OUTCOMES - {TaskState.LOST} | {TaskState.QUEUED},
}


def may_become(present: TaskState, wanted: TaskState) -> bool:
    """Whether a task may go from one state to the other in one step."""
    return wanted in TRANSITIONS[present]


class AttemptState(StrEnum):
    """Where one attempt is; an attempt never returns to an earlier state."""

    LEASED = "leased"
    PREPARING = "preparing"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"
    LOST = "lost"
    RECALLED = "recalled"

    @property
    def is_open(self) -> bool:
        """The attempt still holds its worker's slot."""
        return self in OPEN


OPEN = frozenset({AttemptState.LEASED, AttemptState.PREPARING, AttemptState.RUNNING})


class Wish(StrEnum):
    """What the operator wants of an open attempt."""

    RUN = "run"
    ABORT = "abort"
    KILL = "kill"
    """Abort without a grace period."""
    RECALL = "recall"


class LinkState(StrEnum):
    """How the controller stands with a machine's agent."""

    NEVER = "never"
    CONNECTING = "connecting"
    INSTALLING = "installing"
    ONLINE = "online"
    OFFLINE = "offline"
    """Was cut or cannot be reached; tried again with back-off."""
    HOST_KEY = "host-key"
    """Waits for the operator to accept the machine's host key."""
    FAILED = "failed"
    """Cannot work until the operator changes something; the reason says what."""


class Policy(StrEnum):
    """In which order a worker takes from the queues it serves."""

    STRICT = "strict"
    ROUND_ROBIN = "round-robin"


@dataclass(frozen=True)
class Machine:
    """A host that the operator registered: an SSH destination, or the laptop itself."""

    id: int
    name: str
    target: str
    """`alias`, `user@host`, `host:port`; empty for a local machine."""
    transport: str
    """`asyncssh`, `openssh` or `local`."""
    user: str | None = None
    port: int | None = None
    identity: str | None = None
    jump: str | None = None
    interpreter: str | None = None
    """The Python that the operator named for the agent."""
    link: LinkState = LinkState.NEVER
    link_reason: str = ""
    link_since: float | None = None
    host_key: str = ""
    """JSON of the unknown host key that waits for acceptance, while `link` is `host-key`."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What the agent said of the machine: system, cpus, memory, gpus, python."""
    removing: bool = False
    network: str = "auto"
    """Whence it gets packages: one of `NETWORKS`."""


NETWORKS = ("auto", "direct", "via-laptop")
"""By itself where it has a route to elsewhere; always by itself; always through the link."""


@dataclass(frozen=True)
class AgentRecord:
    """What the controller must remember of a machine's agent between links."""

    machine: int
    epoch: int = 0
    """The last epoch that was used to attach; each attach raises it."""
    journal: str = ""
    """The agent's journal id; another id means that the old journal is gone for ever."""
    acknowledged: int = 0
    """The last journal `seq` applied to the store."""
    socket_path: str = ""
    python: str = ""
    boot_id: str = ""
    build: str = ""


@dataclass(frozen=True)
class Worker:
    """A named seat on a machine that takes tasks from queues."""

    id: int
    name: str
    machine: int
    slots: int = 1
    policy: Policy = Policy.STRICT
    draining: bool = False
    queues: tuple[int, ...] = ()
    """Ids of the queues it serves, first served first."""
    plan: EnvironmentPlan = NO_PLAN
    """How the environment of its tasks is set up, where they do not say otherwise."""


@dataclass(frozen=True)
class Queue:
    """An ordered list of tasks."""

    id: int
    name: str
    paused: bool = False


@dataclass(frozen=True)
class SecretUse:
    """A secret that a task asks for, and how it is to find it."""

    name: str
    kind: str
    """`variable` or `file`."""
    target: str
    """The environment variable that holds the value itself, or the path of the file with it."""

    @property
    def in_words(self) -> str:
        """`TOKEN in $HF_TOKEN`, or `KEY in the file $KEY_FILE`."""
        place = "in the file " if self.kind == "file" else "in "
        return f"{self.name} {place}${self.target}"


@dataclass(frozen=True)
class NewTask:
    """What to run."""

    command: tuple[str, ...]
    name: str = ""
    """Shown in lists; the command's first words when empty."""
    environment: Mapping[str, str] = field(default_factory=dict)
    snapshot: str = ""
    """JSON of `capture.Snapshot`; empty when the task brings no code."""
    plan: EnvironmentPlan = NO_PLAN
    """How its environment is set up."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Values of parameters, by the parameter's target, that differ from the code's own."""
    secrets: tuple[SecretUse, ...] = ()
    scalars: Mapping[str, str] = field(default_factory=dict)
    """Names of scalars and the regular expressions that find them in the log."""


@dataclass(frozen=True)
class Task:
    """What to run. Edited only while a draft; shown as `#8123`."""

    id: int
    name: str
    state: TaskState
    command: tuple[str, ...]
    queue: int | None
    created_at: float
    changed_at: float
    """When the state last changed."""
    environment: Mapping[str, str] = field(default_factory=dict)
    snapshot: str = ""
    """The captured code as JSON of `capture.Snapshot`; empty when the task brings none."""
    attempt: int = 0
    """The number of the latest attempt; 0 before the first."""
    worker: int | None = None
    exit_code: int | None = None
    reason: str = ""
    """Why the task is in this state, where that is not obvious."""
    clone_of: int | None = None
    plan: EnvironmentPlan = NO_PLAN
    overrides: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[SecretUse, ...] = ()
    scalars: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One of the steps in which an attempt's environment is set up."""

    name: str
    seconds: float | None = None
    """How long it took; None while it is under way."""
    failed: bool = False


@dataclass(frozen=True)
class Attempt:
    """One try at running a task; `number` is the fencing token."""

    task: int
    number: int
    worker: int
    machine: int
    state: AttemptState
    wish: Wish
    leased_at: float
    started_at: float | None = None
    ended_at: float | None = None
    exit_code: int | None = None
    signal: int | None = None
    reason: str = ""
    log_bytes: int = 0
    """How much of the log has arrived."""
    log_whole: bool = False
    """All of the log has arrived, and the machine may forget the attempt."""
    steps: tuple[Step, ...] = ()
    """As far as its environment is set up; empty where nothing had to be."""

    @property
    def name(self) -> str:
        """The attempt's name on the wire and on the screen, without the `#`."""
        return attempt_name(self.task, self.number)


def attempt_name(task: int, number: int) -> str:
    """`8123.2` for the second attempt of task 8123."""
    return f"{task}.{number}"


def parse_attempt_name(text: str) -> tuple[int, int]:
    """The task's id and the attempt's number.

    Raises:
        ValueError: the text is not an attempt's name.
    """
    task, dot, number = text.partition(".")
    if not (dot and task.isascii() and task.isdigit() and number.isascii() and number.isdigit()):
        raise ValueError(f"{text!r} is not the name of an attempt; expected something like 8123.2")
    return int(task), int(number)


@dataclass(frozen=True)
class Event:
    """One line of history; never overwritten."""

    id: int
    at: float
    who: str
    """`operator`, `controller`, or the machine's name."""
    what: str
    task: int | None = None
    attempt: int | None = None
    machine: int | None = None
    worker: int | None = None
    queue: int | None = None
    before: str = ""
    after: str = ""
    why: str = ""
