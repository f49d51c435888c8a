"""Which channels are searched, by what the task and the operator's own settings say."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearq_tui.conda import CondaError, target_of, wants_python, wants_rattler
from clearq_tui.conda.channels import (
    ChannelSettings,
    channels_to_search,
    own_settings,
    spec_in_channel,
)
from clearq_tui.conda.fitting import why_not_on
from clearq_tui.conda.locked import Lock, LockedPackage
from clearq_tui.conda.target import newest_cuda

OWN = ChannelSettings(
    channels=("mine", "conda-forge"),
    alias="https://mirror/conda/",
    defaults=("https://mirror/main",),
    places={"special": "https://elsewhere"},
)


def test_settings_of_the_operator(tmp_path: Path) -> None:
    (tmp_path / ".condarc").write_text(
        "channels: [a, b]\nchannel_alias: https://alias\nchannel_priority: flexible\n"
        "custom_channels: {c: https://there}\n"
    )
    later = tmp_path / "later"
    later.write_text("channels: [z]\nchannel_priority: strict\ndefault_channels: [m]\n")
    environment = {"HOME": str(tmp_path), "CONDARC": str(later)}
    assert own_settings(environment) == ChannelSettings(
        ("z",), "https://alias", ("m",), {"c": "https://there"}, strict=True
    )
    assert own_settings({"HOME": str(tmp_path / "nobody")}) == ChannelSettings()


def test_order_of_channels() -> None:
    assert channels_to_search(["special", "https://host/x/"], True, OWN) == (
        "https://elsewhere/special",
        "https://host/x",
        "https://mirror/conda/mine",
        "https://mirror/conda/conda-forge",
    )
    assert channels_to_search(["special"], False, OWN) == ("https://elsewhere/special",)
    assert channels_to_search(["defaults"], False, OWN) == ("https://mirror/main",)


def test_without_settings_names_are_left_to_rattler() -> None:
    nothing = ChannelSettings()
    assert channels_to_search([], True, nothing) == ("conda-forge",)
    assert channels_to_search(["defaults", "bioconda"], True, nothing) == ("main", "r", "bioconda")


def test_channel_in_a_spec() -> None:
    assert spec_in_channel("special::a=1", OWN) == (
        "https://elsewhere/special::a=1",
        ("https://elsewhere/special",),
    )
    assert spec_in_channel("a[build='x::y']", OWN) == ("a[build='x::y']", ())
    assert spec_in_channel("a", OWN) == ("a", ())


def test_refuses_credentials_in_settings() -> None:
    with pytest.raises(CondaError, match="netrc"):
        channels_to_search(["x"], True, ChannelSettings(alias="https://me:pw@host"))
    assert channels_to_search(["file:///t/mine/x"], False, OWN) == ("file:///t/mine/x",)


FACTS = {"system": "Linux", "architecture": "x86_64", "release": "6.1.0-18-amd64"}


def test_target() -> None:
    target = target_of({**FACTS, "libc": "glibc 2.36", "nvidia_driver": "550.54.14"})
    assert target.subdir == "linux-64"
    assert target.version_of("__glibc") == "2.36"
    assert target.version_of("__linux") == "6.1.0"
    assert target.version_of("__cuda") == "12.4"
    assert target_of({**FACTS, "libc": "musl 1.2.5"}).version_of("__glibc") is None
    with pytest.raises(CondaError, match="SunOS on i86pc"):
        target_of({"system": "SunOS", "architecture": "i86pc"})


def test_newest_cuda() -> None:
    versions = ("", "nothing", "390.1", "470.82.01", "535.104.05", "999.1")
    assert [newest_cuda(version) for version in versions] == ["", "", "", "11.4", "12.2", "13.0"]


def test_what_has_to_travel() -> None:
    assert wants_rattler({"conda": ""})
    assert not wants_rattler({"conda": "/opt/conda/bin/conda"})
    assert wants_python({"python": "3.8.18", "pythons": [{"version": "3.9.1", "path": "/x"}]})
    assert not wants_python({"python": "3.8.18", "pythons": [{"version": "3.10", "path": "/x"}]})


@pytest.mark.parametrize(
    ("dependency", "said"),
    [
        ("__glibc >=2.17,<3.0.a0", ""),
        ("__unix", ""),
        ("__archspec 1 x86_64_v3", ""),
        ("__glibc >=2.99", "needs __glibc >=2.99, and the machine has 2.36"),
        ("__cuda >=12", "needs __cuda >=12, and the machine has it not"),
    ],
)
def test_whether_a_lock_fits(dependency: str, said: str) -> None:
    package = LockedPackage(
        "u", "tool", "1", "0", "linux-64", "0" * 64, 1, depends=(dependency, "python >=3")
    )
    target = target_of({**FACTS, "libc": "glibc 2.36"})
    assert said in why_not_on(Lock("", (), (package,)), "", target)
    assert bool(said) == bool(why_not_on(Lock("", (), (package,)), "", target))


def test_whether_a_lock_has_the_python() -> None:
    package = LockedPackage("u", "python", "3.11.7", "0", "linux-64", "0" * 64, 1)
    target = target_of(FACTS)
    lock = Lock("", (), (package,))
    assert not why_not_on(lock, "3.11", target)
    assert "asks for Python 3.1," in why_not_on(lock, "3.1", target)
    assert "have no Python" in why_not_on(Lock("", (), ()), "3.11", target)
