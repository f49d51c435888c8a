"""Lets the engine into a registry for the time of one pull. The password is on no disk."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import Dict, Iterator, Mapping

from remote_agent.containers.engine import DOCKER, Engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.wish import Login
from remote_agent.removal import remove_tree


@contextlib.contextmanager
def logged_in(
    engine: Engine, login: Login, secret_files: Mapping[str, str]
) -> Iterator[Dict[str, str]]:
    """Log in; the variables with which the engine knows that it is.

    Args:
        engine: to log in.
        login: where, and as whom.
        secret_files: by name the paths of the secrets' files, which lie in memory.

    Raises:
        ContainerError: the secret is not there, or the registry refuses.
    """
    path = secret_files.get(login.secret)
    if path is None:
        raise ContainerError(
            "the secret %s, with which to log in to %s, is not among the task's secrets."
            % (login.secret, login.registry)
        )
    with open(path, "rb") as file:
        password = file.read()
    # Beside the secrets: in memory, and removed with them if this process is killed.
    place = tempfile.mkdtemp(prefix="login-", dir=os.path.dirname(path))
    try:
        variables = _variables(engine, place)
        answer = engine.ask(
            "login",
            "--username",
            login.user,
            "--password-stdin",
            login.registry,
            text=password,
            extra=variables,
        )
        if answer.code != 0:
            raise ContainerError(
                "%s refuses the login of %s: %s."
                % (login.registry, login.user, answer.complaint.rstrip("."))
            )
        yield variables
    finally:
        remove_tree(place)


def _variables(engine: Engine, place: str) -> Dict[str, str]:
    if engine.kind != DOCKER:
        return {"REGISTRY_AUTH_FILE": os.path.join(place, "auth.json")}
    variables = {"DOCKER_CONFIG": place}
    if "DOCKER_HOST" not in engine.surroundings:
        # The account's settings, which are not looked at now, may say which daemon it uses.
        said = engine.ask("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
        if said.code == 0 and said.said.strip():
            variables["DOCKER_HOST"] = said.said.strip()
    return variables
