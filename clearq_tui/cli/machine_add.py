"""`clearq machine add`."""

from __future__ import annotations

import time

import click
from click.exceptions import Exit

from clearq_tui.cli.command_types import command
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import warn
from clearq_tui.fleet.destination import BadDestination, parse_destination, parse_hop
from clearq_tui.operations.machines import TRANSPORTS, NewMachine
from clearq_tui.operations.machines import add_machine as add
from clearq_tui.operations.workers import NewWorker


@command("add", ExitCode.NOT_FOUND, ExitCode.REFUSED, ExitCode.HOST_KEY)
@click.argument("target")
@click.option("--name", help="How clearq calls it; the host's name without this.")
@click.option("--user", help="The account there.")
@click.option("--port", type=int, help="Where its SSH server listens.")
@click.option("--identity", metavar="FILE", help="The private key to log in with.")
@click.option("--jump", metavar="HOST", help="The bastion on the way.")
@click.option("--transport", type=click.Choice(TRANSPORTS), default=TRANSPORTS[0])
@click.option("--python", metavar="PATH", help="The interpreter for the agent there.")
@click.option("--slots", type=click.IntRange(min=0), default=1, help="Tasks at once.  [1]")
@click.option(
    "--queue",
    "queues",
    metavar="NAME",
    multiple=True,
    help="A queue that its worker serves, instead of the default one; may be repeated.",
)
@click.option("--no-worker", is_flag=True, help="Add no worker; `clearq worker add` does it later.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is online.")
@click.option("--no-start", is_flag=True, help="Start no controller, and do not wait.")
@click.option("--timeout", default=60.0, show_default=True, help="Seconds to wait.")
def add_machine(
    target: str,
    name: str | None,
    user: str | None,
    port: int | None,
    identity: str | None,
    jump: str | None,
    transport: str,
    python: str | None,
    slots: int,
    queues: tuple[str, ...],
    no_worker: bool,
    no_wait: bool,
    no_start: bool,
    timeout: float,
) -> None:
    """Register a machine and wait until its agent is online.

    TARGET is what `ssh` takes: an alias of your ssh_config, user@host, host:port. A machine whose
    host key is not known shows it and asks; without a terminal, the command ends and says so.
    """
    local = transport == "local"
    new = NewMachine(
        name=name or (target if local else _suggested_name(target)),
        target="" if local else target,
        transport=transport,
        user=user,
        port=port,
        identity=identity,
        jump=jump,
        interpreter=python,
    )
    _check_destination(new)
    worker = None if no_worker else NewWorker(slots=slots, queues=queues)
    with open_session() as session:
        add(session.store, new, worker, now=time.time())
        session.tell_controller(start=not no_start)
        if no_wait or no_start:
            return
        from clearq_tui.cli.link_following import follow

        try:
            code = follow(session, new.name, timeout)
        except KeyboardInterrupt:
            warn(f"No longer waiting; {new.name} stays registered.")
            code = ExitCode.INTERRUPTED
    raise Exit(code)


def _suggested_name(target: str) -> str:
    """`gpu1` for `me@gpu1:2222`."""
    try:
        return parse_hop(target).host
    except BadDestination as error:
        raise click.UsageError(str(error)) from error


def _check_destination(new: NewMachine) -> None:
    """Refuse now what the controller would find malformed when it first tries to connect."""
    try:
        parse_destination(
            new.target,
            user=new.user,
            port=new.port,
            identity=new.identity,
            jump=new.jump,
            transport=new.transport,
        )
    except BadDestination as error:
        raise click.UsageError(str(error)) from error
