"""The reconcile loop: makes the machines match the store, and the store match the machines."""

from __future__ import annotations

import asyncio
import logging
import time

from clearq_tui.controller.desk import Desk
from clearq_tui.controller.feed_server import FeedServer
from clearq_tui.controller.housekeeping import keep_house
from clearq_tui.controller.machine_loop import MachineLoop
from clearq_tui.fleet.agent_door import AgentDoor
from clearq_tui.model import ClearqError
from clearq_tui.operations import attempts as attempt_operations
from clearq_tui.operations import planning
from clearq_tui.paths import Home
from clearq_tui.scheduling import plan
from clearq_tui.store import Store, machines
from clearq_tui.store.failure import StoreError

LOOK_EVERY = 0.25
"""Seconds between looks at the change counter, for changes that nobody nudged about."""

COMPANY = 0.01
"""Seconds that what is not urgent waits, so that much of it shares one sync to disk."""
AGAIN_AFTER = 5.0
"""Seconds after which a machine is taken up again whose loop failed."""

log = logging.getLogger("clearq")


class Controller:
    """One per store, by the store's lock. Everything happens in one event loop."""

    def __init__(self, store: Store, home: Home, door: AgentDoor) -> None:
        self._store = store
        self._home = home
        self._door = door
        self._feed = FeedServer(home, nudged=self._look, stopped=self.stop, unlocked=self._unlock)
        self._desk = Desk(store, home, changed=self.changed, tell=self._feed.tell)
        self._loops: dict[int, MachineLoop] = {}
        self._running: dict[int, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()
        self._round_is_next = False
        self._later: asyncio.TimerHandle | None = None
        self._touched: set[int] = set()
        self._all_touched = True
        self._seen_counter = -1
        self._complaint = ""

    async def run(self) -> None:
        """Reconcile until told to stop. Machines carry on with what they have.

        Raises:
            OSError: the feed's socket cannot be made.
        """
        await self._feed.start()
        chores = [asyncio.create_task(chore) for chore in (self._watch(), keep_house(self._home))]
        try:
            self._look()
            await self._stopping.wait()
        finally:
            everything = [*chores, *self._running.values()]
            for task in everything:
                task.cancel()
            await asyncio.gather(*everything, return_exceptions=True)
            await self._feed.close()

    def stop(self) -> None:
        """Make `run` return. Events that were not committed are told again by their machines."""
        self._stopping.set()

    def changed(self, machine: int | None = None, *, soon: bool = True) -> None:
        """Something changed or arrived: have a round, at once or when company has come for it.

        `machine`: whose agent must hear of it; None: nobody's.
        """
        if machine is not None:
            self._touched.add(machine)
        loop = asyncio.get_running_loop()
        if soon and not self._round_is_next:
            self._round_is_next = True
            loop.call_soon(self._round)
        elif not soon and self._later is None:
            self._later = loop.call_later(COMPANY, self._round)

    # Changes from elsewhere

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                if self._store.change_counter() != self._seen_counter:
                    self._look()
            except StoreError as error:
                self._complain(error)

    def _look(self) -> None:
        """Somebody else may have changed anything."""
        self._all_touched = True
        try:
            self._match_machines()
        except StoreError as error:
            self._complain(error)
        else:
            self._round()

    def _match_machines(self) -> None:
        """One loop for each machine in the store, none for others."""
        present = {machine.id: machine for machine in machines.rows(self._store)}
        for number in self._loops.keys() - present.keys():
            del self._loops[number]
            self._running.pop(number).cancel()
        for number, machine in present.items():
            if number in self._loops:
                self._loops[number].update(machine)
            else:
                loop = self._loops[number] = MachineLoop(machine, self._desk, self._door)
                self._running[number] = asyncio.create_task(self._keep(loop, machine.name))

    async def _keep(self, loop: MachineLoop, name: str) -> None:
        while True:
            try:
                return await loop.run()
            except asyncio.CancelledError:
                raise
            except StoreError as error:
                self._complain(error)
            except Exception:  # one machine's trouble must not take the others down
                log.exception("The link to %s failed, by a fault in clearq.", name)
            await asyncio.sleep(AGAIN_AFTER)

    def _complain(self, error: StoreError) -> None:
        """Say what is wrong with the store, once for each trouble that it has."""
        if str(error) != self._complaint:
            self._complaint = str(error)
            log.error("%s", error)

    def _unlock(self, key: bytes) -> bool:
        """Take the key of the encrypted secrets, if there is one; whether they can be read now."""
        vault = self._desk.vault
        try:
            is_open = vault.unlock(key) if key else vault.is_open
        except (ClearqError, OSError) as error:
            log.error("%s", error)  # noqa: TRY400 - it is a sentence for the operator
            is_open = False
        for loop in self._loops.values():
            loop.look_for_secrets()
        return is_open

    # Rounds

    def _round(self) -> None:
        """All that has arrived and all that can be leased, in one transaction; then say so."""
        self._round_is_next = False
        if self._later is not None:
            self._later.cancel()
            self._later = None
        try:
            with self._store.together():
                applied = self._desk.apply_what_arrived()
                self._lease()
        except StoreError as error:
            self._complain(error)
            self._desk.give_up_what_arrived(str(error))
            self._all_touched = True
            return
        self._desk.settled()
        for link, seq in applied:
            link.applied(seq)
        self._say_what_is_wanted()
        counter = self._store.change_counter()
        if counter != self._seen_counter:
            self._seen_counter = counter
            self._feed.tell_changed()

    def _say_what_is_wanted(self) -> None:
        if self._all_touched:
            wanted = self._desk.wanted_of_all(self._loops)
        else:
            touched = self._touched & self._loops.keys()
            wanted = {number: self._desk.wanted_of(number) for number in touched}
        self._all_touched, self._touched = False, set()
        for number, of_one in wanted.items():
            self._loops[number].desire(of_one)
        for number in self._desk.outputs.machines_to_tell() & self._loops.keys():
            self._loops[number].want_outputs()

    def _lease(self) -> None:
        online = {number for number, loop in self._loops.items() if loop.takes_leases}
        decided = plan(planning.read_snapshot(self._store, online))
        if decided.leases:
            granted = attempt_operations.lease(
                self._store,
                [(lease.task, lease.worker) for lease in decided.leases],
                now=time.time(),
            )
            self._touched.update(attempt.machine for attempt in granted)
        if decided.recalls:
            recalled = attempt_operations.recall(
                self._store,
                [(recall.task, recall.attempt) for recall in decided.recalls],
                now=time.time(),
            )
            self._touched.update(attempt.machine for attempt in recalled)
