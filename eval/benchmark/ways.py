"""The ways in which a model can be computed on a device here."""

from __future__ import annotations

from collections.abc import Iterator

from conflict_events import EventTagger, ModelError

_WAYS = {
    "cpu": (
        ("openvino", "fp32"),
        ("openvino", "bf16"),
        ("openvino", "fp16"),
        ("openvino", "int8"),
        ("torch", "fp32"),
        ("torch", "bf16"),
    ),
    "cuda": (("torch", "fp32"), ("torch", "bf16"), ("torch", "fp16")),
}


def name_of(tagger: EventTagger) -> str:
    """Runtime and precision, as in "openvino bf16"."""
    return f"{tagger.runtime.name} {tagger.runtime.precision}"


def ways(model: str | None, device: str) -> Iterator[EventTagger]:
    """A tagger for each runtime and precision of a device ("cpu" or "cuda") that this machine offers."""
    for runtime, precision in _WAYS[device]:
        try:
            yield EventTagger.from_pretrained(model, device=device, runtime=runtime, precision=precision)
        except ModelError:
            continue
