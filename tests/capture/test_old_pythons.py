"""The agent's half under every Python that this system offers, 3.8 onwards."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from clearq_tui.capture import archive
from tests.capture.journey import Journey, assert_same, commit_all, files_in, new_repository
from tests.fleet_of_namespaces.pythons import find_python

PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from remote_agent.workspace import lay_changes_out, lay_out, known_commits
specification = json.loads(sys.argv[2])
print(lay_out(specification, *sys.argv[3:6], lambda sentence: None))
lay_changes_out(specification, sys.argv[5])
known_commits(sys.argv[4])
"""
VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")


@pytest.mark.parametrize("version", VERSIONS)
def test_lay_out(version: str, tmp_path: Path) -> None:
    interpreter = find_python(version)
    if interpreter is None:
        pytest.skip(f"no Python {version} here")
    place = new_repository(tmp_path / "project")
    (place / ".gitattributes").write_text("*.txt text\n")
    (place / "a.txt").write_bytes(b"one\r\n")
    os.utime(place / "a.txt", (1, 1))
    commit_all(place)
    (place / "new\udcff").write_text("untracked\n")
    (place / "link").symlink_to("a.txt")
    journey = Journey(tmp_path / "elsewhere")
    snapshot = journey.capture(place)
    whole = archive(snapshot, journey.snapshots, journey.blobs)
    for name, delivery in (("git", journey.deliver(snapshot)), ("archive", whole)):
        done = subprocess.run(
            [
                interpreter,
                "-ISWerror",
                "-c",
                PROGRAM,
                str(Path(__file__).parents[2]),
                json.dumps(delivery.specification()),
                *(str(journey.base / part) for part in ("blobs", "cache", name)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        arrived = Path(done.stdout.strip())
        assert files_in(arrived) == files_in(place)
    assert_same(place, journey.base / "git")
