"""What the store makes of listings, wishes and files that have arrived."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.model import NotFound, Refused
from clearq_tui.operations import attempts, links, machines, output_reports, outputs, tasks
from clearq_tui.operations.output_paths import is_safe, matches
from clearq_tui.operations.output_reports import SMALL_FILE, Told
from clearq_tui.store import Store, discards
from clearq_tui.store import attempts as stored_attempts
from clearq_tui.store import machines as stored_machines
from clearq_tui.store import outputs as stored
from clearq_tui.store import workers as stored_workers
from clearq_tui.store.output_types import ListingState, OutputFile, OutputSort, OutputState
from tests.store.fresh import fresh_store

LISTED, WANTED, WHOLE, FAILED = OutputState


@pytest.fixture
def store() -> Iterator[Store]:
    with fresh_store() as fresh:
        yield fresh


@pytest.fixture
def machine(store: Store) -> int:
    return stored_machines.rows(store)[0].id


class Reporter:
    """The machine's journal: tells of attempts."""

    def __init__(self, store: Store, machine: int) -> None:
        self.store = store
        self.machine = machine
        self.seq = 0

    def tell(self, name: str, kind: str, **data: object) -> None:
        self.seq += 1
        report = {"seq": self.seq, "attempt": name, "kind": kind, "at": 5.0, "data": data}
        attempts.apply_events(self.store, self.machine, "j", [report], now=5.0)

    def started(self) -> str:
        task = tasks.enqueue(self.store, tasks.NewTask(("true",)), now=1.0)
        worker = stored_workers.of_machine(self.store, self.machine)[0]
        (attempt,) = attempts.lease(self.store, [(task, worker.id)], now=2.0)
        self.tell(attempt.name, "started")
        return attempt.name


@pytest.fixture
def reporter(store: Store, machine: int) -> Reporter:
    return Reporter(store, machine)


@pytest.fixture
def running(reporter: Reporter) -> str:
    assert reporter.started() == "1.1"
    return "1.1"


@pytest.fixture
def ended(reporter: Reporter, running: str) -> str:
    reporter.tell(running, "ended", outcome="completed", exit_code=0, output=True)
    return running


def states(store: Store, task: int = 1) -> dict[str, OutputState]:
    return {file.path: file.state for file in stored.files(store, task, 1)}


def listing(store: Store) -> ListingState:
    return stored.listing(store, 1, 1).state


def tell(store: Store, machine: int, *files: tuple[str, int, int], **more: object) -> None:
    output_reports.take_listing(store, machine, Told("1.1", files, **more), now=10.0)  # type: ignore[arg-type]


def test_a_listing_is_wanted_when_an_attempt_has_ended_with_output(
    store: Store, machine: int, ended: str
) -> None:
    assert listing(store) is ListingState.WANTED
    assert stored.wanted_listings(store, machine) == [ended]
    tell(store, machine, ("a", 1, 1))
    assert listing(store) is ListingState.LISTED
    assert stored.wanted_listings(store, machine) == []


def test_no_listing_is_wanted_when_there_is_nothing(
    store: Store, reporter: Reporter, running: str
) -> None:
    reporter.tell(running, "ended", outcome="completed", exit_code=0)
    assert listing(store) is ListingState.NONE


def test_of_a_lost_attempt_it_is_asked(store: Store, reporter: Reporter, running: str) -> None:
    reporter.tell(running, "ended", outcome="lost")
    assert listing(store) is ListingState.WANTED


def test_small_files_of_an_ended_attempt_are_wanted_at_once(
    store: Store, machine: int, ended: str
) -> None:
    many = [(f"part{number:02}", SMALL_FILE, 1) for number in range(20)]
    tell(store, machine, ("large", SMALL_FILE + 1, 1), ("tiny", 0, 1), *many)
    found = states(store)
    assert found["large"] is LISTED
    assert found["tiny"] is WANTED
    assert list(found.values()).count(WANTED) == 1 + 16


def test_nothing_is_fetched_by_itself_while_the_task_runs(
    store: Store, machine: int, running: str
) -> None:
    outputs.ask_for_listing(store, 1, 1, now=3.0)
    tell(store, machine, ("a", 1, 1))
    assert states(store) == {"a": LISTED}


def test_unsafe_paths_are_left_out_and_counted(store: Store, machine: int, ended: str) -> None:
    bad = ("../a", "/etc/passwd", "a//b", "a/./b", "", ".", "a\0b", "n" * 256, "\ud800")
    tell(store, machine, ("good", 1, 1), *((path, 1, 1) for path in bad), skipped=2, cut=True)
    assert list(states(store)) == ["good"]
    note = stored.listing(store, 1, 1).note
    assert note.startswith(f"{len(bad) + 2} things")
    assert "only 1 files" in note


