"""The conditions of a `Match` line in `ssh_config`."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clearq_tui.ssh_config_syntax import matches_pattern_list


@dataclass(frozen=True)
class MatchQuestion:
    """What a `Match` line may ask about."""

    host: str
    original_host: str
    user: str
    local_user: str
    tag: str
    is_final: bool
    run_condition: Callable[[str], bool]
    local_addresses: Callable[[], Sequence[str]]


@dataclass(frozen=True)
class MatchAnswer:
    """Whether the block applies, and whether the files must be read a second time."""

    result: bool
    wants_final: bool


def evaluate_match(words: Sequence[str], question: MatchQuestion) -> MatchAnswer:
    """Evaluate all conditions; `exec` is not run once another condition has failed.

    Raises:
        ValueError: a condition does not exist or lacks its argument.
    """
    result, wants_final = True, False
    remaining = _conditions(words)
    for position, (name, negated, argument) in enumerate(remaining):
        if name == "all":
            if len(remaining) > 2 or position != len(remaining) - 1:
                raise ValueError("Match all cannot be combined with other conditions")
            result = result and not negated
            continue
        wants_final |= name == "final"
        if not result and name == "exec":
            continue
        if _holds(name, argument, question) == negated:
            result = False
    return MatchAnswer(result, wants_final)


def _conditions(words: Sequence[str]) -> list[tuple[str, bool, str]]:
    conditions = []
    rest = iter(words)
    for word in rest:
        name = word.removeprefix("!")
        equals = ""
        if name.lower() not in ("all", "canonical", "final"):
            name, sign, equals = name.partition("=")
            if not sign and (equals := next(rest, "")) == "=":
                equals = next(rest, "")
            if not equals:
                raise ValueError(f"Match {name} without a pattern")
        conditions.append((name.lower(), word.startswith("!"), equals))
    return conditions


def _holds(name: str, argument: str, question: MatchQuestion) -> bool:
    if name in ("canonical", "final"):
        return question.is_final
    if name == "exec":
        return question.run_condition(argument)
    if name == "localnetwork":
        return _is_local_network(argument, question.local_addresses())
    if name in ("host", "originalhost"):
        host = question.host if name == "host" else question.original_host
        return matches_pattern_list(host.lower(), argument.lower())
    subjects = {
        "user": question.user,
        "localuser": question.local_user,
        "tagged": question.tag,
        "sessiontype": "exec",
        "command": "",
    }
    if name not in subjects:
        raise ValueError(f"Match knows no condition {name!r}")
    return matches_pattern_list(subjects[name], argument)


def _is_local_network(networks: str, addresses: Sequence[str]) -> bool:
    wanted = [ipaddress.ip_network(network, strict=False) for network in networks.split(",")]
    mine = [ipaddress.ip_address(address) for address in addresses]
    return any(address in network for network in wanted for address in mine)
