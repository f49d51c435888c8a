"""Packages for a machine of another kind, from an index on this one."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from clearq_tui.provisioning import Errand, ProvisionError, Target, bring_packages
from clearq_tui.provisioning.target import own_target
from tests.provisioning.conftest import Told
from tests.provisioning.package_index import PackageIndex
from tests.provisioning.small_wheels import write_wheel
from tests.provisioning.wishes import names_of, pins_of, wish

PLATFORMS = ("manylinux_2_17_aarch64", "manylinux_2_28_x86_64", "musllinux_1_2_aarch64")


def fill(index: PackageIndex, version: str = "1.5") -> None:
    """`alpha`, which needs `beta`, which has a wheel for each platform and two Pythons."""
    write_wheel(index.directory, "alpha", "1.0", requires=["beta>=1"])
    for python in ("cp310", "cp311"):
        for platform in PLATFORMS:
            write_wheel(index.directory, "beta", version, f"{python}-{python}-{platform}")


def test_another_platform_gets_its_own_wheels_pinned_and_hashed(
    index: PackageIndex, told: Told, arm: Target
) -> None:
    fill(index)
    packages = wish(index, "alpha", "beta<2 ; sys_platform == 'linux'", "gone ; os_name == 'nt'")
    brought = bring_packages(packages, arm, "3.10", told.errand)
    beta = "beta-1.5-cp310-cp310-manylinux_2_17_aarch64.whl"
    assert names_of(brought) == ["alpha-1.0-py3-none-any.whl", beta]
    digest = hashlib.sha256((index.directory / beta).read_bytes()).hexdigest()
    assert f"beta==1.5 --hash=sha256:{digest}" in list(brought["lines"])  # type: ignore[call-overload]
    assert brought["locked"] is True
    assert (brought["options"], brought["constraints"]) == ([], [])
    assert (told.errand.home.blobs / digest).read_bytes() == (index.directory / beta).read_bytes()
    assert "fetching beta 1.5 for lab-a" in told.said
    assert not any((told.errand.provisions / "work").iterdir())


def test_the_same_again_asks_no_network_and_a_newer_release_changes_nothing(
    index: PackageIndex, errand: Errand, arm: Target
) -> None:
    fill(index)
    packages = wish(index, "alpha")
    first = bring_packages(packages, arm, "3.10", errand)
    asked = len(index.requests)
    fill(index, "1.6")
    assert bring_packages(packages, arm, "3.10", errand) == first
    assert len(index.requests) == asked
    elsewhere = bring_packages(packages, own_target(), "3.11", errand)
    assert "beta==1.6" in pins_of(elsewhere)
    assert index.sent.count("alpha-1.0-py3-none-any.whl") == 1, "the same file for both"


def test_what_was_swept_comes_again_in_the_same_version(
    index: PackageIndex, errand: Errand, arm: Target
) -> None:
    fill(index)
    packages = wish(index, "alpha")
    first = bring_packages(packages, arm, "3.10", errand)
    fill(index, "1.6")
    for blob in errand.home.blobs.iterdir():
        blob.unlink()
    assert bring_packages(packages, arm, "3.10", errand) == first
    (index.directory / "beta-1.5-cp310-cp310-manylinux_2_17_aarch64.whl").unlink()
    for blob in errand.home.blobs.iterdir():
        blob.unlink()
    assert "beta==1.6" in pins_of(bring_packages(packages, arm, "3.10", errand))


def test_hashes_of_the_tasks_own_requirements_are_kept_to(
    index: PackageIndex, errand: Errand, arm: Target
) -> None:
    fill(index)
    files = sorted(index.directory.glob("beta-*"))
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    line = "beta==1.5 " + " ".join(f"--hash=sha256:{digest}" for digest in digests)
    brought = bring_packages(wish(index, line, locked=True), arm, "3.10", errand)
    assert names_of(brought) == ["beta-1.5-cp310-cp310-manylinux_2_17_aarch64.whl"]
    other = f"beta==1.5 --hash=sha256:{'0' * 64}"
    with pytest.raises(ProvisionError, match=r"No file of beta 1\.5 for lab-a .* has one of the"):
        bring_packages(wish(index, other, locked=True), arm, "3.10", errand)


def test_what_is_locked_is_taken_alone(index: PackageIndex, errand: Errand, arm: Target) -> None:
    fill(index)
    brought = bring_packages(wish(index, "alpha==1.0", locked=True), arm, "3.10", errand)
    assert pins_of(brought) == ["alpha==1.0"]


def test_a_file_that_is_not_what_the_index_announced_is_refused(
    index: PackageIndex, errand: Errand, arm: Target
) -> None:
    fill(index)
    index.claimed_hashes["alpha-1.0-py3-none-any.whl"] = "ab" * 32
    with pytest.raises(ProvisionError) as refused:
        bring_packages(wish(index, "alpha"), arm, "3.10", errand)
    assert "alpha for lab-a is not what was announced" in str(refused.value)
    assert "not abababababab" in str(refused.value)
    assert not any(errand.home.blobs.iterdir())


def test_a_download_that_breaks_off_is_gone_on_with(
    index: PackageIndex, errand: Errand, arm: Target
) -> None:
    big = write_wheel(index.directory, "big", "1", files={"big/data": os.urandom(400_000)})
    index.breaks_off[big.name] = 150_000
    brought = bring_packages(wish(index, "big"), arm, "3.10", errand)
    assert names_of(brought) == ["big-1-py3-none-any.whl"]
    assert "bytes=150000-" in index.ranges


def test_an_index_that_is_down_is_named(errand: Errand, arm: Target) -> None:
    packages = wish(None, "alpha", options=["--index-url http://me:pass@127.0.0.1:9/simple"])
    with pytest.raises(ProvisionError) as refused:
        bring_packages(packages, arm, "3.10", errand)
    assert "http://127.0.0.1:9/simple/alpha/ cannot be reached from this laptop" in str(
        refused.value
    )
    assert "pass" not in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("alpha==9",), "there is no version of alpha==9"),
        (("nothing-such",), "nothing-such was not found in the package registry"),
        (("beta==1.5", "beta==1.6"), "beta==1.5 and beta==1.6"),
        (("windows-only",), "windows-only"),
    ],
)
def test_what_cannot_be_resolved_is_said_with_the_resolvers_reason(
    index: PackageIndex, errand: Errand, arm: Target, lines: tuple[str, ...], words: str
) -> None:
    fill(index)
    write_wheel(index.directory, "windows_only", "1", "cp310-cp310-win_amd64")
    with pytest.raises(ProvisionError) as refused:
        bring_packages(wish(index, *lines), arm, "3.10", errand)
    said = str(refused.value)
    assert "cannot be resolved for lab-a (Linux aarch64 with glibc 2.28, Python 3.10)" in said
    assert words in said
    assert "\n" not in said


def test_an_index_that_asks_for_a_login_gets_the_operators_and_keeps_it_secret(
    index: PackageIndex, errand: Errand, arm: Target
) -> None:
    fill(index)
    index.login = "me:hidden"
    address = index.url.replace("://", "://me:${TOKEN}@")
    packages = wish(None, "alpha", options=[f"--index-url {address}"])
    with pytest.raises(ProvisionError, match=r"says \$\{TOKEN\}"):
        bring_packages(packages, arm, "3.10", errand)
    with_secret = Errand(
        errand.home, "lab-a", environment={**errand.environment, "TOKEN": "hidden"}
    )
    brought = bring_packages(packages, arm, "3.10", with_secret)
    assert len(names_of(brought)) == 2
    assert "hidden" not in json.dumps(brought)
    everything = [path for path in errand.provisions.rglob("*") if path.is_file()]
    assert everything
    assert not any(b"hidden" in path.read_bytes() for path in everything)
    for path in (wheel for wheel in errand.home.blobs.iterdir()):
        path.unlink()
    index.login = "me:another"
    with pytest.raises(ProvisionError) as refused:
        bring_packages(packages, arm, "3.10", with_secret)
    assert "hidden" not in str(refused.value)


def test_what_pip_was_told_holds_for_all(
    index: PackageIndex, told: Told, arm: Target, tmp_path: Path
) -> None:
    fill(index)
    (tmp_path / "links").mkdir()
    write_wheel(tmp_path / "links", "delta", "1")
    config = tmp_path / "pip.conf"
    config.write_text(
        f"[global]\nindex-url = {index.url}\n[install]\nfind-links = {tmp_path / 'links'}\n"
    )
    variables = {**told.errand.environment, "PIP_CONFIG_FILE": str(config)}
    errand = Errand(told.errand.home, "lab-a", environment=variables)
    brought = bring_packages(wish(None, "alpha", "delta"), arm, "3.10", errand)
    assert pins_of(brought) == ["alpha==1.0", "beta==1.5", "delta==1"]


def test_what_uv_was_told_goes_before_what_pip_was_told(
    index: PackageIndex, told: Told, arm: Target
) -> None:
    fill(index)
    index.login = "me:hidden"
    address = index.url.replace("://", "://me:hidden@")
    variables = {
        **told.errand.environment,
        "UV_DEFAULT_INDEX": address,
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    }
    errand = Errand(told.errand.home, "lab-a", environment=variables)
    assert len(names_of(bring_packages(wish(None, "alpha"), arm, "3.10", errand))) == 2


def test_constraints_and_further_indexes_are_heeded(
    index: PackageIndex, errand: Errand, arm: Target, tmp_path: Path
) -> None:
    fill(index)
    fill(index, "1.6")
    (tmp_path / "more").mkdir()
    write_wheel(tmp_path / "more", "beta", "3.0rc1")
    links = f"--find-links {tmp_path / 'more'}"
    plain = wish(index, "alpha", options=[links], constraints=["beta<1.6"])
    assert "beta==1.5" in pins_of(bring_packages(plain, arm, "3.10", errand))
    early = wish(index, "alpha", options=[links, "--pre"])
    assert "beta==3.0rc1" in pins_of(bring_packages(early, arm, "3.10", errand))


def test_a_platform_that_uv_does_not_resolve_for_is_refused(errand: Errand) -> None:
    power = Target("Linux", "ppc64le", "glibc", (2, 36))
    with pytest.raises(ProvisionError, match=r"ppc64le.*network direct"):
        bring_packages(wish(None, "alpha"), power, "3.10", errand)


def test_no_packages_are_brought_at_once(errand: Errand, arm: Target) -> None:
    brought = bring_packages(wish(None), arm, "3.10", errand)
    assert (brought["lines"], brought["wheels"]) == ([], [])
