"""NVIDIA GPUs through NVML, whose Python bindings travel with the agent."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional


class Gpus:
    """The machine's GPUs. A machine without a driver has none; a value that fails is None."""

    def __init__(self) -> None:
        self._nvml: Any = None
        self._handles: List[Any] = []
        try:
            import pynvml
        except ImportError:
            return
        try:
            pynvml.nvmlInit()
            count = pynvml.nvmlDeviceGetCount()
            self._handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
        except pynvml.NVMLError:
            return
        self._nvml = pynvml

    def read(self) -> List[Dict[str, Any]]:
        """What each GPU does now: per cent, bytes, degrees Celsius, watts."""
        return [self._read_one(index, handle) for index, handle in enumerate(self._handles)]

    def _read_one(self, index: int, handle: Any) -> Dict[str, Any]:  # noqa: ANN401 - NVML's own
        nvml = self._nvml
        memory = self._try(lambda: nvml.nvmlDeviceGetMemoryInfo(handle))
        use = self._try(lambda: nvml.nvmlDeviceGetUtilizationRates(handle))
        power = self._try(lambda: nvml.nvmlDeviceGetPowerUsage(handle))
        return {
            "index": index,
            "uuid": _text(self._try(lambda: nvml.nvmlDeviceGetUUID(handle))),
            "name": _text(self._try(lambda: nvml.nvmlDeviceGetName(handle))),
            "use": use.gpu if use is not None else None,
            "memory_used": memory.used if memory is not None else None,
            "memory_total": memory.total if memory is not None else None,
            "temperature": self._try(
                lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)
            ),
            "power": power / 1000 if power is not None else None,
        }

    def _try(self, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever NVML answers
        try:
            return ask()
        except self._nvml.NVMLError:
            return None


def _text(value: Any) -> Optional[str]:  # noqa: ANN401 - bytes in older bindings, text in newer
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