def test_a_machine_tells_of_its_own_attempts_alone(store: Store, ended: str) -> None:
    output_reports.take_listing(store, 99, Told("1.1", [("a", 1, 1)]), now=10.0)
    output_reports.take_listing(store, 99, Told("7.1", [("a", 1, 1)]), now=10.0)
    assert states(store) == {}


def test_a_new_listing_keeps_what_is_here_and_forgets_what_is_gone(
    store: Store, machine: int, running: str
) -> None:
    files = [(name, 10, 1) for name in ("same", "changed", "gone", "here", "wanted", "lost")]
    tell(store, machine, *files)
    known = {file.path: file for file in stored.files(store, 1, 1)}
    output_reports.take_whole(
        store, machine, [(known[name], "s") for name in ("same", "changed", "here")]
    )
    outputs.fetch(store, 1, 1, ["wanted", "lost"], now=11.0)
    later = [("same", 10, 1), ("changed", 10, 2), ("wanted", 11, 2)]
    output_reports.take_listing(store, machine, Told("1.1", later), now=12.0)
    assert states(store) == {
        "same": WHOLE, "changed": LISTED, "here": WHOLE, "wanted": WANTED, "lost": FAILED,
    }  # fmt: skip


def test_files_are_wanted_by_pattern_and_only_once(
    store: Store, machine: int, running: str
) -> None:
    tell(store, machine, ("d/a.pt", 1, 1), ("d/b.txt", 1, 1), ("c.pt", 1, 1))
    asked = outputs.fetch(store, 1, 1, ["*.pt"], now=11.0)
    assert [file.path for file in asked.wanted] == ["c.pt", "d/a.pt"]
    output_reports.take_whole(store, machine, [(asked.wanted[0], "abc")])
    again = outputs.fetch(store, 1, 1, now=12.0)
    assert [file.path for file in again.here] == ["c.pt"]
    assert [file.path for file in again.wanted] == ["d/a.pt", "d/b.txt"]
    # The one that waits longest comes first.
    assert [file.path for file in stored.wanted_files(store, machine, 9)] == ["d/a.pt", "d/b.txt"]
    tell(store, machine, ("d/a.pt", 2 << 20, 2), ("d/b.txt", 1, 1))
    # But large ones come last.
    assert [file.path for file in stored.wanted_files(store, machine, 9)] == ["d/b.txt", "d/a.pt"]
    missing = outputs.fetch(store, 1, 1, ["c.pt"], is_here=lambda _: False, now=13.0)
    assert [file.path for file in missing.wanted] == ["c.pt"]


def test_wishes_that_make_no_sense_are_refused(store: Store, machine: int, running: str) -> None:
    with pytest.raises(NotFound, match="no output"):
        outputs.fetch(store, 1, 1, now=11.0)
    tell(store, machine, ("a", 1, 1))
    with pytest.raises(NotFound, match=r"No output of #1\.1 matches 'b'"):
        outputs.fetch(store, 1, 1, ["a", "b"], now=11.0)
    with pytest.raises(NotFound, match="no attempt 2"):
        outputs.ask_for_listing(store, 1, 2, now=11.0)
    assert states(store) == {"a": LISTED}


def test_a_wish_is_given_up(store: Store, machine: int, ended: str) -> None:
    tell(store, machine, ("a", 1, 1), ("b", 1, 1))
    assert [file.path for file in outputs.give_up(store, 1, 1, ["b"], now=11.0)] == ["b"]
    assert states(store) == {"a": WANTED, "b": LISTED}


def test_what_arrives_in_another_version_is_not_taken_for_the_one_listed(
    store: Store, machine: int, ended: str
) -> None:
    tell(store, machine, ("a", 1, 1))
    (file,) = stored.files(store, 1, 1)
    output_reports.take_change(store, file, 2, 3)
    output_reports.take_whole(store, machine, [(file, "old")])
    (present,) = stored.files(store, 1, 1)
    assert (present.state, present.size, present.modified) == (WANTED, 2, 3)
    assert "begun again" in present.reason
    output_reports.take_whole(store, machine, [(present, "new")])
    (present,) = stored.files(store, 1, 1)
    assert (present.state, present.sha256, present.reason) == (WHOLE, "new", "")


