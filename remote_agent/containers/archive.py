"""Puts an image together again from the blobs that the laptop has brought."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from typing import IO, Callable

from remote_agent.containers.engine import Engine
from remote_agent.containers.failure import ContainerError
from remote_agent.containers.wish import Archive

_REPOSITORY = "localhost/clearq"


def tag_of(archive: Archive) -> str:
    """The name that the image gets on this machine.

    It is that of its content: the operator's name for it may mean another image tomorrow, and
    another one to somebody else here.
    """
    return "%s:%s" % (_REPOSITORY, archive.config)


def load(engine: Engine, archive: Archive, blob: Callable[[str], str], log: int) -> None:
    """Give the image to the engine.

    Args:
        engine: to load it.
        archive: the image.
        blob: gives the path of a blob.
        log: a descriptor for what the engine prints.

    Raises:
        ContainerError: a blob is missing, or the engine refuses.
    """
    # Opened before the engine starts: what is missing is found without it.
    for sha256 in (archive.config, *archive.layers):
        if not os.path.exists(blob(sha256)):
            raise ContainerError("the image's part %s has not arrived." % sha256[:12])
    with subprocess.Popen(
        engine.command("load"),
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        env=engine.surroundings,
    ) as process:
        assert process.stdin is not None, "it was asked for"
        try:
            write_archive(archive, blob, process.stdin)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has refused, and said why
        code = process.wait()
    if code != 0:
        raise ContainerError(
            "%s could not load the image (exit code %d); the log has what it said."
            % (engine.kind, code)
        )


def write_archive(archive: Archive, blob: Callable[[str], str], stream: IO[bytes]) -> None:
    """Write what `docker save` would have written of the image.

    Raises:
        OSError: a blob cannot be read, or the stream is closed.
    """
    layers = [_name_of_layer(sha256) for sha256 in archive.layers]
    manifest = [
        {"Config": archive.config + ".json", "RepoTags": [tag_of(archive)], "Layers": layers}
    ]
    with tarfile.open(fileobj=stream, mode="w|") as tar:
        _add_file(tar, archive.config + ".json", blob(archive.config))
        for sha256 in dict.fromkeys(archive.layers):
            _add_file(tar, _name_of_layer(sha256), blob(sha256))
        content = json.dumps(manifest).encode()
        member = tarfile.TarInfo("manifest.json")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))


def _name_of_layer(sha256: str) -> str:
    return sha256 + ".tar"


def _add_file(tar: tarfile.TarFile, name: str, path: str) -> None:
    with open(path, "rb") as file:
        member = tarfile.TarInfo(name)
        member.size = os.fstat(file.fileno()).st_size
        tar.addfile(member, file)
