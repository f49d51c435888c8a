"""An attempt's secrets in its runner: what the spec asks for, and the values from the daemon."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from remote_agent.secret_files import write_secret_files

DOCKER = "docker"


class AttemptSecrets:
    """Values in memory. Nothing here prints them."""

    def __init__(self, spec: Mapping[str, Any], values: Mapping[str, str]) -> None:
        self._uses: List[Dict[str, str]] = list(spec.get("secrets", ()))
        self._in_container = spec.get("mode") == DOCKER
        self._values = {use["name"]: values[use["name"]] for use in self._uses}
        self.files: Dict[str, str] = {}
        """The paths of those that are in files, by name."""

    def __bool__(self) -> bool:
        """Whether the attempt has any."""
        return bool(self._uses)

    def values(self) -> List[str]:
        """What must be in no log."""
        return list(self._values.values())

    def lay_out(self, directory: str) -> None:
        """Make the files that the attempt needs, in memory.

        All are files for a container: what is given to it as a variable, its engine writes down.

        Raises:
            NoPlaceInMemory: they would have to be on a disk.
            OSError: the system refuses.
        """
        names = {
            use["name"] for use in self._uses if self._in_container or use["kind"] != "variable"
        }
        self.files = write_secret_files(directory, {name: self._values[name] for name in names})

    def variables(self) -> Dict[str, str]:
        """What the command gets: values, and paths of files. In a container its mode sees to it."""
        if self._in_container:
            return {}
        kinds = {"variable": self._values, "file": self.files}
        return {
            use["target"]: kinds[use["kind"]][use["name"]]
            for use in self._uses
            if use["kind"] in kinds
        }
