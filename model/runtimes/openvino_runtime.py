"""The OpenVINO runtime: the fastest way on a CPU, and one that needs neither torch nor transformers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from conflict_events.batching import Batch, batches
from conflict_events.encoding import Windows
from conflict_events.errors import ModelError
from conflict_events.model_folder import ModelFolder
from conflict_events.runtimes.bert_graph import bert_graph
from conflict_events.runtimes.choice import cpu_threads
from conflict_events.weights_file import find_weights, read_weights

if TYPE_CHECKING:
    from openvino import InferRequest

# A batch's hidden states should stay in a core's cache: 512 to 1,024 tokens ran fastest.
_TOKEN_BUDGET = 1024
# Activations are rounded to 8 bits in groups of so many, each with a scale: smaller groups are slower.
_INT8_GROUP = 128
_HINTS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}
_PRECISIONS = {hint: precision for precision, hint in _HINTS.items()} | {"float32": "fp32", "float": "fp32"}
_CAPABILITIES = {"bf16": "BF16", "fp16": "FP16"}


class OpenVinoRuntime:
    """A BERT classifier on all cores: each of `threads` threads computes a batch of its own."""

    name = "openvino"
    device = "cpu"

    def __init__(self, folder: ModelFolder, precision: str = "auto") -> None:
        import openvino

        core = openvino.Core()
        if precision in _CAPABILITIES:
            capabilities: list[str] = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
            if _CAPABILITIES[precision] not in capabilities:
                raise ModelError(f"this CPU does not compute in {precision}: use precision auto or fp32")
        self.threads = cpu_threads()
        self._with_types = folder.context_sentences > 0
        self._labels = len(folder.labels)
        self._pad_id = int(folder.config.get("pad_token_id") or 0)
        options: dict[str, Any] = {
            "NUM_STREAMS": self.threads,
            "INFERENCE_NUM_THREADS": self.threads,
            # Several processes on one machine must not all sit on its first cores.
            "ENABLE_CPU_PINNING": False,
        }
        if precision == "int8":
            options["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = _INT8_GROUP
        elif precision != "auto":
            options["INFERENCE_PRECISION_HINT"] = _HINTS[precision]
        weights = read_weights(find_weights(folder.path))
        int8 = precision == "int8"
        graph = bert_graph(weights, folder.config, with_types=self._with_types, int8=int8)
        compiled = core.compile_model(graph, "CPU", options)
        hint = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self.precision = "int8" if int8 else _PRECISIONS[hint]
        # Twice as many requests as threads: a thread that ends a batch finds the next one waiting.
        self._requests = openvino.AsyncInferQueue(compiled, 2 * self.threads)

    def score(self, windows: Windows) -> npt.NDArray[np.float32]:
        """Calibrated scores [windows, labels]; not for two threads at a time."""
        scores = np.zeros((len(windows), self._labels), np.float32)
        self._requests.set_callback(partial(_keep, scores))
        for batch in batches(windows, _TOKEN_BUDGET, self._pad_id):
            self._requests.start_async(self._inputs(batch), batch.rows)
        self._requests.wait_all()
        return scores

    def _inputs(self, batch: Batch) -> list[npt.NDArray[np.int32]]:
        inputs = [batch.ids, batch.lengths]
        return [*inputs, batch.types] if self._with_types else inputs


def _keep(scores: npt.NDArray[np.float32], request: InferRequest, rows: npt.NDArray[np.int64]) -> None:
    scores[rows] = request.get_output_tensor(0).data
