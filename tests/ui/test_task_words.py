"""The pure parts behind the views of tasks: filters, forms, reasons."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.model import LinkState, Queue, Refused, TaskState, Worker
from clearq_tui.store.tasks import TaskFilter
from clearq_tui.store.workers import WorkerRow
from clearq_tui.ui import task_form
from clearq_tui.ui.task_facts import code_facts
from clearq_tui.ui.task_filter import Names, parse
from clearq_tui.ui.waiting_reason import why_it_waits
from tests.ui.task_world import SNAPSHOT

NAMES = Names(
    queues={"train": 1, "trial": 2, "tr": 3, "hpo": 4},
    workers={"gpu-a01": 7, "gpu-a02": 8},
    machines={"gpu-a01": 9},
)


@pytest.mark.parametrize(
    ("line", "chosen", "problem"),
    [
        ("", TaskFilter(), ""),
        ("resnet  lr", TaskFilter(text="resnet lr"), ""),
        ("state:failed", TaskFilter(states=frozenset({TaskState.FAILED})), ""),
        ("state:f,lo,", TaskFilter(states=frozenset({TaskState.FAILED, TaskState.LOST})), ""),
        ("state:l", TaskFilter(), "no state l"),  # leased or lost
        ("state:", TaskFilter(), "state: what?"),
        ("queue:tr", TaskFilter(queue=3), ""),
        ("queue:tra", TaskFilter(queue=1), ""),
        ("queue:t", TaskFilter(), "no queue t"),
        ("worker:gpu-a02 machine:g x", TaskFilter(worker=8, machine=9, text="x"), ""),
        ("http://x host:8080", TaskFilter(text="http://x host:8080"), ""),
    ],
)
def test_filter_lines(line: str, chosen: TaskFilter, problem: str) -> None:
    typed = parse(line, NAMES)
    assert (typed.chosen, typed.problem) == (chosen, problem)


@given(st.text(max_size=40))
def test_no_filter_line_is_an_error(line: str) -> None:
    parse(line, NAMES)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("python a.py --x '1 2'", ("python", "a.py", "--x", "1 2")),
        ("echo 'a | b' \"c;d\" e\\;f", ("echo", "a | b", "c;d", "e;f")),
        ("echo '$HOME'", ("echo", "$HOME")),
        ("a | b", ("sh", "-c", "a | b")),
        ('echo "$HOME"', ("sh", "-c", 'echo "$HOME"')),
        ("echo `date`", ("sh", "-c", "echo `date`")),
        ("SEED=1 python a.py", ("sh", "-c", "SEED=1 python a.py")),
        ("python a.py --x=1", ("python", "a.py", "--x=1")),
        ("ls *.py", ("sh", "-c", "ls *.py")),
        ("a && b", ("sh", "-c", "a && b")),
    ],
)
def test_a_line_is_a_command(line: str, words: tuple[str, ...]) -> None:
    assert task_form.read_command(line).words == words


printable = st.text(st.characters(exclude_categories=["Cs"]).filter(str.isprintable), max_size=8)
printable_words = st.lists(printable, min_size=1, max_size=5).filter(
    lambda words: bool("".join(words).strip())
)


@given(printable_words)
def test_words_survive_the_form(words: list[str]) -> None:
    line = task_form.command_line(tuple(words))
    assert task_form.read_command(line).words == tuple(words)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30))
def test_a_line_without_a_shell_is_split_as_a_shell_would(line: str) -> None:
    try:
        command = task_form.read_command(line)
    except Refused:
        return
    if not command.by_shell:
        assert command.words == tuple(shlex.split(line))
    else:
        assert command.words == ("sh", "-c", line.strip())


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z_][A-Z0-9_]*", fullmatch=True),
        printable,
        max_size=4,
    )
)
def test_variables_survive_the_form(environment: dict[str, str]) -> None:
    line = task_form.environment_line(environment)
    assert task_form.read_environment(line) == environment


@pytest.mark.parametrize("line", ["SEED", "=1", "A='", "A=1 B"])
def test_what_is_no_variable_is_refused(line: str) -> None:
    with pytest.raises(Refused, match=r"\.$"):
        task_form.read_environment(line)


def test_what_a_line_cannot_say_is_kept_or_refused() -> None:
    odd = ("printf", "a\tb")
    line = task_form.command_line(odd)
    assert task_form.edited_command(line, line, odd) == odd
    with pytest.raises(Refused, match="control characters"):
        task_form.edited_command(line + " more", line, odd)
    bell = {"A": "\x07"}
    said = task_form.environment_line(bell)
    assert task_form.edited_environment(said, said, bell) == bell
    with pytest.raises(Refused, match="control characters"):
        task_form.edited_environment(said + " B=1", said, bell)
    assert task_form.edited_environment("B=2", "B=1", {"B": "1"}) == {"B": "2"}


def worker(
    name: str, link: LinkState = LinkState.ONLINE, *, reason: str = "", busy: int = 0,
    draining: bool = False, served: str = "train",
) -> WorkerRow:  # fmt: skip
    seat = Worker(id=1, name=name, machine=1, slots=1, draining=draining)
    running = tuple((number, "x") for number in range(busy))
    return WorkerRow(seat, name, link, reason, None, running, (served,))


@pytest.mark.parametrize(
    ("workers", "sentence"),
    [
        ([], "No worker serves queue train."),
        ([worker("a", served="hpo")], "No worker serves queue train."),
        ([worker("a", draining=True)], "a is draining and takes nothing new."),
        (
            [worker("a", LinkState.OFFLINE, reason="No route to host.")],
            "a is offline: No route to host.",
        ),
        (
            [worker("a", LinkState.HOST_KEY), worker("b", LinkState.FAILED)],
            "None of a and b is online; a is host-key",
        ),
        ([worker("a", busy=1), worker("b", busy=1)], "2 ahead of it in train; a and b are busy."),
        ([worker("a", busy=1), worker("b")], "2 ahead of it in train; a and b have a free slot."),
        (
            [worker(name, busy=1) for name in "abcd"],
            "2 ahead of it in train; 4 workers are busy.",
        ),
    ],
)
def test_why_a_task_waits(workers: list[WorkerRow], sentence: str) -> None:
    assert why_it_waits(Queue(1, "train"), 3, workers) == sentence


def test_a_paused_queue_is_the_first_reason() -> None:
    assert "paused" in why_it_waits(Queue(1, "train", paused=True), 1, [])


def test_the_first_is_next_in_line() -> None:
    found = why_it_waits(Queue(1, "train"), 1, [worker("a", busy=1)])
    assert found == "Next in line; a is busy."


def test_code_in_words() -> None:
    said = [(label, text.plain) for label, text in code_facts(SNAPSHOT)]
    assert said == [
        ("code", "main @4f2a91c + 1 staged, 2 unstaged, 4 untracked, in vision/"),
        ("", "git@example.org:lab/vision"),
    ]
    assert "no" in code_facts("")[0][1].plain
