"""Which runtime, on which device: what was asked for, or the fastest that is here."""

from __future__ import annotations

import ctypes
import os
import platform
from importlib.util import find_spec

from conflict_events.errors import MissingExtraError, ModelError
from conflict_events.model_folder import ModelFolder
from conflict_events.runtimes.base import Runtime

DEVICES = ("auto", "cpu", "cuda", "mps")
RUNTIMES = ("auto", "openvino", "torch")
PRECISIONS = ("auto", "fp32", "bf16", "fp16", "int8")
_BERT = "BertForSequenceClassification"


def open_runtime(folder: ModelFolder, device: str, runtime: str, precision: str) -> Runtime:
    """Load the model into the runtime asked for; "auto" takes a GPU if torch can use one, else OpenVINO.

    Raises:
        ModelError: the combination is impossible here, or the model does not suit the runtime.
        MissingExtraError: the runtime is not installed.
    """
    _check_choice("device", device, DEVICES)
    _check_choice("runtime", runtime, RUNTIMES)
    _check_choice("precision", precision, PRECISIONS)
    if device == "auto":
        device = "cpu" if runtime == "openvino" else _best_device()
    if runtime == "auto":
        runtime = "openvino" if device == "cpu" and _openvino_serves(folder) else "torch"
    if runtime == "openvino":
        if device != "cpu":
            raise ModelError(f"runtime openvino computes on the CPU: use runtime torch for device {device}")
        if not _is_bert(folder):
            raise ModelError(f"{folder.path}: runtime openvino is for {_BERT} models: use runtime torch")
        if find_spec("openvino") is None:
            raise ModelError("runtime openvino is not installed: pip install openvino, or use runtime torch")
        from conflict_events.runtimes.openvino_runtime import OpenVinoRuntime

        return OpenVinoRuntime(folder, precision)
    if precision == "int8":
        raise ModelError("precision int8 is for runtime openvino on a CPU: use precision auto")
    if find_spec("torch") is None:
        raise MissingExtraError("runtime torch", "torch")
    from conflict_events.runtimes.torch_runtime import TorchRuntime

    return TorchRuntime(folder, device, precision)


def cpu_threads() -> int:
    """How many CPU threads to use: OMP_NUM_THREADS where it is set, else all cores open to this process."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cuda_devices() -> int:
    """How many CUDA devices the driver sees, asked of the driver itself: importing torch takes seconds."""
    library = "nvcuda.dll" if platform.system() == "Windows" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(library)
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def _best_device() -> str:
    """A GPU if there is one that the installed torch can use, else the CPU."""
    may_have_cuda = os.environ.get("CUDA_VISIBLE_DEVICES") not in ("", "-1") and cuda_devices() > 0
    may_have_mps = platform.system() == "Darwin" and platform.machine() == "arm64"
    if (may_have_cuda or may_have_mps) and find_spec("torch") is not None:
        import torch

        if may_have_cuda and torch.cuda.is_available():
            return "cuda"
        if may_have_mps and torch.backends.mps.is_available():
            return "mps"
    return "cpu"


def _openvino_serves(folder: ModelFolder) -> bool:
    return find_spec("openvino") is not None and _is_bert(folder)


def _is_bert(folder: ModelFolder) -> bool:
    return _BERT in (folder.config.get("architectures") or ())


def _check_choice(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ModelError(f"{what} {value!r} is unknown; use {', '.join(allowed[:-1])} or {allowed[-1]}")
