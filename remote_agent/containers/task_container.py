"""One task's container through its steps, until everything is ready for the command."""

from __future__ import annotations

import hashlib
import os
import pwd
import shlex
import stat
import sys
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional

from remote_agent.containers.account import account_in_container, has_selinux
from remote_agent.containers.argument_policy import Policy, judged, option_of
from remote_agent.containers.argument_syntax import read_arguments
from remote_agent.containers.container import Container
from remote_agent.containers.creation import Plan
from remote_agent.containers.discarding import discard
from remote_agent.containers.engine import Engine, find_engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.image import provide_image
from remote_agent.containers.owner_rules import OwnerRules, places, read_owner_rules
from remote_agent.containers.places import HOME, LOG, MAIN, PRELUDE, WORK, Desk, Mount
from remote_agent.containers.record import container_name
from remote_agent.containers.scripts import (
    MAIN_TEXT,
    command_script,
    prelude,
    set_up_script,
)
from remote_agent.containers.secrets_inside import secret_mounts, secret_paths
from remote_agent.containers.system_packages_script import (
    NO_INSTALLER,
    Installer,
    system_packages_script,
)
from remote_agent.containers.wish import ImageWish, read_wish

if TYPE_CHECKING:
    from remote_agent.environments.interface import Site

_OURS = "CLEARQ_"
_SHARED = ("environments", "pythons", "pip")
"""Of the cache: environments, builds of Python, and pip."""


