"""Has a task's image and makes its container, if the machine allows what the spec asks for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, List, Mapping

from remote_agent.containers.account import account_in_container, has_selinux
from remote_agent.containers.argument_policy import Policy, judged, option_of
from remote_agent.containers.argument_syntax import read_arguments
from remote_agent.containers.container import Container
from remote_agent.containers.creation import Plan
from remote_agent.containers.discarding import discard
from remote_agent.containers.engine import find_engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.given import mounts_for
from remote_agent.containers.image import provide_image
from remote_agent.containers.owner_rules import OwnerRules, places, read_owner_rules
from remote_agent.containers.places import MAIN, Desk
from remote_agent.containers.record import container_name
from remote_agent.containers.scripts import MAIN_TEXT
from remote_agent.containers.task_container import TaskContainer
from remote_agent.containers.wish import ImageWish, read_wish

if TYPE_CHECKING:
    from remote_agent.environments.interface import Site


def open_container(site: Site, surroundings: Mapping[str, str]) -> TaskContainer:
    """Make and start the container, anew if there was one; `surroundings`: the engine's variables.

    Raises:
        ContainerError: the machine cannot or must not do what the spec asks for.
        OSError: the disk refuses.
    """
    rules = read_owner_rules(places())
    wish = read_wish(site.spec)
    arguments = _judged(wish, rules, site)
    engine = find_engine(rules.engine, surroundings)
    image = provide_image(engine, wish, site)
    left = discard(site.directory)
    if left:
        raise ContainerError(left)
    desk = Desk(site.directory)
    desk.make()
    desk.write_script(os.path.basename(MAIN), MAIN_TEXT)
    wants_packages = not wish.is_prebuilt and bool(
        site.spec.get("packages") or site.spec.get("python")
    )
    plan = Plan(
        engine=engine.kind,
        name=container_name(site.layout.root, os.path.basename(site.directory)),
        directory=site.directory,
        image=image,
        who=account_in_container(engine),
        mounts=mounts_for(site, wants_packages),
        gpus=site.spec.get("gpus") or (),
        arguments=arguments,
        main=MAIN,
        has_selinux=has_selinux(),
    )
    return TaskContainer(site, engine, plan, Container(engine, plan, wish.name), wants_packages)


def _judged(wish: ImageWish, rules: OwnerRules, site: Site) -> List[str]:
    wanted = [
        *option_of("network", wish.network),
        *option_of("shm-size", wish.shm_size),
        *read_arguments(wish.arguments),
    ]
    return judged(wanted, Policy(rules, os.path.realpath, (site.layout.root,)))
