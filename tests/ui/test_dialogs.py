"""The small dialogs: confirm, choose, sort, ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Button

from clearq_tui.ui.dialogs.ask import AskDialog
from clearq_tui.ui.dialogs.choose import Choice, ChooseDialog, matching
from clearq_tui.ui.dialogs.confirm import ConfirmDialog, Question, listed
from clearq_tui.ui.dialogs.dialog import DialogScreen
from clearq_tui.ui.dialogs.sort import SortDialog, sort_keys
from clearq_tui.ui.widgets.table_column import Column
from tests.ui.screen_text import screen_text, until

NOT_YET = object()


class DialogApp(App[None]):
    """Shows one dialog and keeps its answer."""

    def __init__(self, dialog: DialogScreen[Any]) -> None:
        super().__init__()
        self.dialog = dialog
        self.answer: object = NOT_YET

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self.answered)

    def answered(self, answer: object) -> None:
        self.answer = answer


@asynccontextmanager
async def shown(
    dialog: DialogScreen[Any], size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[DialogApp, Pilot[None]]]:
    app = DialogApp(dialog)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


def question(targets: int) -> Question:
    lines = [f"#{number}  train" for number in range(1, targets + 1)]
    return Question("Abort tasks", "They end.", "Abort", lines)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], None),
        (["escape"], None),
        (["n"], None),
        (["y"], True),
        (["right", "enter"], True),
        (["tab", "enter"], True),
        (["right", "left", "enter"], None),
    ],
)
async def test_only_an_explicit_yes_confirms(keys: list[str], answer: bool | None) -> None:
    async with shown(ConfirmDialog(question(3))) as (app, pilot):
        await pilot.press(*keys)
        await pilot.pause()
        assert app.answer is answer


async def test_confirmation_lists_targets_and_consequence() -> None:
    async with shown(ConfirmDialog(question(10))) as (app, _):
        text = screen_text(app)
        assert all(f"#{number}  train" in text for number in range(1, 11))
        assert "They end." in text


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["y", "enter"], NOT_YET),
        (["enter"], NOT_YET),
        (["1", "1", "enter"], NOT_YET),
        (["1", "2", "enter"], True),
        (["1", "2", "tab", "tab", "enter"], True),
        (["1", "2", "escape"], None),
        (["tab", "y"], NOT_YET),
    ],
)
async def test_many_targets_need_their_number(keys: list[str], answer: object) -> None:
    async with shown(ConfirmDialog(question(12))) as (app, pilot):
        text = screen_text(app)
        assert "… and 4 more" in text
        assert "#9" not in text
        await pilot.press(*keys)
        await pilot.pause()
        assert app.answer is answer


async def test_button_opens_with_the_number_alone() -> None:
    async with shown(ConfirmDialog(question(12))) as (app, pilot):
        button = app.screen.query_one("#confirm", Button)
        states = [button.disabled]
        for key in ("1", "2", "0"):
            await pilot.press(key)
            states.append(button.disabled)
        assert states == [True, True, False, True]


async def test_hostile_names_are_neither_markup_nor_escapes() -> None:
    name = "[red]x[/] \x1b]0;title\x07 [bold"
    dialog = ConfirmDialog(Question(f"Abort {name}", name, name, [name]))
    async with shown(dialog) as (app, _):
        text = screen_text(app)
        assert text.count("[red]x[/] \\x1b]0;title\\x07 [bold") >= 3
        assert "\x1b" not in text


def test_ten_are_listed_and_eleven_are_not() -> None:
    assert listed([str(number) for number in range(10)]) == [str(number) for number in range(10)]
    assert listed([str(number) for number in range(11)])[-1] == "… and 3 more"


CHOICES = [Choice("default", "default", "3 waiting"), Choice("hpo", "hpo"),
           Choice("train", "train"), Choice("lowprio", "lowprio")]  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], "default"),
        (["down", "enter"], "hpo"),
        (["up", "enter"], "lowprio"),
        (["t", "r", "enter"], "train"),
        (["o", "down", "enter"], "lowprio"),
        (["z", "enter"], NOT_YET),
        (["escape"], None),
    ],
)
async def test_choosing(keys: list[str], answer: object) -> None:
    async with shown(ChooseDialog("To queue", CHOICES)) as (app, pilot):
        await pilot.press(*keys)
        await pilot.pause()
        assert app.answer == answer or app.answer is answer


async def test_the_present_choice_is_under_the_cursor() -> None:
    async with shown(ChooseDialog("To queue", CHOICES, chosen="train")) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause()
        assert app.answer == "train"


def test_what_begins_with_the_text_comes_first() -> None:
    found = [choice.value for choice in matching(CHOICES, "t")]
    assert found == ["train", "default"]


def columns(*titles: str) -> list[Column[object]]:
    return [
        Column(key=title, title=title, render=str, least=1, ideal=1, sort=title.lower())
        for title in titles
    ]


def test_every_sort_has_a_letter_of_its_own() -> None:
    keys = sort_keys(columns("ID", "STATE", "SINCE", "OO"), "Queue order")
    assert [key.letter for key in keys] == ["o", "i", "s", "n", "a"]
    assert keys[0].sort is None


async def test_a_letter_answers_and_another_does_not() -> None:
    keys = sort_keys(columns("NAME", "STATE"), "")
    async with shown(SortDialog(keys, sort="name", descending=True)) as (app, pilot):
        assert "Name ▼" in screen_text(app)
        await pilot.press("z")
        assert app.answer is NOT_YET
        await pilot.press("s")
        await pilot.pause()
        assert app.answer == keys[1]


@pytest.mark.parametrize(("typed", "answer"), [("x2", "trainx2"), ("", "train")])
async def test_asking_for_a_name(typed: str, answer: str) -> None:
    async with shown(AskDialog("Rename", "Its name.", value="train")) as (app, pilot):
        await pilot.press("end", *typed, "enter")
        await pilot.pause()
        assert app.answer == answer


async def test_asking_takes_no_blank_name() -> None:
    async with shown(AskDialog("Add", "Its name.")) as (app, pilot):
        await pilot.press("space", "enter")
        await pilot.pause()
        assert app.answer is NOT_YET


@asynccontextmanager
async def above_another(dialog: DialogScreen[Any]) -> AsyncIterator[tuple[DialogApp, Pilot[None]]]:
    """The dialog, opened from a dialog that stays."""
    async with shown(ChooseDialog("Below", [Choice("one", "one")])) as (app, pilot):
        app.push_screen(dialog)
        await pilot.pause()
        yield app, pilot


async def test_a_dialog_is_left_once_however_often_its_button_is_pressed() -> None:
    dialog = ConfirmDialog(question(3))
    async with above_another(dialog) as (app, pilot):
        button = dialog.query_one("#confirm", Button)
        for _ in range(3):
            dialog.post_message(Button.Pressed(button))
        await pilot.pause()
        assert dialog.is_left
        assert app.screen is app.dialog
        assert app.answer is NOT_YET


async def test_a_dialog_that_is_covered_is_left_when_it_is_in_front_again() -> None:
    covering = ConfirmDialog(question(3))
    async with above_another(covering) as (app, pilot):
        app.dialog.dismiss("one")
        await pilot.pause()
        assert app.screen is covering
        assert app.answer is NOT_YET
        await pilot.press("escape")
        await until(pilot, lambda: app.answer == "one", "the answer")
        assert len(app.screen_stack) == 1
