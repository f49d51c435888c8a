"""Brings a machine the secrets that it asks for, or says why they must wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

from clearq_tui.controller.desk import Desk
from clearq_tui.controller.leases.secrets import secret_uses
from clearq_tui.fleet.link import Link
from clearq_tui.model import ClearqError
from clearq_tui.secrets import NoSuchSecret, SecretLocked
from remote_agent.messages import LARGEST_SECRETS

_WORTH_SAYING = 2.0
"""Seconds after which a keyring that does not answer is said to be asking somebody."""
_T = TypeVar("_T")


class SecretBringer:
    """Belongs to the loop of one machine. Keeps no value longer than it takes to send it."""

    def __init__(self, desk: Desk, machine: int) -> None:
        self._desk = desk
        self._machine = machine
        self._link: Link | None = None
        self._waiting: set[str] = set()
        """Attempts whose secrets could not be read."""
        self._reading: dict[str, asyncio.Task[None]] = {}

    def link_is(self, link: Link | None) -> None:
        """Another link, or none: whoever still needs secrets asks again on the next."""
        self._link = link
        self._waiting.clear()

    def bring(self, attempt: str) -> None:
        """Send the secrets of the machine's attempt, now or when they can be read."""
        leased = self._desk.leased(attempt)
        if leased is None or self._link is None:
            return
        # A machine is told the secrets of its own attempts, whatever it asks for.
        if leased.attempt.machine != self._machine or not leased.attempt.state.is_open:
            return
        names = sorted({use["name"] for use in secret_uses(leased.task, leased.worker)})
        if attempt in self._reading:
            self._reading[attempt].cancel()
        reading = asyncio.create_task(self._bring(self._link, attempt, names))
        self._reading[attempt] = reading
        reading.add_done_callback(lambda done: self._forget(attempt, done))

    def look_again(self) -> None:
        """What could not be read perhaps can be now."""
        waiting, self._waiting = self._waiting, set()
        for attempt in waiting:
            self.bring(attempt)

    async def _bring(self, link: Link, attempt: str, names: list[str]) -> None:
        values: Mapping[str, str] = {}
        problem = ""
        try:
            values = await self._read(attempt, names)
        except NoSuchSecret as missing:
            problem = str(missing)
        except SecretLocked as locked:
            self._wait(link, attempt, str(locked))
            return
        except (ClearqError, OSError) as error:
            self._wait(link, attempt, f"waits for its secrets: {error}")
            return
        if sum(len(value.encode()) for value in values.values()) > LARGEST_SECRETS:
            values = {}
            problem = f"The secrets of one task may have {LARGEST_SECRETS} bytes together."
        if self._link is link:
            self._desk.say_why(attempt, "")
            link.secrets(attempt, values, problem)

    async def _read(self, attempt: str, names: list[str]) -> Mapping[str, str]:
        asked = f"waits for secret {' and '.join(names)}: the keyring asks you for it"
        said = asyncio.get_running_loop().call_later(
            _WORTH_SAYING, self._desk.say_why, attempt, asked
        )
        try:
            return await _in_thread(lambda: self._desk.vault.values(names))
        finally:
            said.cancel()

    def _wait(self, link: Link, attempt: str, reason: str) -> None:
        if self._link is link:
            self._waiting.add(attempt)
            self._desk.say_why(attempt, reason)

    def _forget(self, attempt: str, done: asyncio.Task[None]) -> None:
        if self._reading.get(attempt) is done:
            del self._reading[attempt]
        if not done.cancelled():
            done.result()


async def _in_thread(work: Callable[[], _T]) -> _T:
    """Work that may take for ever, in a thread for which nobody waits at the end."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[_T] = loop.create_future()

    def tell(answer: Callable[[], None]) -> None:
        if not result.done():
            answer()

    def do() -> None:
        try:
            done = work()
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it
            reason = error
            _call(loop, lambda: tell(lambda: result.set_exception(reason)))
        else:
            _call(loop, lambda: tell(lambda: result.set_result(done)))

    threading.Thread(target=do, daemon=True).start()
    return await result


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:
        return  # the controller has left meanwhile
