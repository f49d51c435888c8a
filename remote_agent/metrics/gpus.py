"""NVIDIA GPUs through NVML, whose Python bindings travel with the agent."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

LIBRARY = "libnvidia-ml.so.1"
"""What comes with NVIDIA's driver."""


def open_gpus() -> Optional[Callable[[], List[Dict[str, Any]]]]:
    """A function that reads every GPU; None where there is no driver or no GPU. May hang."""
    try:
        import ctypes  # a Python without it has no use for the bindings either

        # The bindings are large; a machine without the library they bind need not load them.
        ctypes.CDLL(LIBRARY)
        import pynvml
    except (ImportError, OSError):
        return None
    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
    except pynvml.NVMLError:
        return None
    if not handles:
        return None
    return lambda: [_read(pynvml, index, handle) for index, handle in enumerate(handles)]


def _read(nvml: Any, index: int, handle: Any) -> Dict[str, Any]:  # noqa: ANN401 - NVML's own
    """Per cent, bytes, degrees Celsius, watts. A value that fails is None."""

    def ask(question: str, *more: object) -> Any:  # noqa: ANN401 - whatever NVML answers
        try:
            return getattr(nvml, question)(handle, *more)
        except nvml.NVMLError:
            return None

    memory = ask("nvmlDeviceGetMemoryInfo")
    use = ask("nvmlDeviceGetUtilizationRates")
    power = ask("nvmlDeviceGetPowerUsage")
    return {
        "index": index,
        "uuid": _text(ask("nvmlDeviceGetUUID")),
        "name": _text(ask("nvmlDeviceGetName")),
        "use": use.gpu if use is not None else None,
        "memory_used": memory.used if memory is not None else None,
        "memory_total": memory.total if memory is not None else None,
        "temperature": ask("nvmlDeviceGetTemperature", nvml.NVML_TEMPERATURE_GPU),
        "power": power / 1000 if power is not None else None,
    }


def _text(value: Any) -> Optional[str]:  # noqa: ANN401 - bytes in older bindings, text in newer
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
