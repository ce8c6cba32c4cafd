"""The interface of a runtime."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from conflict_events.encoding import Windows


class Runtime(Protocol):
    """A loaded model on a device.

    `name` is "openvino" or "torch", `device` where it computes ("cpu", "cuda", "mps"), `precision` what it
    multiplies in ("fp32", "bf16", "fp16", "int8"), `threads` how many CPU threads it uses.
    """

    name: str
    device: str
    precision: str
    threads: int

    def score(self, windows: Windows) -> npt.NDArray[np.float32]:
        """Calibrated scores [windows, labels]; sigmoids, each from 0 to 1."""
        ...
