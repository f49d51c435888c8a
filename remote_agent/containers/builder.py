"""A second container of the attempt, in which its packages are installed.

In it the cache may be written to. In the task's own container it may not, so that no task changes
what others use; and an engine cannot take that right from a container that has had it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, List, Optional

from remote_agent.containers.container import Container
from remote_agent.containers.creation import Plan
from remote_agent.containers.engine import Engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.places import HOME, IDLE, Desk, Mount
from remote_agent.containers.record import Record, read_record, write_record
from remote_agent.containers.scripts import IDLE_TEXT
from remote_agent.python_environments.index_settings import CERTIFICATES

if TYPE_CHECKING:
    from remote_agent.environments.interface import Site

_COPYING = 600.0
_SETTINGS = (".config/uv/uv.toml", ".netrc")
_OF_THE_MACHINE = "/etc/uv/uv.toml"
_OF_USE = (
    *("--network=", "--dns", "--add-host=", "--env=", "--env-file=", "--memory="),
    *("--platform=", "--http-proxy"),
)
"""Arguments that matter for it; others may not be given to two containers at once."""


class Builder:
    """Made when it is needed first. A context: removed at its end."""

    def __init__(self, engine: Engine, plan: Plan, origin: Optional[str], site: Site) -> None:
        """`plan` is that of the task's container.

        `origin` is the id of that container where it is no longer as its image is, and what was
        done to it has to be in this one too.
        """
        self._engine = engine
        self._plan = plan
        self._origin = origin
        self._site = site
        self._container: Optional[Container] = None
        self._copy = ""
        self._shown: List[str] = []

    @property
    def name(self) -> str:
        """Of the container."""
        return self._plan.name + "-builder"

    def show(self, path: str) -> None:
        """Let it see this file of the machine, once it is made."""
        seen = (self._site.layout.cache + os.sep, self._site.directory + os.sep)
        if not path.startswith(seen):
            self._shown.append(path)

    def start(self) -> None:
        """See to it that it runs.

        Raises:
            ContainerError: the engine refuses.
            OSError: the disk refuses.
        """
        if self._container is not None:
            return
        plan = self._plan._replace(
            name=self.name,
            image=self._image(),
            mounts=self._mounts(),
            arguments=[word for word in self._plan.arguments if word.startswith(_OF_USE)],
            main=IDLE,
        )
        Desk(plan.directory).write_script(os.path.basename(IDLE), IDLE_TEXT)
        self._container = Container(self._engine, plan, self._plan.image)

    def __enter__(self) -> Builder:
        return self

    def __exit__(self, *_: object) -> None:
        if self._container is not None:
            self._container.remove()
        if self._copy:
            self._engine.ask("image", "rm", "--force", self._copy)
            self._note_images([])

    def _image(self) -> str:
        """The task's image, or one of what the set-up scripts have made of it."""
        if self._origin is None:
            return self._plan.image
        self._copy = "localhost/clearq-builder:%s" % self._plan.name
        self._note_images([self._copy])
        answer = self._engine.ask(
            "commit", "--pause=false", self._origin, self._copy, patience=_COPYING
        )
        if answer.code != 0:
            raise ContainerError(
                "the container cannot be copied for the packages' sake: %s."
                % answer.complaint.rstrip(".")
            )
        return self._copy

    def _mounts(self) -> List[Mount]:
        layout, desk = self._site.layout, Desk(self._plan.directory)
        readable = [path for path in (layout.blobs, layout.kept) if os.path.isdir(path)]
        return [
            *desk.mounts(),
            Mount(layout.cache, layout.cache, False),
            Mount(self._plan.directory, self._plan.directory, False),
            *(Mount(path, path, True) for path in [*readable, *self._certificates()]),
            *(Mount(path, path, True) for path in dict.fromkeys(self._shown)),
            *self._settings(desk),
        ]

    def _certificates(self) -> List[str]:
        """What the tool is told to trust; an image may have nothing of its own."""
        told = self._site.variables.get("SSL_CERT_FILE", "")
        return [path for path in dict.fromkeys((told, *CERTIFICATES)) if os.path.isfile(path)]

    def _settings(self, desk: Desk) -> List[Mount]:
        """The account's settings of the tool, and its passwords for indexes."""
        home = self._site.variables.get("HOME", os.path.expanduser("~"))
        mounts = []
        for name in _SETTINGS:
            source = os.path.join(home, name)
            if os.path.isfile(source):
                # Made here: made by the engine, its place would belong to root.
                place = os.path.join(desk.work, "home", name)
                os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
                os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
                mounts.append(Mount(source, "%s/%s" % (HOME, name), True))
        if os.path.isfile(_OF_THE_MACHINE):
            mounts.append(Mount(_OF_THE_MACHINE, _OF_THE_MACHINE, True))
        return mounts

    def _note_images(self, names: List[str]) -> None:
        record = read_record(self._plan.directory) or Record(self._engine)
        write_record(self._plan.directory, record._replace(images=tuple(names)))
