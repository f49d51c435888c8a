"""What needs no screen: numbers, histories, samples from hostile machines, steps, hosts."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.feed.messages import Sample
from clearq_tui.model import LinkState, Machine
from clearq_tui.operations.host_keys import HostKey
from clearq_tui.ssh_hosts import hosts_in
from clearq_tui.ui import amounts
from clearq_tui.ui.charts import combined, stretched
from clearq_tui.ui.controller_state import ControllerPhase, ControllerState
from clearq_tui.ui.history import STEPS, History, Measure
from clearq_tui.ui.key_line import ShownKey, placed_keys
from clearq_tui.ui.link_steps import Standing, Step, step_lines, step_reached
from clearq_tui.ui.overview import Overview, header_text
from clearq_tui.ui.readings import Readings, readings_of
from clearq_tui.ui.worker_columns import gpu_model

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = ("cpu", "cores", "load", "memory", "network", "disk", "space", "gpus")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "--"), (0, "0B"), (1023, "1023B"), (1024, "1.0K"), (10 * 1024, "10K"),
     (1.5 * 2**30, "1.5G"), (212 * 2**30, "212G"), (1023.9 * 2**20, "1.0G"), (2**60, "1024P")],
)  # fmt: skip
def test_sizes(value: float | None, text: str) -> None:
    assert amounts.size(value) == text


@pytest.mark.parametrize(
    ("used", "whole", "text"),
    [(71 * 2**30, 80 * 2**30, "71/80G"), (0, 80 * 2**30, "0/80G"), (None, 5, "--"),
     (400 * 2**30, 2**40, "0.4/1.0T"), (5 * 2**30, None, "5.0G"), (5, 0, "5B")],
)  # fmt: skip
def test_shares_of_a_whole(used: float | None, whole: float | None, text: str) -> None:
    assert amounts.of_total(used, whole) == text


@given(st.floats(min_value=0, max_value=1e18))
def test_amounts_stay_narrow(value: float) -> None:
    assert len(amounts.size(value)) <= 5
    assert len(amounts.rate(value)) <= 5


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (-3, "0s"), (59.9, "59s"), (60, "1m00"), (3725, "1h02"), (442_800, "5d03")],
)
def test_ages(seconds: float | None, text: str) -> None:
    assert amounts.age(seconds) == text


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_whatever_an_agent_sends_is_a_reading_or_nothing(sample: dict[str, object]) -> None:
    found = readings_of(sample)
    told = [found.cpu, found.memory_used, found.gpu_use, found.network, found.disk, found.load]
    assert all(value is None or (math.isfinite(value) and value >= 0) for value in told)


def sample(cpu: float) -> Sample:
    """A sample with nothing but processors."""
    return Sample(at=0.0, cpu=cpu)


def test_history_is_the_mean_of_each_step_the_newest_last() -> None:
    history = History()
    for at, cpu in ((1000.0, 10.0), (1005.0, 30.0), (1010.0, 80.0)):
        history.take(sample(cpu), at, at)
    values = history.values(Measure.CPU, 1012.0)
    assert len(values) == STEPS
    assert values[-2:] == [20.0, 80.0]
    assert set(values[:-2]) == {None}


def test_history_forgets_what_is_older_than_it_shows() -> None:
    history = History()
    for second in range(0, 20_000, 10):
        history.take(sample(second % 100), float(second), 0.0)
    assert len(history._steps[Measure.CPU]) <= 2 * STEPS
    assert None not in history.values(Measure.CPU, 19_990.0)


def test_what_the_store_kept_goes_under_what_is_live() -> None:
    history = History()
    history.take(sample(50), 1000.0, 7.0)
    history.seed([(980.0, {"cpu": 5}), (990.0, {"cpu": 6})], 1001.0, 8.0)
    assert history.values(Measure.CPU, 1001.0)[-3:] == [5.0, 6.0, 50.0]
    assert history.latest == sample(50)
    assert history.age(9.0) == 2.0
    old = History()
    old.seed([(980.0, {"cpu": 5})], 1001.0, 8.0)
    assert old.readings.cpu == 5
    assert old.is_stale(8.0)
    assert old.age(8.0) == 21.0


def test_charts_of_many_machines() -> None:
    one, two = History(), History()
    for history, cpu, received in ((one, 20.0, 5.0), (two, 40.0, 7.0)):
        taken = Sample(at=0.0, cpu=cpu, network={"received": received, "sent": None})
        history.take(taken, 1000.0, 0.0)
    assert combined([one, two], Measure.CPU, 1000.0)[-1] == 30.0
    assert combined([one, two], Measure.NETWORK, 1000.0)[-1] == 12.0
    assert combined([one, two], Measure.GPU, 1000.0)[-1] is None
    assert stretched([1.0, 2.0], 5) == [1.0, 1.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("name", "word"),
    [("NVIDIA H100 80GB HBM3", "H100"), ("NVIDIA A100-SXM4-80GB", "A100"), ("Tesla T4", "T4"),
     ("NVIDIA GeForce RTX 4090", "4090"), ("", ""), ("NVIDIA", "NVIDIA")],
)  # fmt: skip
def test_gpus_are_called_as_people_call_them(name: str, word: str) -> None:
    assert gpu_model(name) == word


@given(st.integers(1, 250))
def test_the_header_is_as_wide_as_the_terminal(width: int) -> None:
    numbers = Overview(1234, 5, 6, 7, 100_000, 9, 3)
    text = header_text("workers", numbers, ControllerState(ControllerPhase.RUNNING), 0.0, width)
    assert len(text.plain) == width or width < 30


KEYS = [ShownKey(key, "does something", key) for key in "abcdef"]


@given(st.integers(17, 200))
def test_keys_never_overlap_and_the_last_one_stays(width: int) -> None:
    placed = placed_keys(KEYS, width)
    assert placed[-1][1] is KEYS[-1]
    edges = [(start, start + key.width) for start, key in placed]
    assert all(end < start for (_, end), (start, _) in pairwise(edges))
    assert edges[-1][1] <= width


def machine(link: LinkState, reason: str = "") -> Machine:
    """A machine whose link is in this state."""
    return Machine(1, "gpu1", "gpu1", "asyncssh", link=link, link_reason=reason)


def test_a_link_that_breaks_marks_the_step_that_was_reached() -> None:
    reached = Step.CONNECT
    for link in (LinkState.CONNECTING, LinkState.INSTALLING, LinkState.FAILED):
        reached = step_reached(link, reached)
    lines = step_lines(machine(LinkState.FAILED, "No Python."), reached, None, "")
    assert [line.standing for line in lines] == [
        Standing.DONE, Standing.DONE, Standing.FAILED, Standing.AHEAD,
    ]  # fmt: skip
    assert lines[2].note == "No Python."


@pytest.mark.parametrize("link", LinkState)
def test_every_state_of_a_link_has_its_steps(link: LinkState) -> None:
    key = HostKey("gpu1", 22, "ssh-ed25519 AAAA", "SHA256:x")
    lines = step_lines(machine(link), step_reached(link, Step.CONNECT), key, "Linux")
    assert len(lines) == len(Step)
    now = [line for line in lines if line.standing not in (Standing.DONE, Standing.AHEAD)]
    assert len(now) == (0 if link is LinkState.ONLINE else 1)


def test_hosts_of_a_configuration_and_what_it_includes(tmp_path: Path) -> None:
    (tmp_path / "config.d").mkdir()
    (tmp_path / "config.d" / "b").write_text("Host b1\nInclude config\n")
    config = tmp_path / "config"
    config.write_text(
        'Host "a 1" a2 !no *.example ?x # note\n'
        "HOST=a3\nInclude config.d/*\nMatch host m\nHost a2\nHost 'unclosed\nInclude /none\n"
    )
    assert hosts_in(config, tmp_path) == ["a 1", "a2", "a3", "b1"]
    assert hosts_in(tmp_path / "none", tmp_path) == []


def test_readings_of_nothing() -> None:
    assert readings_of({}) == Readings()
