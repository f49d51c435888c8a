"""The sampler process: what it keeps of the daemon's, what ends it, what it survives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.agent.interpreters import on_every_python, run_script

SCRIPT = Path(__file__).parent / "scripts" / "sampler_life.py"

PYNVML = """
class NVMLError(Exception): pass
class Some:
    def __init__(self, **values): self.__dict__.update(values)
NVML_TEMPERATURE_GPU = 0
def nvmlInit(): pass
def nvmlDeviceGetCount(): return 2
def nvmlDeviceGetHandleByIndex(index): return index
def nvmlDeviceGetUUID(gpu): return b"GPU-\\xff" if gpu == 0 else "GPU-1"
def nvmlDeviceGetName(gpu): return b"Old" if gpu == 0 else "New"
def nvmlDeviceGetMemoryInfo(gpu): return fails(gpu) or Some(used=3, total=8)
def nvmlDeviceGetUtilizationRates(gpu): return fails(gpu) or Some(gpu=0)
def nvmlDeviceGetPowerUsage(gpu): return fails(gpu) or 71500
def nvmlDeviceGetTemperature(gpu, sensor): return fails(gpu) or 40 + sensor
def fails(gpu):
    if gpu == 1: raise NVMLError("not supported")
"""

NO_DRIVER = PYNVML + "def nvmlInit(): raise NVMLError('no driver')\n"

BROKEN_PSUTIL = {
    "does not load": "raise OSError('failed to map segment from shared object')",
    "does not know this kernel": "def cpu_times(): raise RuntimeError('new kernel')",
}


def sampled(
    python: str, tmp_path: Path, *, sees_proc: bool = True, **modules: str
) -> dict[str, Any]:
    """A sample, with these modules to be found by the sampler."""
    for name, source in modules.items():
        (tmp_path / f"{name}.py").write_text(source)
    (tmp_path / "attempts").mkdir()
    found: dict[str, Any] = json.loads(
        run_script(python, SCRIPT, tmp_path, tmp_path, str(sees_proc))
    )
    return found


@on_every_python()
def test_gpus_of_old_and_new_bindings_with_values_that_fail(python: str, tmp_path: Path) -> None:
    old, new = sampled(python, tmp_path, pynvml=PYNVML)["gpus"]
    assert old == {
        "index": 0,
        "uuid": "GPU-\ufffd",
        "name": "Old",
        "use": 0,
        "memory_used": 3,
        "memory_total": 8,
        "temperature": 40,
        "power": 71.5,
    }
    assert (new["uuid"], new["name"]) == ("GPU-1", "New")
    assert {value for name, value in new.items() if name not in ("index", "uuid", "name")} == {None}


def test_bindings_without_a_driver_give_no_gpus(python: str, tmp_path: Path) -> None:
    assert sampled(python, tmp_path, pynvml=NO_DRIVER)["gpus"] == []


@pytest.mark.parametrize("how", BROKEN_PSUTIL)
def test_a_broken_psutil_costs_no_sample(how: str, python: str, tmp_path: Path) -> None:
    """It is asked where /proc does not tell everything."""
    sample = sampled(python, tmp_path, sees_proc=False, psutil=BROKEN_PSUTIL[how])
    assert sample["cpu"] is None
    assert sample["space"]["total"] > 0
