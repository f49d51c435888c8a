"""The program that runs containers, docker or podman, and how it is asked."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from remote_agent.containers.failure import ContainerError

DOCKER, PODMAN = "docker", "podman"
PATIENCE = 60.0
"""Seconds within which an engine answers that is well."""
_LARGEST = 4 << 20
_LONGEST_COMPLAINT = 600
_FROM_DAEMON = "Error response from daemon: "
_OF_NO_USE = ("See '", "Run '", "time=")
_REMEMBERED = re.compile(
    r"(DOCKER_(HOST|CONTEXT|CONFIG|CERT_PATH|TLS_VERIFY)|CONTAINER_HOST|CONTAINERS_\w+|STORAGE_\w+"
    r"|HOME|PATH|TMPDIR|XDG_(RUNTIME_DIR|DATA_HOME|CONFIG_HOME)|DBUS_SESSION_BUS_ADDRESS)\Z"
)
"""Variables by which an engine finds its daemon, its storage and its settings."""


class Answer(NamedTuple):
    """What a program has said to the end."""

    code: int
    said: str
    complaint: str
    """What it said of what went wrong, in one line."""


class Engine(NamedTuple):
    """One engine on this machine."""

    kind: str
    """`docker` or `podman`."""
    program: str
    surroundings: Dict[str, str]
    """The variables that it is run with."""
    confinement: Tuple[str, ...] = ()
    """What docker's daemon says of how it confines containers; not remembered."""

    def command(self, *arguments: str) -> List[str]:
        """The command line with these arguments."""
        return [self.program, *arguments]

    def ask(
        self,
        *arguments: str,
        patience: float = PATIENCE,
        text: Optional[bytes] = None,
        extra: Optional[Mapping[str, str]] = None,
    ) -> Answer:
        """Run it and take in what it says.

        Args:
            arguments: to the program.
            patience: seconds.
            text: its standard input; nothing when None.
            extra: further variables.

        Raises:
            ContainerError: it cannot be run, or does not answer.
        """
        return _ask(
            self.command(*arguments), {**self.surroundings, **(extra or {})}, patience, text
        )

    def demand(self, what: str, *arguments: str, patience: float = PATIENCE) -> str:
        """Run it and return what it says, without the space around.

        Raises:
            ContainerError: it fails; the sentence begins with `what`.
        """
        answer = self.ask(*arguments, patience=patience)
        if answer.code != 0:
            raise ContainerError("%s: %s." % (what, answer.complaint.rstrip(".")))
        return answer.said.strip()

    def to_json(self) -> Dict[str, object]:
        """What must be known to ask the same engine later, from another process."""
        kept = {name: text for name, text in self.surroundings.items() if _REMEMBERED.match(name)}
        return {"kind": self.kind, "program": self.program, "surroundings": kept}


def engine_from_json(said: object) -> Engine:
    """What `to_json` gave.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(said, dict) or said.get("kind") not in (DOCKER, PODMAN):
        raise ValueError("this is no engine: %.100r" % (said,))
    program, surroundings = said.get("program"), said.get("surroundings")
    if not isinstance(program, str) or not isinstance(surroundings, dict):
        raise ValueError("this is no engine: %.100r" % (said,))  # noqa: TRY004 - of content
    return Engine(said["kind"], program, {str(k): str(v) for k, v in surroundings.items()})


def find_engine(wanted: str, surroundings: Mapping[str, str]) -> Engine:
    """The engine of this machine.

    Args:
        wanted: `docker`, `podman`, the path of a program that is one of them, or empty: docker if
            it is there and its daemon answers, else podman.
        surroundings: the variables to run it with.

    Raises:
        ContainerError: there is none that can be used.
    """
    complaints = []
    for name in [wanted] if wanted else [DOCKER, PODMAN]:
        program = shutil.which(name, path=surroundings.get("PATH"))
        if program is None:
            complaints.append("%s is not installed" % name)
            continue
        engine, complaint = _try(program, surroundings)
        if engine is not None:
            return engine
        complaints.append("%s cannot be used (%s)" % (name, complaint))
    raise ContainerError(
        "this machine has no engine that could run containers: %s. Install docker or podman, and "
        "let the account use it (for docker, it has to be in the group docker)."
        % "; ".join(complaints)
    )


def _try(program: str, surroundings: Mapping[str, str]) -> Tuple[Optional[Engine], str]:
    """The engine, if it works; else what it complains of.

    Which of the two it is, it says itself: podman may be installed as `docker`.
    """
    engine = Engine(DOCKER, program, dict(surroundings))
    is_podman = os.path.basename(program) == PODMAN  # which takes long to tell of itself
    question = ("ps", "--quiet") if is_podman else ("info", "--format", "{{json .}}")
    try:
        answer = engine.ask(*question)
    except ContainerError as error:
        return None, str(error).rstrip(".")
    if answer.code != 0:
        return None, answer.complaint.rstrip(".")
    said = {} if is_podman else _object_in(answer.said)
    if is_podman or "host" in said:
        return engine._replace(kind=PODMAN), ""
    options = said.get("SecurityOptions") or ()
    return engine._replace(confinement=tuple(str(option) for option in options)), ""


def _object_in(said: str) -> Dict[str, Any]:
    try:
        value = json.loads(said)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _ask(
    command: Sequence[str], surroundings: Mapping[str, str], patience: float, text: Optional[bytes]
) -> Answer:
    try:
        with subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(surroundings),
            cwd="/",
        ) as process:
            try:
                said, complained = process.communicate(text, patience)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise ContainerError(
                    "%s did not answer within %.0f s; look whether its daemon is well."
                    % (os.path.basename(command[0]), patience)
                ) from error
    except OSError as error:
        raise ContainerError("%s cannot be run: %s." % (command[0], error.strerror)) from error
    complaint = complaint_of(complained) or complaint_of(said) or "it says no more"
    return Answer(process.returncode, said[:_LARGEST].decode("utf-8", "replace"), complaint)


def complaint_of(said: bytes) -> str:
    """The line that matters of what an engine says when it fails: its daemon's, or the last."""
    lines = [line.strip() for line in said[-_LARGEST:].decode("utf-8", "replace").splitlines()]
    useful = [line for line in lines if line and not line.startswith(_OF_NO_USE)]
    ranked = [line for line in useful if line.startswith(_FROM_DAEMON)] or useful
    text = ranked[-1] if ranked else ""
    for prefix in (_FROM_DAEMON, "Error: ", "docker: "):
        if text.startswith(prefix):
            text = text[len(prefix) :]
    return text[:_LONGEST_COMPLAINT]
