"""Gives a machine our public key, with a password that is used once and kept nowhere."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Final

from clearq_tui.fleet.destination import Destination
from clearq_tui.fleet.host_keys import decode_public_key
from clearq_tui.fleet.ssh_settings import Surroundings
from clearq_tui.model import ClearqError

# Only sh ever reads this; the login shell may be fish or tcsh.
_SCRIPT: Final = r"""
umask 077
fail() { echo "clearq-enrolment: failed: $1"; exit 1; }
cd || fail "the home directory cannot be entered"
mkdir -p .ssh && chmod 700 .ssh || fail "the directory .ssh cannot be made"
file=.ssh/authorized_keys
[ -e "$file" ] || : > "$file" || fail "$file cannot be made"
chmod 600 "$file" || fail "the mode of $file cannot be set"
case "$(ls -ld .)" in
    ?????w*|????????w*) echo "clearq-enrolment: home is writable" ;;
esac
if grep -v '^[[:space:]]*#' "$file" | grep -qF -- "$key"; then
    echo "clearq-enrolment: present"
    exit 0
fi
[ -z "$(tail -c 1 "$file")" ] || echo >> "$file" || fail "$file cannot be written"
printf '%s\n' "$line" >> "$file" || fail "$file cannot be written"
grep -qxF -- "$line" "$file" || fail "the key is not in $file after it was written"
if command -v restorecon > /dev/null 2>&1; then restorecon -F .ssh "$file" > /dev/null 2>&1; fi
echo "clearq-enrolment: added"
"""


class EnrolmentFailed(ClearqError):
    """We were let in, but the key could not be put in its place."""


@dataclass(frozen=True)
class Enrolment:
    """How it went."""

    added: bool
    """False: the key was there before."""
    warning: str = ""
    """Why sshd may ignore the key all the same; empty: no reason seen."""


def install_public_key(
    destination: Destination, password: str, public_key: str, surroundings: Surroundings
) -> Enrolment:
    """Log in with a password and add a key to `authorized_keys`. Blocks; may be repeated.

    The host's key is verified as for every connection; bastions are passed with keys.

    Raises:
        ConnectFailed: one of its kinds; UnknownHostKey when the operator must accept first.
        EnrolmentFailed: the key is malformed, or could not be written there.
    """
    from clearq_tui.fleet.paramiko_connection import log_in_with_password, open_session, run_script
    from clearq_tui.fleet.transports.way import find_way

    script = _script(public_key)
    way = find_way(destination, surroundings)
    with open_session(way, surroundings, log_in_with_password(password)) as host:
        answer = run_script(host, script, way.settings)
    return _read_answer(answer.output, answer.errors, str(way.settings))


def _script(public_key: str) -> str:
    line = public_key.strip()
    try:
        decode_public_key(line)
    except ValueError as error:
        raise EnrolmentFailed(f"The key was not installed: {error}.") from error
    if not line.isprintable():
        raise EnrolmentFailed("The key was not installed: it holds control characters.")
    key = " ".join(line.split()[:2])
    return f"line={shlex.quote(line)}\nkey={shlex.quote(key)}\n{_SCRIPT}"


def _read_answer(output: str, errors: str, who: str) -> Enrolment:
    """Find our own lines among whatever the login shell's files print."""
    _, *words = output.split("clearq-enrolment: ")
    said = [word.partition("\n")[0].strip() for word in words]
    for word in said:
        if word.startswith("failed: "):
            reason = "".join(c for c in word[8:] if c.isprintable())
            raise EnrolmentFailed(f"The key was not installed for {who}: {reason}.")
    if "added" not in said and "present" not in said:
        noise = "".join(c if c.isprintable() else " " for c in (errors or output)[-300:]).strip()
        raise EnrolmentFailed(
            f"The key was not installed for {who}: the account ran no command"
            f"{': ' + noise if noise else ''}."
        )
    warning = ""
    if "home is writable" in said:
        warning = (
            "The home directory is writable by others, so sshd ignores authorized_keys unless "
            "StrictModes is off; run there: chmod go-w ~"
        )
    return Enrolment("added" in said, warning)
