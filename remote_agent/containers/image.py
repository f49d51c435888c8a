"""Sees to it that a task's image is on the machine."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING, Iterator

from remote_agent.containers.archive import load, tag_of
from remote_agent.containers.engine import Engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.login import logged_in
from remote_agent.containers.wish import Archive, ImageWish

if TYPE_CHECKING:
    from remote_agent.environments.interface import Site

UNUSED_FOR = 30 * 86400.0
"""Seconds after which an image goes that the laptop has brought and no task wants."""
_PLACE = "images"
"""Where in the cache the files lie whose times say when such an image was last wanted."""


def provide_image(engine: Engine, wish: ImageWish, site: Site) -> str:
    """The id of the image, which is pulled or loaded now if it is not there.

    Raises:
        ContainerError: it cannot be had.
        OSError: the disk refuses.
    """
    if wish.archive is not None:
        return _brought(engine, wish, wish.archive, site)
    found = identity_of(engine, wish.name)
    if found:
        return found
    if site.spec.get("offline") is True:
        raise ContainerError(
            "the image %s is not on this machine, and nothing may be fetched from the network "
            "here; bring it from the laptop." % wish.name
        )
    site.say("Pulling the image %s." % wish.name)
    _pull(engine, wish, site)
    return _known(engine, wish.name)


def identity_of(engine: Engine, name: str) -> str:
    """The id of the image that has this name here; empty: there is none."""
    answer = engine.ask("image", "inspect", "--format", "{{.Id}}", name)
    return answer.said.strip() if answer.code == 0 else ""


def _known(engine: Engine, name: str) -> str:
    found = identity_of(engine, name)
    if not found:
        raise ContainerError("%s has no image %s although it said so." % (engine.kind, name))
    return found


def _pull(engine: Engine, wish: ImageWish, site: Site) -> None:
    with contextlib.ExitStack() as stack:
        variables = dict(engine.surroundings)
        if wish.login is not None:
            variables.update(stack.enter_context(logged_in(engine, wish.login, site.secret_files)))
        code = site.run(engine.command("pull", wish.name), environment=variables)
    if code != 0:
        raise ContainerError(
            "the image %s cannot be pulled (exit code %d); the log has what %s said. Where this "
            "machine cannot reach the registry, have clearq bring the image from the laptop."
            % (wish.name, code, engine.kind)
        )


def _brought(engine: Engine, wish: ImageWish, archive: Archive, site: Site) -> str:
    tag = tag_of(archive)
    place = os.path.join(site.layout.cache, _PLACE)
    os.makedirs(place, mode=0o700, exist_ok=True)
    with _turn(os.path.join(place, archive.config)) as mark:
        found = identity_of(engine, tag)
        if not found:
            site.say(
                "Loading the image %s: %d layers, %.0f MB."
                % (wish.name, len(archive.layers), archive.size / 1e6)
            )
            load(engine, archive, site.layout.blob, site.log)
            found = _known(engine, tag)
            _remove_unused(engine, place, time.time() - UNUSED_FOR)
        os.utime(mark)
    return found


@contextlib.contextmanager
def _turn(path: str) -> Iterator[int]:
    """Two tasks that want the same image do not load it both."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _remove_unused(engine: Engine, place: str, before: float) -> None:
    """Remove images that were brought and not wanted since; one in use refuses to go."""
    for name in os.listdir(place):
        path = os.path.join(place, name)
        if os.stat(path).st_mtime < before:
            engine.ask("image", "rm", tag_of(Archive(name, (), 0)))
            os.unlink(path)
