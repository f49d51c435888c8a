"""Conda environments on the laptop's side: what is asked for, solved once, fetched and sent.

`find_conda_packages` or `as_conda_packages`, then `lock_for`, whose result is kept with the task,
then `carry`. See `packages` for what is kept and `carrying` for what travels.
"""

from clearq_tui.conda.carrying import Carried, carry
from clearq_tui.conda.failure import CondaError
from clearq_tui.conda.find import find_conda_packages, read_conda_packages
from clearq_tui.conda.locking import lock_for
from clearq_tui.conda.target import Target, target_of, wants_python, wants_rattler
from clearq_tui.conda.wish import as_conda_packages

__all__ = [
    "Carried",
    "CondaError",
    "Target",
    "as_conda_packages",
    "carry",
    "find_conda_packages",
    "lock_for",
    "read_conda_packages",
    "target_of",
    "wants_python",
    "wants_rattler",
]
