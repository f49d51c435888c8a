"""Images that go from one engine to another, empty one as blobs."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from clearq_tui.images import BroughtImage, blobs_of, bring_image
from clearq_tui.images.saved_image import SavedImage, find_saved_image
from clearq_tui.images.spool import Spool
from clearq_tui.paths import Home
from clearq_tui.provisioning import Errand, ProvisionError, Stopped
from tests.agent.forker import Forker
from tests.containers.engines import OwnEngine, own_dockerd, own_podman, why_no_podman
from tests.containers.images import BUSYBOX

DERIVED = "localhost/clearq-tests/derived:1"


@pytest.fixture
def errand(dockerd: OwnEngine, tmp_path: Path) -> Errand:
    """On a laptop that has the first docker."""
    home = Home(tmp_path / "laptop")
    home.create()
    return Errand(home, "m", environment=with_nothing_else(dockerd, tmp_path / "bin"))


def with_nothing_else(engine: OwnEngine, place: Path) -> dict[str, str]:
    """The environment of a laptop that has this engine and not the machine's others."""
    place.mkdir()
    for name in (engine.kind, "sh"):
        found = shutil.which(name, path=engine.environment["PATH"])
        assert found is not None
        (place / name).symlink_to(found)
    return {**engine.environment, "PATH": str(place)}


@pytest.fixture
def derived(dockerd: OwnEngine) -> Iterator[str]:
    """An image with a layer on top of busybox."""
    made = dockerd.say("create", "--entrypoint", "/bin/sh", BUSYBOX, "-c", "echo above >/tmp/above")
    dockerd.run("start", made)
    dockerd.run("wait", made)
    dockerd.run("commit", "--change", "ENV FROM_IMAGE=yes", made, DERIVED)
    dockerd.run("rm", made)
    yield DERIVED
    dockerd.run("image", "rm", DERIVED)


@pytest.fixture(params=["docker", "podman"])
def other(request: pytest.FixtureRequest, dockerd: OwnEngine) -> Iterator[OwnEngine]:
    """An engine that has no image at all."""
    if request.param == "docker":
        with own_dockerd() as engine:
            assert engine is not None, "the first one has come up"
            yield engine
        return
    if why := why_no_podman():
        pytest.skip(why)
    with own_podman() as engine:
        yield engine


def lay(image: BroughtImage, home: Home, forker: Forker) -> None:
    """As the link would have."""
    for blob in blobs_of(image):
        shutil.copyfile(home.blobs / blob["sha256"], Path(forker.layout.blobs) / blob["sha256"])


def spec_of(image: object, name: str = DERIVED) -> dict[str, Any]:
    return {"mode": "docker", "offline": True, "image": {"name": name, "archive": image}}


