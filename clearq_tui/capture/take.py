"""Capture: a working tree, everything in it that counts, at one moment."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clearq_tui.capture.commit_writer import Written, write_commits
from clearq_tui.capture.difference import Difference, compare, lfs_pointer_text
from clearq_tui.capture.failure import CaptureError
from clearq_tui.capture.file_hashes import FileHashes, remembered_hashes
from clearq_tui.capture.git_process import GitProcess, run_git
from clearq_tui.capture.listing import GITLINK, Listing, parse_listing, start_listing
from clearq_tui.capture.locate import WorkingTree, find_working_tree, repository_key
from clearq_tui.capture.notes import write_notes
from clearq_tui.capture.snapshot import Counts, Repository, Snapshot
from clearq_tui.capture.snapshot_store import SnapshotStore, store_of, write_durably
from clearq_tui.capture.warnings import size_warnings

_COMPARED_WITH = 3
"""How many earlier snapshots to look at for objects that need not be stored again."""


@dataclass
class _Taking:
    """What has been captured so far."""

    snapshots: Path
    repositories: list[Repository] = field(default_factory=list)
    untracked: dict[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    def count(self, staged: int, unstaged: int, untracked: int) -> None:
        self.counts = Counts(
            self.counts.staged + staged,
            self.counts.unstaged + unstaged,
            self.counts.untracked + untracked,
        )


def capture(directory_or_script: Path, snapshots: Path, *, alone: bool = False) -> Snapshot:
    """Take a snapshot of the code around `directory_or_script`.

    In a git working tree that is the whole repository with its submodules; elsewhere the directory.
    A script outside git, or any script when `alone` is true, is captured as that one file. Nothing
    of the operator's is written to, and nothing of theirs (hooks, filters) is run. When this
    returns, the snapshot is complete: later edits, rebases and clean-ups do not reach it.

    Raises:
        CaptureError: the sentence says what cannot be captured and what to do.
    """
    place = directory_or_script.absolute()
    if not place.exists():
        raise CaptureError(f"{place} does not exist.")
    snapshots.mkdir(mode=0o700, parents=True, exist_ok=True)
    taking = _Taking(snapshots.resolve())
    directory = place if place.is_dir() else place.parent
    tree = None if alone and place.is_file() else find_working_tree(directory)
    if tree is not None:
        _take_repository(taking, tree, "")
        subdirectory = os.path.relpath(directory.resolve(), tree.top.resolve())
    else:
        _take_plain(taking, directory, None if place.is_dir() else place.name)
        subdirectory = "."
    return Snapshot(
        repositories=tuple(taking.repositories),
        subdirectory="" if subdirectory == "." else subdirectory,
        warnings=size_warnings(taking.untracked),
        counts=taking.counts,
    )


def _take_repository(taking: _Taking, tree: WorkingTree, path: str) -> None:
    """Capture one working tree and, after it, the repositories inside it."""
    store = store_of(taking.snapshots, tree.key, tree.object_format)
    store.prepare()
    with store.incoming([tree.objects], tree.head) as incoming:
        index = incoming / "index"
        _copy_index(tree.git_directory / "index", index)
        listing_process = start_listing(tree, index)
        staged_process = _start_staged_names(tree, index)
        listing = parse_listing(listing_process.finish(), tree.top)
        staged_tree = _staged_tree(tree, index, incoming)
        modules = _inner_repositories(tree, listing)
        hashes, memory = _hashes(store, tree.top)
        difference = _difference(taking, tree, listing, hashes, modules)
        written = write_commits(
            incoming,
            tree.top,
            head=tree.head,
            staged_tree=staged_tree,
            difference=difference,
            notes=write_notes(difference, listing.skipped, tree.settings),
        )
        staged = staged_process.finish().count(b"\0")
        _store(store, incoming, written.worktree, tree.head)
    write_durably(memory, hashes.remembered())
    taking.count(staged, difference.unstaged, len(listing.untracked))
    taking.repositories.append(_described(tree, path, written))
    for inner_path, inner in modules.items():
        _take_repository(taking, inner, os.path.join(path, os.fsdecode(inner_path)))


def _described(tree: WorkingTree, path: str, written: Written) -> Repository:
    return Repository(
        path=path,
        key=tree.key,
        head=tree.head,
        index=written.index,
        worktree=written.worktree,
        branch=tree.branch,
        remote_url=tree.remote_url,
        object_format=tree.object_format,
    )


def _take_plain(taking: _Taking, directory: Path, only: str | None) -> None:
    """Capture a directory without git, or the one file `only` in it."""
    key = repository_key(directory if only is None else directory / only, "plain")
    store = store_of(taking.snapshots, key, "sha1")
    store.prepare()
    with store.incoming([], None) as incoming:
        listing = Listing({}, frozenset(), frozenset(), (), ())
        if only is None:
            listing = parse_listing(_plain_files(directory, incoming), directory)
        else:
            listing = Listing({}, frozenset(), frozenset(), (os.fsencode(only),), ())
        hashes, memory = _hashes(store, directory)
        difference = _difference(taking, None, listing, hashes, {}, top=directory)
        written = write_commits(
            incoming,
            directory,
            head=None,
            staged_tree=None,
            difference=difference,
            notes=write_notes(difference, (), {}),
        )
        _store(store, incoming, written.worktree, None)
    write_durably(memory, hashes.remembered())
    taking.count(0, 0, len(listing.untracked))
    taking.repositories.append(
        Repository("", key, None, None, written.worktree, None, None, "sha1")
    )
    for path in listing.nested:
        inner = find_working_tree(directory / os.fsdecode(path))
        if inner is not None:
            _take_repository(taking, inner, os.fsdecode(path))


def _plain_files(directory: Path, incoming: Path) -> bytes:
    """Files below a directory without git; a .gitignore in it is heeded all the same."""
    return run_git(
        directory,
        ["ls-files", "-z", "-t", "-o", "--exclude-standard"],
        environment={
            "GIT_DIR": os.fspath(incoming),
            "GIT_WORK_TREE": os.fspath(directory),
            "GIT_INDEX_FILE": os.fspath(incoming / "index"),
        },
    )


def _copy_index(original: Path, copy: Path) -> None:
    """With its time stamp, by which git judges which entries it cannot trust."""
    if original.exists():
        shutil.copy2(original, copy)


def _start_staged_names(tree: WorkingTree, index: Path) -> GitProcess:
    """Begin to list the names of staged files."""
    empty = {"sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904"}.get(
        tree.object_format, "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
    )
    return GitProcess(
        tree.top,
        [
            "diff-index",
            "--cached",
            "--name-only",
            "--ita-invisible-in-index",
            "-z",
            tree.head or empty,
        ],
        environment={"GIT_INDEX_FILE": os.fspath(index)},
    )


def _staged_tree(tree: WorkingTree, index: Path, incoming: Path) -> str:
    """Write the staged tree's objects into `incoming`."""
    output = run_git(
        tree.top,
        ["write-tree"],
        environment={
            "GIT_INDEX_FILE": os.fspath(index),
            "GIT_OBJECT_DIRECTORY": os.fspath(incoming / "objects"),
        },
    )
    return output.decode().strip()


