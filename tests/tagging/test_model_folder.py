"""Every fault of a model folder is told in one line that names the file and the remedy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conflict_events import EventTagger, ModelError
from conflict_events.model_folder import load_model_folder, model_version, write_settings

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
CALIBRATION = {"method": "none", "slope": {}, "intercept": {}}
EditConfig = Callable[..., None]


def cut(file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])


def fault_of(folder: Path | str) -> str:
    with pytest.raises(ModelError) as raised:
        load_model_folder(folder)
    message = str(raised.value)
    assert "\n" not in message
    return message


def test_a_whole_folder(tiny: Path) -> None:
    folder = load_model_folder(tiny)
    assert folder.labels == LABELS
    assert folder.thresholds == dict.fromkeys(LABELS, 0.5)
    assert (folder.context_sentences, folder.max_length) == (0, 64)
    assert len(folder.version) == 12
    assert set(folder.version) <= set("0123456789abcdef")


def test_settings_make_the_weights_compute_in_float32(tiny: Path) -> None:
    config = json.loads((tiny / "config.json").read_text(encoding="utf-8"))
    assert config["dtype"] == "float32"
    assert config["conflict_events"]["calibration"]["method"] == "platt"


def test_a_plain_folder_has_thresholds_of_a_half(plain_folder: Path) -> None:
    folder = load_model_folder(plain_folder)
    assert folder.thresholds == dict.fromkeys(LABELS, 0.5)
    assert folder.context_sentences == 0


def test_the_version_changes_with_whatever_scores_and_decisions_depend_on() -> None:
    labels, thresholds = ("x", "y"), {"x": 0.5, "y": 0.5}
    versions = {
        model_version(("aa", "t"), labels, thresholds, (0, "all"), 192),
        model_version(("bb", "t"), labels, thresholds, (0, "all"), 192),
        model_version(("aa", "u"), labels, thresholds, (0, "all"), 192),
        model_version(("aa", "t"), ("y", "x"), thresholds, (0, "all"), 192),
        model_version(("aa", "t"), labels, {"x": 0.5, "y": 0.6}, (0, "all"), 192),
        model_version(("aa", "t"), labels, thresholds, (2, "all"), 192),
        model_version(("aa", "t"), labels, thresholds, (3, "all"), 192),
        model_version(("aa", "t"), labels, thresholds, (2, "quotations"), 192),
        model_version(("aa", "t"), labels, thresholds, (0, "all"), 16),
    }
    assert len(versions) == 9
    assert model_version(("aa", "t"), labels, {"y": 0.5, "x": 0.5}, (0, "all"), 192) in versions


@pytest.mark.parametrize("changed", ["max_length", "tokenizer"])
def test_a_folder_with_another_window_or_tokenizer_is_another_version(
    tiny: Path, tmp_path: Path, changed: str
) -> None:
    before = load_model_folder(tiny).version
    other = Path(shutil.copytree(tiny, tmp_path / "other"))
    if changed == "max_length":
        config = json.loads((other / "config.json").read_text(encoding="utf-8"))
        config["conflict_events"]["max_length"] -= 1
        (other / "config.json").write_text(json.dumps(config), encoding="utf-8")
    else:
        text = (other / "tokenizer.json").read_text(encoding="utf-8")
        (other / "tokenizer.json").write_text(text + " ", encoding="utf-8")
    assert load_model_folder(other).version != before


def test_a_missing_folder(tmp_path: Path) -> None:
    assert "no such model folder" in fault_of(tmp_path / "nowhere")


def test_a_file_instead_of_a_folder(tiny: Path) -> None:
    assert "not a file" in fault_of(tiny / "model.safetensors")


def test_a_hub_id_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    message = fault_of("nobody/no-such-model")
    assert "nobody/no-such-model" in message
    assert "name a model folder on disk" in message


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_missing_file(tiny: Path, name: str) -> None:
    (tiny / name).unlink()
    assert f"{name} is missing" in fault_of(tiny)


def test_pickled_weights_are_refused(tiny: Path) -> None:
    (tiny / "model.safetensors").rename(tiny / "pytorch_model.bin")
    message = fault_of(tiny)
    assert "pytorch_model.bin" in message
    assert "save_pretrained" in message


@pytest.mark.parametrize("size", [0, 4, 100, 5000])
def test_weights_cut_short(tiny: Path, size: int) -> None:
    cut(tiny / "model.safetensors", size)
    message = fault_of(tiny)
    assert "model.safetensors" in message
    assert "damaged" in message


def test_weights_that_are_no_safetensors(tiny: Path) -> None:
    (tiny / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n")
    assert "damaged" in fault_of(tiny)


def test_one_changed_byte_of_the_weights(tiny: Path) -> None:
    content = bytearray((tiny / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (tiny / "model.safetensors").write_bytes(content)
    assert "sha256" in fault_of(tiny)


def test_a_damaged_tokenizer(tiny: Path) -> None:
    cut(tiny / "tokenizer.json", 1000)
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        EventTagger.from_pretrained(tiny, device="cpu")


def test_a_config_that_is_no_json(tiny: Path) -> None:
    cut(tiny / "config.json", 100)
    assert "not valid JSON" in fault_of(tiny)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"id2label": None}, "'id2label' is missing"),
        ({"id2label": {"0": "a", "2": "b"}}, "count from 0"),
        ({"id2label": dict.fromkeys("0123", "a")}, "names a label twice"),
        ({"problem_type": "single_label_classification"}, "not a multi-label model"),
        ({"problem_type": None}, "not a multi-label model"),
    ],
)
def test_a_config_of_another_kind_of_model(
    tiny: Path, edit_config: EditConfig, keys: dict[str, object], words: str
) -> None:
    edit_config(**keys)
    assert words in fault_of(tiny)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"thresholds": None}, "thresholds are missing"),
        ({"thresholds": {"advance": 0.5, "flood": 0.5}}, "thresholds for advance, flood"),
        ({"thresholds": dict.fromkeys(LABELS, 1.5)}, "the threshold of advance is 1.5"),
        ({"thresholds": dict.fromkeys(LABELS, "0.5")}, "the threshold of advance is '0.5'"),
        ({"max_length": 4096}, "'max_length' is 4096"),
        ({"max_length": None}, "'max_length' is None"),
        ({"context_sentences": -1}, "'context_sentences' is -1"),
        ({"context_for": "questions"}, "'context_for' is 'questions'"),
        ({"weights_sha256": None}, "'weights_sha256' is missing"),
    ],
)
def test_settings_that_do_not_fit(
    tiny: Path, edit_config: EditConfig, settings: dict[str, object], words: str
) -> None:
    edit_config(settings=settings)
    assert words in fault_of(tiny)


def test_settings_that_do_not_fit_are_not_written(tiny: Path) -> None:
    before = (tiny / "config.json").read_bytes()
    with pytest.raises(ModelError, match="thresholds for flood"):
        write_settings(
            tiny, thresholds={"flood": 0.5}, calibration=CALIBRATION, context_sentences=0, max_length=64
        )
    assert (tiny / "config.json").read_bytes() == before


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_weights_that_lack_a_layer(tiny: Path, edit_config: EditConfig, runtime: str) -> None:
    edit_config(num_hidden_layers=3)
    with pytest.raises(ModelError, match=r"encoder\.layer\.2"):
        EventTagger.from_pretrained(tiny, device="cpu", runtime=runtime)
