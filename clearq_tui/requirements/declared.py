"""A requirement that a project declares, and where."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

from clearq_tui.requirements.failure import Where


@dataclass(frozen=True)
class Declared:
    """A requirement as the operator wrote it."""

    text: str
    where: Where

    @property
    def requirement(self) -> Requirement:
        """What the text means.

        Raises:
            RequirementsError: it is no requirement.
        """
        try:
            return Requirement(self.text)
        except InvalidRequirement as error:
            raise self.where.refusal(
                f"{self.text!r} is not a requirement: {str(error).splitlines()[0]}."
            ) from error