class TaskContainer:
    """Its methods are called in the order of the steps."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._desk = Desk(site.directory)
        self._exports = 0
        """How many set-up scripts have told what they export."""
        self._container: Optional[Container] = None
        self._engine: Optional[Engine] = None
        self._plan: Optional[Plan] = None
        self._wish: Optional[ImageWish] = None
        self._done: List[str] = []
        """What was done to the container since it was made from its image."""
        self._own = ""
        """The directory of the attempt's own Python environment; empty: it has none."""

    def open(self, surroundings: Mapping[str, str]) -> None:
        """Have the image and make the container; `surroundings`: the engine's variables.

        Raises:
            ContainerError: the machine cannot or must not do what the spec asks for.
            OSError: the disk refuses.
        """
        rules = read_owner_rules(places())
        wish = read_wish(self._site.spec)
        arguments = self._judged(wish, rules)
        engine = find_engine(rules.engine, surroundings)
        image = provide_image(engine, wish, self._site)
        left = discard(self._site.directory)
        if left:
            raise ContainerError(left)
        self._desk.make()
        self._desk.write_script("main.sh", MAIN_TEXT)
        self._wish, self._engine = wish, engine
        self._plan = self._planned(engine, image, arguments)
        self._container = Container(engine, self._plan, wish.name)

    def run_script(self, whose: str, script: str) -> None:
        """Run a set-up script in it; what it exports stands for all that comes after it.

        Raises:
            ContainerError: it failed.
            OSError: the disk refuses.
        """
        name = "set-up-" + whose
        os.mkdir(os.path.join(self._desk.work, name), 0o700)
        path = self._desk.write_script(name + ".sh", script)
        text = set_up_script(self._prelude(), path, "%s/%s" % (WORK, name), self._exports + 1)
        code = self._run("run-%s.sh" % name, text)
        self._done += [whose, script]
        if code != 0:
            raise ContainerError("the %s's script ended with exit code %d." % (whose, code))
        exported = os.path.join(self._desk.work, "exports-%d" % (self._exports + 1))
        if os.path.lexists(exported):  # else it set a trap of its own for its end
            self._exports += 1

    def install_system_packages(self, installers: Iterable[Installer], names: List[str]) -> None:
        """Install what is missing of them; the names have been checked.

        Raises:
            ContainerError: they cannot be installed.
            OSError: the disk refuses.
        """
        text = self._prelude() + system_packages_script(installers, names)
        code = self._run("system-packages.sh", text, as_root=True)
        self._done += names
        if code == NO_INSTALLER:
            raise ContainerError(
                "the image has none of %s, with which to install %s."
                % (", ".join(one.program for one in installers), ", ".join(names))
            )
        if code != 0:
            raise ContainerError(
                "%s could not be installed in the image (exit code %d); the log has what was said."
                % (", ".join(names), code)
            )

    def set_up_packages(self) -> None:
        """Install the packages that the spec asks for, for the image's Python or one brought to it.

        Raises:
            ContainerError: they cannot be installed.
            StepFailed: the same, with a sentence of whoever installs on machines too.
            OSError: the disk refuses.
        """
        if not self._wants_packages:
            self._site.say("The image has everything.")
            return
        assert self._container is not None, "opened first"
        assert self._plan is not None, "opened first"
        assert self._engine is not None, "opened first"
        from remote_agent.containers.builder import Builder
        from remote_agent.containers.image_packages import set_up_in_image

        self._desk.write_script(os.path.basename(PRELUDE), self._prelude())
        # It may have been downloaded anew under the same name, or changed by scripts.
        origin = hashlib.sha256(repr([self._plan.image, *self._done]).encode()).hexdigest()[:16]
        changed = self._container.identity if self._done else None
        with Builder(self._engine, self._plan, changed, self._site) as builder:
            self._own = set_up_in_image(
                self._site, self._plan.name, builder, origin, is_as_image=not self._done
            )

    def ready(self, place: str) -> List[str]:
        """What stands for the command, which is to run at the place.

        Raises:
            ContainerError: the engine refuses.
            OSError: the disk refuses.
        """
        uses = self._secret_uses()
        text = command_script(
            self._prelude() + prelude(secret_paths(uses, "file"), 0) + self._with_own(),
            secret_paths(uses, "variable"),
            place,
            self._site.spec["command"],
            self._variables(),
        )
        self._desk.write_script("command.sh", text)
        assert self._container is not None, "opened first"
        self._container.settle()
        agent = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        return [sys.executable, "-IS", agent, "keep-container", self._site.directory]

    # Small parts

    def _judged(self, wish: ImageWish, rules: OwnerRules) -> List[str]:
        wanted = [
            *option_of("network", wish.network),
            *option_of("shm-size", wish.shm_size),
            *read_arguments(wish.arguments),
        ]
        return judged(wanted, Policy(rules, os.path.realpath, (self._site.layout.root,)))

    @property
    def _wants_packages(self) -> bool:
        """Whether step 5 has anything to do."""
        spec = self._site.spec
        is_prebuilt = self._wish is not None and self._wish.is_prebuilt
        return not is_prebuilt and bool(spec.get("packages") or spec.get("python"))

    def _planned(self, engine: Engine, image: str, arguments: List[str]) -> Plan:
        site = self._site
        return Plan(
            engine=engine.kind,
            name=container_name(site.layout.root, os.path.basename(site.directory)),
            directory=site.directory,
            image=image,
            who=account_in_container(engine),
            mounts=[*self._mounts(), *self._mounts_for_packages()],
            gpus=site.spec.get("gpus") or (),
            arguments=arguments,
            main=MAIN,
            has_selinux=has_selinux(),
        )

    def _mounts(self) -> List[Mount]:
        site = self._site
        # The log itself, unless what goes there has to be looked through for secrets first.
        is_plain = stat.S_ISREG(os.fstat(site.log).st_mode)
        log = site.layout.attempt_log(os.path.basename(site.directory))
        scalars = site.variables["CLEARQ_SCALARS"]
        os.close(os.open(scalars, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        mounts = [
            *self._desk.mounts(),
            Mount(log if is_plain else self._desk.stream, LOG, False),
            *(Mount(path, path, False) for path in (site.workspace, site.output, scalars)),
        ]
        return mounts + secret_mounts(self._secret_uses(), site.secret_files)

    def _mounts_for_packages(self) -> List[Mount]:
        """What is shared, only to be read; and the attempt's own environment."""
        if not self._wants_packages:
            return []
        cache = self._site.layout.cache
        own = os.path.join(self._site.directory, "venv")
        shared = [os.path.join(cache, name) for name in _SHARED]
        for path in (*shared, own):
            os.makedirs(path, mode=0o700, exist_ok=True)
        return [*(Mount(path, path, True) for path in shared), Mount(own, own, False)]

    def _with_own(self) -> str:
        """Has the command find the attempt's own Python environment."""
        if not self._own:
            return ""
        return "unset PYTHONHOME\nexport VIRTUAL_ENV=%s\nexport PATH=%s:$PATH\n" % (
            shlex.quote(self._own),
            shlex.quote(os.path.join(self._own, "bin")),
        )

    def _variables(self) -> Dict[str, str]:
        """What the command gets, of what is not from the image: nothing of the machine's own."""
        site = self._site
        ours = {name: text for name, text in site.variables.items() if name.startswith(_OURS)}
        account = _name_of_account()
        wanted = {"PYTHONUNBUFFERED": "1", "HOME": HOME, "USER": account, "LOGNAME": account}
        return {**wanted, **site.spec.get("environment", {}), **ours}

    def _prelude(self) -> str:
        variables = self._variables()
        if self._exports:
            variables = {name: text for name, text in variables.items() if name.startswith(_OURS)}
        return prelude(variables, self._exports)

    def _secret_uses(self) -> List[Dict[str, Any]]:
        return list(self._site.spec.get("secrets", ()))

    def _run(self, name: str, text: str, *, as_root: bool = False) -> int:
        path = self._desk.write_script(name, text)
        assert self._container is not None, "opened first"
        return self._container.run(self._site, path, as_root=as_root)


def _name_of_account() -> str:
    """Programs ask for it, and in the image nobody has this account's number."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return "uid%d" % os.geteuid()