def test_a_failure_says_why_and_may_be_tried_again(store: Store, machine: int, ended: str) -> None:
    tell(store, machine, ("a", 1, 1))
    (file,) = stored.files(store, 1, 1)
    output_reports.take_failure(store, file, "The disk is full.")
    (file,) = stored.files(store, 1, 1)
    assert (file.state, file.reason) == (FAILED, "The disk is full.")
    outputs.fetch(store, 1, 1, now=12.0)
    assert states(store) == {"a": WANTED}


def test_removing_a_task_has_its_machine_give_its_output_up(
    store: Store, machine: int, reporter: Reporter, ended: str
) -> None:
    tell(store, machine, ("a", 1, 1))
    tasks.remove(store, [1], now=12.0).check()
    assert states(store) == {}
    assert discards.of_machine(store, machine) == [discards.Discard("1.1", held=True)]
    reporter.tell("1.1", "released")
    output_reports.take_discards(store, machine, ["1.1"])
    assert discards.of_machine(store, machine) == []


def test_a_released_attempt_without_output_is_not_told_of(
    store: Store, machine: int, reporter: Reporter, running: str
) -> None:
    reporter.tell(running, "ended", outcome="completed", exit_code=0)
    stored_row = stored_attempts.get(store, 1, 1)
    assert stored_row is not None
    reporter.tell(running, "released")
    tasks.remove(store, [1], now=12.0).check()
    assert discards.of_machine(store, machine) == []


def test_nothing_comes_from_a_machine_that_was_removed(
    store: Store, machine: int, ended: str
) -> None:
    tell(store, machine, ("a", 1, 1))
    name = stored_machines.rows(store)[0].name
    machines.remove_machine(store, name, force=True, now=13.0)
    assert states(store) == {"a": FAILED}
    with pytest.raises(Refused, match="was removed"):
        outputs.fetch(store, 1, 1, now=14.0)


def test_lists_are_read_in_windows(store: Store, machine: int, running: str) -> None:
    tell(store, machine, *((f"f{number}", 100 - number, 1) for number in range(9)))
    page = stored.page(store, 1, 1, 2, 3)
    assert [file.path for file in page] == ["f2", "f3", "f4"]
    by_size = stored.page(store, 1, 1, 0, 2, OutputSort.SIZE)
    assert [file.path for file in by_size] == ["f8", "f7"]
    assert stored.position(store, 1, 1, "f7", OutputSort.SIZE) == 1
    assert stored.position(store, 1, 1, "nothing") is None
    totals = stored.totals(store, 1, 1)
    assert (totals.files, totals.bytes, totals.whole) == (9, sum(range(92, 101)), 0)


@pytest.mark.parametrize(
    ("path", "pattern", "does"),
    [
        ("model.pt", "model.pt", True),
        ("a/b/model.pt", "model.pt", True),
        ("a/b/model.pt", "*.pt", True),
        ("a/b/model.pt", "b", True),
        ("a/b/model.pt", "a/", True),
        ("a/b/model.pt", "a/b", True),
        ("a/b/model.pt", "./a/*", True),
        ("a/b/model.pt", "b/model.pt", False),
        ("a/b/model.pt", "model", False),
        ("a/b/model.pt", "", False),
        ("a[1].pt", "a[[]1].pt", True),
    ],
)
def test_patterns(path: str, pattern: str, does: bool) -> None:
    assert matches(path, pattern) is does


@given(st.binary(min_size=1, max_size=40).map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_safe_paths_stay_below(path: str) -> None:
    if is_safe(path):
        joined = os.path.normpath(os.fsencode("/root/outputs/") + os.fsencode(path))
        assert joined == os.fsencode("/root/outputs/") + os.fsencode(path)


def test_links_module_gives_up_what_a_leaving_machine_owed(
    store: Store, machine: int, ended: str
) -> None:
    tell(store, machine, ("a", 1, 1))
    name = stored_machines.rows(store)[0].name
    attempts.raise_epoch(store, machine)
    machines.remove_machine(store, name, now=13.0)
    assert states(store) == {"a": WANTED}
    links.machine_removed(store, machine, now=14.0)
    assert states(store) == {"a": FAILED}


def test_hostile_bytes_are_kept_as_they_are(store: Store, machine: int, ended: str) -> None:
    path = b"\xff\n\x1b[2J".decode("utf-8", "surrogateescape")
    tell(store, machine, (path, 1, 1))
    (file,) = stored.files(store, 1, 1)
    assert isinstance(file, OutputFile)
    assert file.path == path
