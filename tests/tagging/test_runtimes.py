"""Which runtime is chosen, what it costs to start, and that fast ones agree with the reference."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from conflict_events import EventTagger, ModelError
from conflict_events.model_folder import SHIPPED
from conflict_events.runtimes import choice

TOLERATED_CHANGES = 0.001


def test_on_a_cpu_openvino_is_chosen(tiny: Path) -> None:
    runtime = EventTagger.from_pretrained(tiny, device="cpu").runtime
    assert (runtime.name, runtime.device) == ("openvino", "cpu")
    assert runtime.precision in {"fp32", "bf16", "fp16"}
    assert runtime.threads >= 1


def test_without_openvino_torch_is_chosen(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "find_spec", lambda name: None if name == "openvino" else object())
    assert EventTagger.from_pretrained(tiny, device="cpu").runtime.name == "torch"
    with pytest.raises(ModelError, match="pip install openvino"):
        EventTagger.from_pretrained(tiny, runtime="openvino")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"device": "gpu"}, "device 'gpu' is unknown; use auto, cpu, cuda or mps"),
        ({"runtime": "onnx"}, "runtime 'onnx' is unknown"),
        ({"precision": "int4"}, "precision 'int4' is unknown"),
        ({"runtime": "torch", "device": "cpu", "precision": "int8"}, "int8 is for runtime openvino"),
        ({"device": "cuda", "runtime": "openvino"}, "use runtime torch for device cuda"),
    ],
)
def test_choices_that_are_impossible(tiny: Path, options: dict[str, str], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        EventTagger.from_pretrained(tiny, **options)


def test_a_gpu_that_is_not_there(tiny: Path) -> None:
    if choice.cuda_devices():
        pytest.skip("this machine has one")
    with pytest.raises(ModelError, match="device cuda is not to be had here"):
        EventTagger.from_pretrained(tiny, device="cuda")


def test_threads_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert choice.cpu_threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "")
    assert choice.cpu_threads() >= 1


@pytest.mark.integration
def test_tagging_on_a_cpu_loads_neither_torch_nor_transformers(model_folder: Path) -> None:
    code = (
        "import sys, json\n"
        "from conflict_events import EventTagger\n"
        f"tagger = EventTagger.from_pretrained({str(model_folder)!r}, device='cpu')\n"
        "tagged = tagger.tag('The army took the town.')\n"
        "assert len(tagged) == 1\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    loaded = set(json.loads(result.stdout))
    assert "openvino" in loaded
    assert loaded & {"torch", "transformers", "sklearn", "scipy", "pandas", "matplotlib"} == set()


def test_importing_the_package_is_quick() -> None:
    code = (
        "import time; started = time.perf_counter()\n"
        "import conflict_events; print(time.perf_counter() - started)"
    )
    seconds = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(seconds) < 0.15


@pytest.mark.integration
def test_openvino_in_fp32_equals_torch_in_fp32(model_folder: Path, sentences: list[str]) -> None:
    reference, fast = (
        EventTagger.from_pretrained(model_folder, device="cpu", runtime=runtime, precision="fp32")
        for runtime in ("torch", "openvino")
    )
    np.testing.assert_allclose(fast.score(sentences), reference.score(sentences), atol=1e-4)


@pytest.mark.integration
@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_lower_precision_stays_close(model_folder: Path, sentences: list[str], runtime: str) -> None:
    """Scores of a head drawn at random lie anywhere, so decisions near a threshold are not counted."""
    reference, fast = (
        EventTagger.from_pretrained(model_folder, device="cpu", runtime=runtime, precision=precision)
        for precision in ("fp32", "auto")
    )
    difference = np.abs(fast.score(sentences) - reference.score(sentences))
    assert difference.max() < 0.1
    assert difference.mean() < 0.005


@pytest.mark.integration
@pytest.mark.parametrize(
    ("runtime", "precision"), [("openvino", "auto"), ("openvino", "int8"), ("torch", "auto")]
)
def test_the_shipped_weights_decide_alike_in_every_precision(
    corpus: Path, runtime: str, precision: str
) -> None:
    """The parity gate: thousands of real sentences, decisions at the shipped thresholds."""
    if not (SHIPPED / "config.json").exists():
        pytest.skip("no weights are shipped with this checkout")
    texts = list(
        dict.fromkeys(
            json.loads(line)["text"]
            for name in ("fakes", "cameo", "re3d")
            for line in (corpus / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[:1500]
        )
    )
    reference = EventTagger.from_pretrained(device="cpu", runtime="torch", precision="fp32")
    fast = EventTagger.from_pretrained(device="cpu", runtime=runtime, precision=precision)
    bounds = np.array([reference.thresholds[label] for label in reference.labels], np.float32)
    expected, scores = reference.score(texts), fast.score(texts)
    assert np.abs(scores - expected).max() < 0.1
    assert ((scores >= bounds) != (expected >= bounds)).mean() <= TOLERATED_CHANGES
