"""The device that training runs on: one process or several, and what it computes fast."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conflict_events.errors import MissingExtraError

if TYPE_CHECKING:
    from accelerate import Accelerator


def start_accelerator() -> Accelerator:
    """What says whether this process is one of several; raises MissingExtraError without the extra train."""
    try:
        import torch
        from accelerate import Accelerator
    except ImportError:
        raise MissingExtraError("training", "train") from None
    if torch.cuda.is_available():
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS needs to be deterministic
        torch.use_deterministic_algorithms(True, warn_only=True)
    # The loop casts by itself: accelerate's precision cannot change from one run of a process to the next.
    return Accelerator(mixed_precision="no")


def fast_in_bf16() -> bool:
    """Whether the device computes in bfloat16 natively: recent GPUs, and CPUs with AVX512-BF16 or AMX."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if sys.platform != "linux" or torch.backends.mps.is_available():
        return False
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    return "avx512_bf16" in flags or "amx_bf16" in flags
