"""What a machine without a network needs, fetched on the laptop and made into blobs."""

from __future__ import annotations

from clearq_tui.provisioning.bring import Brought, bring_python_environment
from clearq_tui.provisioning.bring_packages import bring_packages
from clearq_tui.provisioning.code import Code
from clearq_tui.provisioning.errand import Errand
from clearq_tui.provisioning.failure import ProvisionError, Stopped
from clearq_tui.provisioning.kept_blobs import KeptBlob, keep_as_blob
from clearq_tui.provisioning.python_build import PythonBuild, bring_python
from clearq_tui.provisioning.target import Target, own_target, target_of
from clearq_tui.provisioning.travel import travels_via_laptop
from clearq_tui.provisioning.uv_wheel import uv_wheel
from clearq_tui.provisioning.wheels import Wheel

__all__ = [
    "Brought",
    "Code",
    "Errand",
    "KeptBlob",
    "ProvisionError",
    "PythonBuild",
    "Stopped",
    "Target",
    "Wheel",
    "bring_packages",
    "bring_python",
    "bring_python_environment",
    "keep_as_blob",
    "own_target",
    "target_of",
    "travels_via_laptop",
    "uv_wheel",
]