def test_an_image_goes_to_an_engine_that_has_nothing(
    other: OwnEngine, errand: Errand, derived: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = bring_image(derived, errand, "linux/amd64" if os.uname().machine == "x86_64" else "")
    assert len(image["layers"]) == 2
    for name, text in other.environment.items():
        monkeypatch.setenv(name, text)
    with Forker(sys.executable, tmp_path / "root") as forker:
        script = 'read -r x </tmp/above; echo "$x $FROM_IMAGE"'
        forker.shell("1.1", script, **spec_of(image))
        assert "has not arrived" in forker.result("1.1")[3]
        lay(image, errand.home, forker)
        forker.shell("2.1", script, **spec_of(image))
        assert forker.result("2.1") == ("completed", 0, None, "")
        assert forker.log("2.1").endswith("\nabove yes\n")
        assert "Loading the image" in forker.log("2.1")
        for blob in blobs_of(image):
            (Path(forker.layout.blobs) / blob["sha256"]).unlink()
        forker.shell("3.1", script, **spec_of(image))
        assert forker.result("3.1") == ("completed", 0, None, "")
        assert "Loading" not in forker.log("3.1"), "the engine has it now"
    assert other.containers() == []


def test_what_was_taken_apart_is_not_saved_again(
    dockerd: OwnEngine, errand: Errand, derived: str
) -> None:
    said: list[str] = []
    listening = Errand(errand.home, "m", said.append, environment=errand.environment)
    first = bring_image(derived, listening)
    assert f"saving the image {derived}" in said
    assert all((errand.home.blobs / blob["sha256"]).is_file() for blob in blobs_of(first))
    said.clear()
    assert bring_image(derived, listening) == first
    assert said == []
    # A layer that two images share is one blob.
    assert bring_image(BUSYBOX, listening)["layers"] == first["layers"][:1]
    (errand.home.blobs / first["layers"][1]["sha256"]).unlink()
    assert bring_image(derived, listening) == first
    assert not list((errand.home.root / "provisions" / "work").iterdir())


def test_podmans_archives_are_taken_apart_too(podman: OwnEngine, tmp_path: Path) -> None:
    home = Home(tmp_path / "laptop")
    home.create()
    alone = with_nothing_else(podman, tmp_path / "bin")
    image = bring_image(BUSYBOX, Errand(home, "m", environment=alone))
    assert len(image["layers"]) == 1


def test_why_an_image_cannot_be_brought(dockerd: OwnEngine, errand: Errand) -> None:
    nothing = Errand(errand.home, "m", environment={"PATH": "/nowhere"})
    with pytest.raises(ProvisionError, match="neither"):
        bring_image(BUSYBOX, nothing)
    with pytest.raises(ProvisionError, match=r"localhost:1/no:1 cannot be had .*network direct"):
        bring_image("localhost:1/no:1", errand)
    with pytest.raises(ProvisionError, match="for linux/s390x cannot be had"):
        bring_image(BUSYBOX, errand, "linux/s390x")
    stopped = Errand(errand.home, "m", environment=errand.environment)
    stopped.stopped.set()
    with pytest.raises(Stopped):
        bring_image(BUSYBOX, stopped)


# The two forms of archives


def archive(files: Mapping[str, bytes], links: Mapping[str, str] = {}) -> io.BytesIO:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    content.seek(0)
    return content


def spooled(stream: io.BytesIO, place: Path) -> Spool:
    spool = Spool(place)
    spool.take(stream, threading.Event())
    return spool


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def oci(*manifests: tuple[bytes, dict[str, Any]], more: Mapping[str, bytes] = {}) -> io.BytesIO:
    entries = [{"digest": f"sha256:{digest(one)}", **entry} for one, entry in manifests]
    files = {f"blobs/sha256/{digest(one)}": one for one, _ in manifests}
    return archive({**files, **more, "index.json": json.dumps({"manifests": entries}).encode()})


def manifest_of(config: str, *layers: str) -> bytes:
    return json.dumps(
        {
            "config": {"digest": f"sha256:{config}"},
            "layers": [{"digest": f"sha256:{layer}"} for layer in layers],
        }
    ).encode()


def test_the_form_of_docker_with_links_for_layers_that_repeat(tmp_path: Path) -> None:
    manifest = [{"Config": "c.json", "Layers": ["a/layer.tar", "b/layer.tar", "./a/layer.tar"]}]
    files = {"a/layer.tar": b"one", "c.json": b"{}", "manifest.json": json.dumps(manifest).encode()}
    spool = spooled(archive(files, {"b/layer.tar": "../a/layer.tar"}), tmp_path)
    image = find_saved_image(spool.read, "")
    assert image == SavedImage("c.json", ("a/layer.tar", "b/layer.tar", "a/layer.tar"))
    found = [spool.file(name) for name in image.layers]
    assert [one.sha256 for one in found if one] == [digest(b"one")] * 3


def test_the_form_of_the_oci_with_several_platforms(tmp_path: Path) -> None:
    mine, other, about = manifest_of("c1", "l1", "l2"), manifest_of("c2", "l3"), manifest_of("c3")
    inner = json.dumps(
        {
            "manifests": [
                {
                    "digest": f"sha256:{digest(about)}",
                    "platform": {"os": "unknown", "architecture": "unknown"},
                },
                {
                    "digest": f"sha256:{digest(other)}",
                    "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"},
                },
                {
                    "digest": f"sha256:{digest(mine)}",
                    "platform": {"os": "linux", "architecture": "amd64"},
                },
            ]
        }
    ).encode()
    parts = {f"blobs/sha256/{digest(one)}": one for one in (mine, other, about)}
    kind = "application/vnd.oci.image.index.v1+json"
    spool = spooled(oci((inner, {"mediaType": kind}), more=parts), tmp_path)
    expected = SavedImage("blobs/sha256/c1", ("blobs/sha256/l1", "blobs/sha256/l2"))
    assert find_saved_image(spool.read, "linux/amd64") == expected
    assert find_saved_image(spool.read, "linux/arm64").config == "blobs/sha256/c2"
    with pytest.raises(ProvisionError, match="no part for linux/s390x"):
        find_saved_image(spool.read, "linux/s390x")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"manifest.json": b"{"},
        {"manifest.json": b"[]"},
        {"manifest.json": b'[{"Config": 1, "Layers": []}]'},
        {"manifest.json": b'[{"Config": "c"}]'},
        {"index.json": b"[]"},
        {"index.json": b'{"manifests": [1]}'},
    ],
)
def test_what_is_no_image_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    spool = spooled(archive(files), tmp_path)
    with pytest.raises(ProvisionError):
        find_saved_image(spool.read, "")


def test_an_index_that_names_itself_ends(tmp_path: Path) -> None:
    kind = "application/vnd.oci.image.index.v1+json"
    name = "blobs/other/x"
    entry = {"digest": "other:x", "mediaType": kind}
    index = json.dumps({"manifests": [entry]}).encode()
    spool = spooled(archive({name: index, "index.json": index}), tmp_path)
    with pytest.raises(ProvisionError, match="no part"):
        find_saved_image(spool.read, "")


def test_a_damaged_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProvisionError, match="damaged"):
        spooled(archive({f"blobs/sha256/{digest(b'x')}": b"y"}), tmp_path)
    whole = archive({"a": bytes(5000)}).getvalue()
    with pytest.raises(ProvisionError, match="taken apart"):
        spooled(io.BytesIO(whole[:2000]), tmp_path / "..")


def test_no_name_in_an_archive_leads_out_of_the_spool(tmp_path: Path) -> None:
    place = tmp_path / "spool"
    place.mkdir()
    spool = spooled(
        archive({"../out": b"1", "/abs": b"2"}, {"l": "../../etc/passwd", "m": "m"}), place
    )
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["0", "1", "spool"]
    assert spool.file("l") is None
    assert spool.file("m") is None