def _inner_repositories(tree: WorkingTree, listing: Listing) -> dict[bytes, WorkingTree]:
    """Submodules that are checked out, and untracked repositories, by path."""
    found = {}
    gitlinks = [path for path, entry in listing.tracked.items() if entry.mode == GITLINK]
    for path in sorted([*gitlinks, *listing.nested]):
        place = tree.top / os.fsdecode(path)
        if not place.is_symlink() and os.path.lexists(place / ".git"):
            inner = find_working_tree(place)
            if inner is not None and inner.top.resolve() == place.resolve():
                found[path] = inner
    return found


def _hashes(store: SnapshotStore, top: Path) -> tuple[FileHashes, Path]:
    """The hasher for files below `top`, and where it keeps what it has learnt."""
    name = hashlib.sha256(os.fsencode(top.resolve())).hexdigest()[:16]
    memory = store.path / f"hashes-{name}.json"
    known = remembered_hashes(memory)
    return FileHashes(os.fsencode(top), store.object_format, time.time_ns, known), memory


def _difference(
    taking: _Taking,
    tree: WorkingTree | None,
    listing: Listing,
    hashes: FileHashes,
    modules: dict[bytes, WorkingTree],
    top: Path | None = None,
) -> Difference:
    return compare(
        listing,
        hashes.look,
        lambda path: modules[path].head if path in modules else None,
        _lfs_pointers(hashes),
        keeps_modes=tree is None or tree.keeps_modes,
    )


def _lfs_pointers(hashes: FileHashes) -> Callable[[bytes], str]:
    def pointer(path: bytes) -> str:
        with open(os.path.join(hashes.top, path), "rb") as file:  # noqa: PTH123 - a path of bytes
            digest = hashlib.file_digest(file, "sha256")
            return hashes.of_bytes(lfs_pointer_text(digest.hexdigest(), file.tell()))

    return pointer


def _store(store: SnapshotStore, incoming: Path, worktree: str, head: str | None) -> None:
    """Pack what is new into the store and keep the snapshot."""
    if store.has(worktree):
        return
    wanted = [worktree]
    for earlier in store.kept()[:_COMPARED_WITH]:
        wanted += [f"^{earlier}", f"^{earlier}^{{tree}}"]
    run_git(
        incoming,
        [
            "pack-objects",
            "--revs",
            "--quiet",
            "--delta-base-offset",
            "--window=0",
            os.fspath(store.pack_prefix),
        ],
        environment={"GIT_DIR": os.fspath(incoming)},
        text="".join(f"{line}\n" for line in wanted).encode(),
    )
    store.keep(worktree, head)
