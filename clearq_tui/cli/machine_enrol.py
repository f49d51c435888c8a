"""`clearq machine enrol`: a password, once, and from then on a key."""

from __future__ import annotations

from pathlib import Path

import click

from clearq_tui.cli.command_types import command
from clearq_tui.cli.exit_codes import ExitCode
from clearq_tui.cli.session import open_session
from clearq_tui.cli.terminal import say, warn
from clearq_tui.model import NotFound
from clearq_tui.operations import finding

_KEYS = ("id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub")


@command("enrol", ExitCode.NOT_FOUND)
@click.argument("name")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The public key to install; ~/.ssh/id_ed25519.pub or the like by default.",
)
def enrol_machine(name: str, key: Path | None) -> None:
    """Install your public key on a machine that so far takes a password.

    The password is asked for, used once and kept nowhere.
    """
    from clearq_tui.fleet.destination import destination_of
    from clearq_tui.fleet.enrolment import install_public_key
    from clearq_tui.fleet.ssh_settings import surroundings_of_operator

    public_key = (key or _own_key()).read_text()
    with open_session() as session:
        destination = destination_of(finding.machine(session.store, name))
        surroundings = surroundings_of_operator(session.home.known_hosts)
        password = click.prompt(f"Password for {destination}", hide_input=True, err=True)
        enrolment = install_public_key(destination, password, public_key, surroundings)
        session.tell_controller()
    if enrolment.warning:
        warn(enrolment.warning)
    say("The key is installed." if enrolment.added else "The key was there already.")


def _own_key() -> Path:
    directory = Path.home() / ".ssh"
    for name in _KEYS:
        if (directory / name).is_file():
            return directory / name
    raise NotFound(
        f"There is no public key in {directory}; make one with ssh-keygen, or name one with --key."
    )
