"""The torch runtime: for CUDA and Apple GPUs, for CPUs without OpenVINO, and the reference for parity."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from conflict_events.batching import Batch, batches
from conflict_events.encoding import Windows
from conflict_events.errors import MissingExtraError, ModelError
from conflict_events.model_folder import ModelFolder
from conflict_events.quiet import quiet_transformers
from conflict_events.runtimes.torch_bert import ARCHITECTURE, TorchBert
from conflict_events.weights_file import find_weights

if TYPE_CHECKING:
    import torch

# A CPU core's cache holds the hidden states of some hundred tokens; a GPU wants enough work to fill it, and
# at this size the activations stay under 1 GB.
_TOKEN_BUDGET = {"cpu": 1024, "cuda": 32768, "mps": 16384}
_BF16_FLAGS = ("avx512_bf16", "amx_bf16", "bf16", "arm_bf16")

Forward = Callable[["torch.Tensor", "torch.Tensor", "torch.Tensor | None"], "torch.Tensor"]


class TorchRuntime:
    """A sequence classifier in torch: BERT by functions of our own, other architectures by transformers."""

    name = "torch"

    def __init__(self, folder: ModelFolder, device: str = "cpu", precision: str = "auto") -> None:
        import torch

        _check_device(device)
        self.device = device
        self.precision = _best_precision(device) if precision == "auto" else precision
        self.threads = torch.get_num_threads()
        dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[self.precision]
        self._labels = len(folder.labels)
        self._pad_id = int(folder.config.get("pad_token_id") or 0)
        self._forward: Forward
        if ARCHITECTURE in (folder.config.get("architectures") or ()):
            self._forward = TorchBert(find_weights(folder.path), folder.config, device, dtype)
        else:
            self._forward = _by_transformers(folder, device, dtype)

    def score(self, windows: Windows) -> npt.NDArray[np.float32]:
        """Calibrated scores [windows, labels]; fetched from the device once, after the last batch."""
        import torch

        if len(windows) == 0:
            return np.zeros((0, self._labels), np.float32)
        rows: list[npt.NDArray[np.int64]] = []
        logits: list[torch.Tensor] = []
        with torch.inference_mode():
            for batch in batches(windows, _TOKEN_BUDGET[self.device], self._pad_id):
                rows.append(batch.rows)
                logits.append(self._forward(*self._inputs(batch)))
            by_length = torch.cat(logits).float().sigmoid().cpu().numpy()
        scores = np.empty((len(windows), self._labels), np.float32)
        scores[np.concatenate(rows)] = by_length
        return scores

    def _inputs(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        ids, types = self._on_device(batch.ids), self._on_device(batch.types)
        width = batch.ids.shape[1]
        if int(batch.lengths.min()) == width:
            return ids, types, None
        return ids, types, self._on_device(np.arange(width) < batch.lengths[:, None])

    def _on_device(self, values: npt.NDArray[np.generic]) -> torch.Tensor:
        import torch

        tensor = torch.from_numpy(values)
        if self.device == "cuda":
            return tensor.pin_memory().to(self.device, non_blocking=True)
        return tensor.to(self.device)


def _by_transformers(folder: ModelFolder, device: str, dtype: torch.dtype) -> Forward:
    try:
        from transformers import AutoModelForSequenceClassification
    except ImportError:
        raise MissingExtraError(f"a model other than {ARCHITECTURE}", "torch") from None
    try:
        with quiet_transformers():
            model, loading = AutoModelForSequenceClassification.from_pretrained(
                folder.path,
                output_loading_info=True,
                dtype=dtype,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,  # unset, transformers would ask on the terminal
            )
    except (ValueError, OSError, RuntimeError) as error:
        raise ModelError(f"{folder.path}: transformers cannot load it ({error})") from error
    if missing := sorted(loading["missing_keys"]):
        raise ModelError(f"{folder.path}: its weights lack {missing[0]}, which would be left to chance")
    model = model.to(device).eval()
    has_types = int(folder.config.get("type_vocab_size") or 0) > 1

    def forward(ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        extra = {"token_type_ids": types.long()} if has_types else {}
        seen = mask if mask is not None else ids.new_ones(ids.shape)
        logits: torch.Tensor = model(input_ids=ids.long(), attention_mask=seen.long(), **extra).logits
        return logits

    return forward


def _check_device(device: str) -> None:
    import torch

    here = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not here[device]:
        raise ModelError(f"device {device} is not to be had here: use device auto or cpu")


def _best_precision(device: str) -> str:
    """bf16 where the device multiplies in it; on a GPU without it, fp16."""
    import torch

    if device == "cuda":
        return "bf16" if torch.cuda.get_device_capability() >= (8, 0) else "fp16"
    # Newer releases alone have it; without it, fp32 is safe.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    has_bf16 = device == "cpu" and any(capabilities.get(flag) for flag in _BF16_FLAGS)
    return "bf16" if has_bf16 else "fp32"
