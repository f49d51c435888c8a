"""What an operator may type as a destination, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearq_tui.fleet.destination import (
    BadDestination,
    Destination,
    Hop,
    destination_of,
    parse_destination,
    parse_hop,
)
from clearq_tui.model import Machine


@pytest.mark.parametrize(
    ("text", "hop"),
    [
        ("gpu1", Hop("gpu1")),
        ("alice@gpu1", Hop("gpu1", "alice")),
        ("gpu1:2222", Hop("gpu1", None, 2222)),
        ("alice@gpu1:22", Hop("gpu1", "alice", 22)),
        ("alice@corp@gpu1", Hop("gpu1", "alice@corp")),
        ("::1", Hop("::1")),
        ("[::1]", Hop("::1")),
        ("bob@[fe80::1%eth0]:2222", Hop("fe80::1%eth0", "bob", 2222)),
        ("bob@fe80::1", Hop("fe80::1", "bob")),
        ("ssh://bob@gpu1:2222/", Hop("gpu1", "bob", 2222)),
        ("  gpu1  ", Hop("gpu1")),
    ],
)
def test_what_is_understood(text: str, hop: Hop) -> None:
    assert parse_hop(text) == hop


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@gpu1",
        "alice@",
        "-oProxyCommand=evil",
        "alice@-x",
        "-l@gpu1",
        "gpu 1",
        "gpu\n1",
        "gpu1\x1b[31m",
        "gpu1:",
        "gpu1:0",
        "gpu1:65536",
        "gpu1:x",
        "gpu1:\u0662",
        "[::1]x",
        "gpu1;reboot",
        "$(reboot)",
        "a`b`@gpu1",
        "alice\\@gpu1",
        "alice|x@gpu1",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(BadDestination) as caught:
        parse_hop(text)
    assert str(caught.value).isprintable()
    assert str(caught.value).endswith(".")


def test_parts_may_come_by_themselves_but_not_contradict() -> None:
    assert parse_destination("gpu1", user="alice", port=22, jump="b@x:1,y", identity="~/k") == (
        Destination("gpu1", "alice", 22, "~/k", (Hop("x", "b", 1), Hop("y")))
    )
    assert parse_destination("alice@gpu1", user="alice").user == "alice"
    assert parse_destination("gpu1", jump="none").jump == ()
    for wrong in ({"user": "bob"}, {"port": 23}):
        with pytest.raises(BadDestination, match="given twice"):
            parse_destination("alice@gpu1:22", **wrong)
    for wrong in ({"user": "-x"}, {"identity": "-x"}, {"jump": "-x"}, {"transport": "telnet"}):
        with pytest.raises(BadDestination):
            parse_destination("gpu1", **wrong)  # type: ignore[arg-type]


def test_the_laptop_takes_no_address() -> None:
    assert parse_destination("", transport="local") == Destination("", transport="local")
    with pytest.raises(BadDestination):
        parse_destination("gpu1", transport="local")


def test_a_stored_machine() -> None:
    machine = Machine(1, "gpu1", "alice@gpu1", "openssh", port=2222)
    assert destination_of(machine) == Destination("gpu1", "alice", 2222, transport="openssh")


@given(st.text(max_size=30))
def test_whatever_is_typed_is_taken_whole_or_refused(text: str) -> None:
    try:
        hop = parse_hop(text)
    except BadDestination:
        return
    assert parse_hop(str(hop)) == hop
    for part in (hop.host, hop.user or "x"):
        assert part.isprintable()
        assert not part.startswith("-")
        assert not set(part) & set("'`\"&<>|(){};")
