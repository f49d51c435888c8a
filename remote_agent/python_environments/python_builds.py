"""Builds of Python that clearq has brought to the machine, unpacked once into the cache."""

from __future__ import annotations

import glob
import os
import re
import tarfile
import tempfile
from typing import Any, Dict

from remote_agent.environments.interface import StepFailed
from remote_agent.layout import Layout
from remote_agent.python_environments.find_python import builds_of
from remote_agent.removal import remove_tree
from remote_agent.workspace.specification import is_confined

_BUILT_FOR = "/install"
"""Where the makers of these builds had it; it stands in what compilers are told."""
_TOP = "python"
"""The directory in the archive that holds everything."""


def unpack_build(build: Dict[str, Any], layout: Layout) -> str:
    """See to it that the build from the spec lies unpacked in the cache; its directory.

    Raises:
        StepFailed: the archive is damaged or holds something else.
        OSError: the disk refuses.
    """
    above = builds_of(layout.cache)
    version = re.sub(r"[^0-9A-Za-z.]", "", str(build.get("version", "")))
    place = os.path.join(above, "cpython-%s-%s" % (version, build["sha256"][:16]))
    if os.path.isdir(place):
        return place
    os.makedirs(above, mode=0o700, exist_ok=True)
    temporary = tempfile.mkdtemp(prefix=".unpacking-", dir=above)
    try:
        _unpack(layout.blob(build["sha256"]), temporary)
        content = os.path.join(temporary, _TOP)
        if not os.path.isdir(os.path.join(content, "bin")):
            raise StepFailed(
                "%.100s is no build of Python: it has no %s/bin." % (build["name"], _TOP)
            )
        _name_its_place(content, place)
        os.rename(content, place)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise StepFailed("%.100s cannot be unpacked: %s." % (build["name"], error)) from error
    except FileExistsError:
        pass  # another task was first
    finally:
        remove_tree(temporary)
    return place


def _unpack(archive: str, place: str) -> None:
    how: Dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(archive) as tar:
        for member in tar:
            if not _stays_inside(member):
                raise ValueError("%.100r would be put elsewhere" % member.name)
            member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
            tar.extract(member, place, **how)


def _stays_inside(member: tarfile.TarInfo) -> bool:
    """Older Pythons would not ask."""
    if not member.name or not is_confined(member.name):
        return False
    if member.islnk():
        return is_confined(member.linkname)
    if member.issym():
        target = os.path.normpath(os.path.join(os.path.dirname(member.name), member.linkname))
        return not os.path.isabs(target) and target.split(os.sep)[0] != os.pardir
    return member.isfile() or member.isdir()


def _name_its_place(content: str, place: str) -> None:
    """Have what is compiled for it look where it is, with the compiler that is usual here."""
    for path in glob.glob(os.path.join(content, "lib", "python3*", "_sysconfigdata*.py")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r"(?<![\w/.])%s(?=[/'\" ])" % _BUILT_FOR, place, text)
        text = re.sub(r"\bclang(\+\+)?(?=[ '\"])", lambda m: "c++" if m.group(1) else "cc", text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
