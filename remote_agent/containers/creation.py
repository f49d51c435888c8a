"""The command line that makes a container. Pure."""

from __future__ import annotations

import csv
import io
from typing import List, NamedTuple, Sequence, Tuple

from remote_agent.containers.engine import PODMAN
from remote_agent.containers.places import Mount
from remote_agent.containers.record import LABEL


class Who(NamedTuple):
    """The account that the container's processes are, so that what they write belongs to it."""

    uid: int
    gid: int
    groups: Tuple[int, ...]
    """The account's other groups, whose files it may use."""
    keeps_id: bool
    """The engine has to map the account to itself, as podman without root."""


class Plan(NamedTuple):
    """All that decides how a container is made."""

    engine: str
    """Which kind it is."""
    name: str
    directory: str
    """The attempt's."""
    image: str
    """Its id: the name may come to mean another."""
    who: Who
    mounts: Sequence[Mount]
    gpus: Sequence[str]
    arguments: Sequence[str]
    """The operator's, judged."""
    main: str
    """The script, in the container, that is its first process."""
    has_selinux: bool
    """The machine would keep the container from the files that it is given."""


def creating(plan: Plan) -> List[str]:
    """The arguments for the engine."""
    words = ["create", "--name", plan.name, "--label", "%s=%s" % (LABEL, plan.directory)]
    words += ["--log-driver", "none", "--no-healthcheck"]
    words += user_options(plan.who)
    for mount in plan.mounts:
        words += ["--mount", mount_option(mount)]
    words += gpu_options(plan.engine, plan.gpus)
    if plan.has_selinux:
        words += ["--security-opt", "label=disable"]
    return [*words, *plan.arguments, "--entrypoint", "/bin/sh", plan.image, plan.main]


def user_options(who: Who) -> List[str]:
    """Who the container's processes are."""
    words = ["--user", "%d:%d" % (who.uid, who.gid)]
    if who.keeps_id:
        return [*words, "--userns", "keep-id"]
    for group in who.groups:
        words += ["--group-add", str(group)]
    return words


def gpu_options(engine: str, gpus: Sequence[str]) -> List[str]:
    """Exactly these GPUs; none at all where there are none, whatever the image asks for."""
    if not gpus:
        return ["--env", "NVIDIA_VISIBLE_DEVICES=void"]
    if engine == PODMAN:
        return [word for gpu in gpus for word in ("--device", "nvidia.com/gpu=" + gpu)]
    # The option's value is itself a list with commas, hence the quotes.
    return ["--gpus", '"device=%s"' % ",".join(gpus)]


def mount_option(mount: Mount) -> str:
    """The value of `--mount`, in which paths may hold commas and quotes."""
    fields = ["type=bind", "source=" + mount.source, "target=" + mount.target]
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(
        [*fields, "readonly"] if mount.is_read_only else fields
    )
    return text.getvalue()
