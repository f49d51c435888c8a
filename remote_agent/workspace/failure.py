"""Why code could not be laid out."""

from __future__ import annotations


class WorkspaceError(Exception):
    """The workspace could not be made; the message is a sentence for the operator.

    `lacks_base` is true when the cache no longer has what a bundle builds on, so that sending the
    code once more, whole, will help.
    """

    def __init__(self, sentence: str, lacks_base: bool = False) -> None:
        super().__init__(sentence)
        self.lacks_base = lacks_base
