"""Lists of algorithm names as `ssh_config` writes them: plain, `+` more, `-` fewer, `^` first."""

from __future__ import annotations

from collections.abc import Sequence

from clearq_tui.ssh_config_syntax import matches_pattern_list


def choose_algorithms(
    wanted: str | None, supported: Sequence[str], default: Sequence[str]
) -> list[str]:
    """The names to propose, best first; names that this client does not know are left out.

    Raises:
        ValueError: nothing remains.
    """
    if not wanted:
        return list(default)
    sign, names = (wanted[0], wanted[1:]) if wanted[0] in "+-^" else ("", wanted)
    if sign == "-":
        chosen = [name for name in default if not matches_pattern_list(name, names)]
    else:
        named = [
            name
            for pattern in names.split(",")
            for name in supported
            if matches_pattern_list(name, pattern)
        ]
        before, after = ([], default) if sign == "^" else (default if sign == "+" else [], [])
        chosen = list(dict.fromkeys([*before, *named, *after]))
    if not chosen:
        raise ValueError(f"none of the algorithms {wanted} is known to clearq")
    return chosen
