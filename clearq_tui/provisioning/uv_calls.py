"""The laptop's uv, and the environment that it is run in."""

from __future__ import annotations

from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError
from clearq_tui.provisioning.sources import Sources
from clearq_tui.provisioning.target import Target

_NOT_FOR_US = frozenset({"UV_PYTHON", "VIRTUAL_ENV"})
"""What the operator says of environments on the laptop says nothing of those on a machine."""


def uv_program() -> str:
    """The path of the laptop's uv.

    Raises:
        ProvisionError: it is not there.
    """
    import uv

    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError as error:
        raise ProvisionError("uv, which clearq was installed with, is missing here.") from error


def variables_for_uv(errand: Errand, sources: Sources, target: Target) -> dict[str, str]:
    """The environment for uv: the operator's, less what concerns environments of the laptop."""
    variables = {**errand.environment, **sources.operators.variables}
    for name in _NOT_FOR_US:
        variables.pop(name, None)
    variables["UV_PYTHON_DOWNLOADS"] = "never"
    if sources.for_uv.indexes:
        # As pip does it: who names a further index expects the best of all of them.
        variables.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    if target.system == "Darwin":
        variables["MACOSX_DEPLOYMENT_TARGET"] = ".".join(map(str, target.release))
    return variables
