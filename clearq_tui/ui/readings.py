"""A machine's sample, checked: what an agent sends may hold anything at any place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_MOST_GPUS: Final = 64


@dataclass(frozen=True)
class GpuReading:
    """One GPU: percent, bytes, degrees Celsius, watts; None where it cannot tell."""

    name: str
    use: float | None
    memory_used: float | None
    memory_total: float | None
    temperature: float | None
    power: float | None


@dataclass(frozen=True)
class Readings:
    """One look at a machine; None where it cannot tell. Traffic is in bytes a second."""

    cpu: float | None = None
    """Percent of all processors."""
    cores: float | None = None
    load: float | None = None
    """Of the last minute."""
    memory_used: float | None = None
    memory_total: float | None = None
    received: float | None = None
    sent: float | None = None
    read: float | None = None
    written: float | None = None
    space_used: float | None = None
    space_total: float | None = None
    gpus: tuple[GpuReading, ...] = ()

    @property
    def gpu_use(self) -> float | None:
        """Percent, the mean of all GPUs that can tell."""
        return mean([gpu.use for gpu in self.gpus])

    @property
    def gpu_memory_used(self) -> float | None:
        """Bytes, of all GPUs together."""
        return total([gpu.memory_used for gpu in self.gpus])

    @property
    def gpu_memory_total(self) -> float | None:
        """Bytes, of all GPUs together."""
        return total([gpu.memory_total for gpu in self.gpus])

    @property
    def network(self) -> float | None:
        """Bytes a second, both ways."""
        return total([self.received, self.sent])

    @property
    def disk(self) -> float | None:
        """Bytes a second, both ways."""
        return total([self.read, self.written])


def readings_of(sample: Mapping[str, object]) -> Readings:
    """What is understood of a sample; everything else counts as not told."""
    memory, network = _part(sample, "memory"), _part(sample, "network")
    disk, space = _part(sample, "disk"), _part(sample, "space")
    load = sample.get("load")
    gpus = sample.get("gpus")
    return Readings(
        cpu=_number(sample.get("cpu")),
        cores=_number(sample.get("cores")),
        load=_number(load[0]) if isinstance(load, list) and load else None,
        memory_used=_number(memory.get("used")),
        memory_total=_number(memory.get("total")),
        received=_number(network.get("received")),
        sent=_number(network.get("sent")),
        read=_number(disk.get("read")),
        written=_number(disk.get("written")),
        space_used=_number(space.get("used")),
        space_total=_number(space.get("total")),
        gpus=tuple(
            _gpu(gpu)
            for gpu in (gpus[:_MOST_GPUS] if isinstance(gpus, list) else [])
            if isinstance(gpu, Mapping)
        ),
    )


def mean(values: list[float | None]) -> float | None:
    """The mean of those that are told; None where none is."""
    told = [value for value in values if value is not None]
    return sum(told) / len(told) if told else None


def total(values: list[float | None]) -> float | None:
    """The sum of those that are told; None where none is."""
    told = [value for value in values if value is not None]
    return sum(told) if told else None


def _gpu(gpu: Mapping[str, object]) -> GpuReading:
    name = gpu.get("name")
    return GpuReading(
        name=name if isinstance(name, str) else "GPU",
        use=_number(gpu.get("use")),
        memory_used=_number(gpu.get("memory_used")),
        memory_total=_number(gpu.get("memory_total")),
        temperature=_number(gpu.get("temperature")),
        power=_number(gpu.get("power")),
    )


def _part(sample: Mapping[str, object], key: str) -> Mapping[str, object]:
    part = sample.get(key)
    return part if isinstance(part, Mapping) else {}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
