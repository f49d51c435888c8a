"""Histories: fine when fresh, coarse when old, never beyond the budget."""

from __future__ import annotations

import pytest

from clearq_tui.store import Store, samples
from tests.store.fresh import fresh_store

START = 1_800_000_000


def _record(store: Store, seconds: int, step: int, budget: int = samples.BUDGET) -> None:
    with store.transaction(quiet=True):
        for moment in range(0, seconds, step):
            sample = {"cpu": float(moment % 100), "load": [1.0, 2.0], "gpus": [{"name": "A100"}]}
            samples.add(store, 1, sample, START + moment, budget)


def test_a_row_is_the_mean_of_the_samples_of_its_time() -> None:
    with fresh_store() as store:
        with store.transaction():
            for moment, cpu in enumerate((10, 20, 60)):
                sample = {"cpu": cpu, "gpus": [{"use": cpu / 2, "name": "A100"}], "power": None}
                samples.add(store, 1, sample, START + moment)
        ((at, mean),) = samples.history(store, 1, START, START + 9)
        assert at == START
        assert mean == {
            "cpu": 30.0,
            "gpus": [{"use": 15.0, "name": "A100"}],
            "power": None,
        }


def test_old_times_are_told_at_a_coarser_level() -> None:
    with fresh_store() as store:
        _record(store, 3 * 3600 + 10, 10)
        now = START + 3 * 3600
        last_minutes = samples.history(store, 1, now - 600, now)
        all_of_it = samples.history(store, 1, START, now)
        assert len(last_minutes) == 61
        assert len(all_of_it) == 180
        assert all_of_it[0][0] == START
        times = [at for at, _ in all_of_it]
        assert times == sorted(times)


def test_a_coarse_row_is_the_mean_of_its_time_also_across_a_gap() -> None:
    with fresh_store() as store:
        with store.transaction():
            for moment, cpu in ((0, 10.0), (20, 20.0), (59, 60.0), (7200, 5.0)):
                samples.add(store, 1, {"cpu": cpu}, START + moment)
        rows = store.rows("SELECT resolution, at, weight FROM samples ORDER BY resolution, at")
        coarse = [(resolution, at - START, weight) for resolution, at, weight in rows]
        assert [row for row in coarse if row[0] > 10] == [(60, 0, 3), (600, 0, 3), (3600, 0, 3)]
        ((_, mean),) = samples.history(store, 1, START, START + 100)
        assert mean == {"cpu": 30.0}


def test_a_machine_that_is_new_shows_all_it_has_at_the_finest_level() -> None:
    with fresh_store() as store:
        _record(store, 300, 10)
        assert len(samples.history(store, 1, START - 86_400, START + 300)) == 30
        assert samples.history(store, 7, START - 86_400, START + 300) == []


def test_the_finest_level_forgets_what_is_older_than_it_keeps() -> None:
    with fresh_store() as store:
        _record(store, 2 * 3600, 10)
        (oldest,) = store.row("SELECT min(at) FROM samples WHERE resolution = 10") or (0,)
        assert oldest >= START + 3600 - 10


@pytest.mark.parametrize("budget", [20_000, 100_000])
def test_the_budget_holds_and_is_counted_rightly(budget: int) -> None:
    with fresh_store() as store:
        _record(store, 3600, 10, budget)
        true = store.value("SELECT sum(length(data) + 32) FROM samples")
        assert samples.size(store) == true
        assert true <= budget
        assert samples.history(store, 1, START, START + 3600)
