"""A model folder is data: it runs no code, leads nowhere else, and is refused if it makes no sense."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conflict_events import EventTagger, ModelError
from conflict_events.hub import copy_model_folder
from conflict_events.model_folder import load_model_folder

Change = Callable[..., None]
CODE = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"


class Attack:
    """Pickled, it makes a file when it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def put_code_in(folder: Path) -> None:
    for name in ("modeling.py", "configuration.py", "tokenization.py", "__init__.py"):
        (folder / name).write_text(CODE, encoding="utf-8")
    for name in ("pytorch_model.bin", "training_args.bin", "model.pkl"):
        (folder / name).write_bytes(pickle.dumps(Attack(folder / "ran")))


def test_the_folder_of_these_tests_tags(folder: Path) -> None:
    tagger = EventTagger.from_pretrained(folder, device="cpu")
    assert tagger.score(["The army took the town."]).shape == (1, 2)


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_code_and_pickles_in_a_folder_are_left_alone(folder: Path, change: Change, runtime: str) -> None:
    put_code_in(folder)
    change(
        auto_map={
            "AutoConfig": "configuration.Config",
            "AutoModelForSequenceClassification": "modeling.Model",
            "AutoTokenizer": ["tokenization.Tokenizer", None],
        },
        trust_remote_code=True,
    )
    tagger = EventTagger.from_pretrained(folder, device="cpu", runtime=runtime)
    assert tagger.score(["The army took the town."]).shape == (1, 2)
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("model_type", ["bert", "evil"])
def test_code_of_another_architecture_is_not_run_either(
    folder: Path, change: Change, model_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where transformers loads the model, it is told not to trust the folder, and does not ask either."""
    pytest.importorskip("transformers")
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked whether to run code"))
    put_code_in(folder)
    change(
        architectures=["EvilForSequenceClassification"],
        model_type=model_type,
        auto_map={"AutoConfig": "configuration.C", "AutoModelForSequenceClassification": "modeling.M"},
    )
    if model_type == "bert":
        EventTagger.from_pretrained(folder, device="cpu")
    else:
        with pytest.raises(ModelError, match="cannot load it"):
            EventTagger.from_pretrained(folder, device="cpu")
    assert not (folder / "ran").exists()


def test_code_in_a_base_to_train_from_is_not_run(
    folder: Path, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("transformers")
    from conflict_events.training.base import find_base, load_base

    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked whether to run code"))
    put_code_in(folder)
    code = {
        "AutoTokenizer": ["tokenization.Tokenizer", "tokenization.Tokenizer"],
        "AutoConfig": "configuration.C",
    }
    change(auto_map=code)
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "auto_map": code}), encoding="utf-8"
    )
    load_base(find_base(folder), ["a", "b", "c"])
    assert not (folder / "ran").exists()


def test_pickled_weights_alone_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    put_code_in(folder)
    with pytest.raises(ModelError, match="a pickle can run code"):
        EventTagger.from_pretrained(folder)
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    "keys",
    [
        {"attn_implementation": "somebody/kernel"},
        {"_attn_implementation": {"": "somebody/kernel"}},
        {"quantization_config": {"quant_method": "gptq"}},
        {"experts_implementation": "somebody/kernel"},
    ],
)
def test_keys_that_fetch_kernels_or_code_are_refused(
    folder: Path, change: Change, keys: dict[str, Any]
) -> None:
    change(**keys)
    with pytest.raises(ModelError, match=f"'{next(iter(keys))}' can have code"):
        load_model_folder(folder)


def test_a_folder_that_names_another_model_is_refused(folder: Path) -> None:
    adapter = {"base_model_name_or_path": "/somewhere/else", "peft_type": "LORA"}
    (folder / "adapter_config.json").write_text(json.dumps(adapter), encoding="utf-8")
    with pytest.raises(ModelError, match="adapters load the model that they name"):
        load_model_folder(folder)


def test_links_out_of_a_folder_are_neither_copied_nor_uploaded(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("private", encoding="utf-8")
    (folder / "LICENSE").symlink_to(secret)
    with pytest.raises(ModelError, match="outside the folder"):
        copy_model_folder(load_model_folder(folder), tmp_path / "copy")
    assert not any("private" in path.read_text(errors="replace") for path in (tmp_path / "copy").iterdir())


def test_links_within_the_hub_s_cache_are_copied(folder: Path, tmp_path: Path) -> None:
    blobs, snapshot = tmp_path / "cache" / "blobs", tmp_path / "cache" / "snapshots" / "0123"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for number, path in enumerate(sorted(folder.iterdir())):
        path.rename(blobs / str(number))
        (snapshot / path.name).symlink_to(Path("../../blobs") / str(number))
    copied = copy_model_folder(load_model_folder(snapshot), tmp_path / "copy")
    assert not (copied / "config.json").is_symlink()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"num_hidden_layers": 10**9}, "'num_hidden_layers' is 1000000000"),
        ({"num_hidden_layers": "1"}, "'num_hidden_layers' is '1'"),
        ({"num_hidden_layers": [1]}, "'num_hidden_layers' is list"),
        ({"num_attention_heads": 0}, "'num_attention_heads' is 0"),
        ({"num_attention_heads": 3}, "cannot be shared by 3 heads"),
        ({"hidden_size": 2**40}, "'hidden_size' is"),
        ({"hidden_size": 32}, "is (30522, 16) and should be (30522, 32)"),
        ({"vocab_size": 40_000}, "is (30522, 16) and should be (40000, 16)"),
        ({"max_position_embeddings": 2048}, "is (64, 16) and should be (2048, 16)"),
        ({"intermediate_size": 64}, "should be (64, 16)"),
        ({"layer_norm_eps": float("nan")}, "'layer_norm_eps' is nan"),
        ({"hidden_act": None}, "the activation is None"),
        ({"architectures": 5}, "'architectures' must be a list"),
        ({"pad_token_id": 30522}, "'pad_token_id' names none"),
        ({"pad_token_id": -1}, "'pad_token_id' names none"),
        ({"id2label": {str(n): f"l{n}" for n in range(5000)}}, "'id2label' has 5,000 labels"),
        ({"id2label": {"0": "a", "1": "\x1b[31m"}}, "printable characters"),
        ({"id2label": {"0": "a", "1": 5}}, "printable characters"),
        ({"id2label": {"0": "a", "1": "b", "2": "c"}}, "thresholds for advance, airstrike"),
    ],
)
@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_a_config_that_its_weights_do_not_bear_out_is_refused(
    folder: Path, change: Change, keys: dict[str, Any], words: str, runtime: str
) -> None:
    change(**keys)
    with pytest.raises(ModelError) as raised:
        EventTagger.from_pretrained(folder, device="cpu", runtime=runtime)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("config.json", b"[" * 100_000, "nested too deeply"),
        ("config.json", b'{"a": "' + b"x" * 5_000_000 + b'"}', "more than the 4,194,304"),
        ("config.json", b'{"a": ' + b"9" * 5000 + b"}", "not valid JSON"),
        ("config.json", b"\xff\xfe", "not valid JSON"),
        ("tokenizer.json", b'{"a":' * 100_000, "tokenizer.json: cannot be read"),
        ("tokenizer.json", b"{}", "tokenizer.json: cannot be read"),
        ("model.safetensors", (2**62).to_bytes(8, "little") + b"{}", "damaged"),
        ("model.safetensors", (200_000).to_bytes(8, "little") + b"[" * 200_000, "damaged"),
    ],
)
def test_files_that_are_deep_huge_or_lie_are_refused(
    folder: Path, name: str, content: bytes, words: str
) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError) as raised:
        EventTagger.from_pretrained(folder, device="cpu")
    assert words in str(raised.value)
    assert len(str(raised.value)) < 1000


def test_a_tokenizer_of_gigabytes_is_refused_unread(folder: Path) -> None:
    with (folder / "tokenizer.json").open("wb") as file:
        file.truncate(2**33)  # without a byte on the disk
    with pytest.raises(ModelError, match="more than the 268,435,456"):
        load_model_folder(folder)


def test_tensors_that_share_their_bytes_are_refused(folder: Path) -> None:
    from conflict_events.weights_file import read_weights

    header = json.dumps(
        {name: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} for name in ("a", "b")}
    ).encode()
    file = folder / "model.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(ModelError, match="cannot be read"):
        read_weights(file)
    with pytest.raises(ModelError, match="sha256"):
        load_model_folder(folder)


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_tokens_beyond_the_model_s_table_are_refused(folder: Path, runtime: str) -> None:
    file = folder / "tokenizer.json"
    tokenizer = json.loads(file.read_text(encoding="utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary["town"] = 1_000_000
    file.write_text(json.dumps(tokenizer), encoding="utf-8")
    tagger = EventTagger.from_pretrained(folder, device="cpu", runtime=runtime)
    with pytest.raises(ModelError, match="gives token 1000000, but the model has 30522"):
        tagger.score(["The army took the town."])
