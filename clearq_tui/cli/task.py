"""`clearq task …`."""

from __future__ import annotations

import click

from clearq_tui.cli.command_types import NounGroup
from clearq_tui.cli.task_changes import (
    abort_tasks,
    dequeue_tasks,
    enqueue_tasks,
    move_tasks,
    remove_tasks,
    retry_tasks,
)
from clearq_tui.cli.task_clone import clone_task
from clearq_tui.cli.task_fetch import task_fetch
from clearq_tui.cli.task_list import list_tasks
from clearq_tui.cli.task_outputs import task_outputs
from clearq_tui.cli.task_parameters import task_parameters
from clearq_tui.cli.task_scalars import task_scalars
from clearq_tui.cli.task_show import show_task


@click.group("task", cls=NounGroup)
def task() -> None:
    """List, show, abort, clone, move tasks. A TASK is its number: 8123 or #8123."""


for _command in (
    list_tasks,
    show_task,
    task_parameters,
    task_outputs,
    task_fetch,
    task_scalars,
    abort_tasks,
    retry_tasks,
    clone_task,
    enqueue_tasks,
    dequeue_tasks,
    move_tasks,
    remove_tasks,
):
    task.add_command(_command)
