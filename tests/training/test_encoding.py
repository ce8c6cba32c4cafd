"""Encoding with and without context, batches, rates, soft targets: the small parts under the loop."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from conflict_events.errors import DataError
from conflict_events.training.base import find_base
from conflict_events.training.data import Example
from conflict_events.training.encoding import collate, contexts_of, encode, epoch_batches
from conflict_events.training.optimizer import make_optimizer, set_rates
from conflict_events.training.settings import Settings
from conflict_events.training.soft_targets import SoftTargets, read_soft_targets, training_targets

LABELS = ("a", "b")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(find_base().path)


def test_a_sentence_alone_and_as_a_pair_with_its_context(tokenizer: Any) -> None:
    alone, pair = encode(tokenizer, ["The army came."] * 2, ["", "It was late."], 32)
    assert tokenizer.decode(alone["input_ids"]) == "[CLS] the army came. [SEP]"
    assert tokenizer.decode(pair["input_ids"]) == "[CLS] the army came. [SEP] it was late. [SEP]"
    assert list(pair["token_type_ids"]) == [0] * 6 + [1] * 5


def test_only_context_is_cut_and_what_stands_nearest_is_kept(tokenizer: Any) -> None:
    context = " ".join(["far"] * 30 + ["near"])
    (pair,) = encode(tokenizer, ["The army came."], [context], 10)
    assert tokenizer.decode(pair["input_ids"]) == "[CLS] the army came. [SEP] far far near [SEP]"


def test_a_sentence_without_room_for_context_is_encoded_alone(tokenizer: Any) -> None:
    long = " ".join(["word"] * 50)
    first, second = encode(tokenizer, [long, "word word word word"], ["before", "before it"], 8)
    assert tokenizer.decode(first["input_ids"]) == "[CLS] word word word word word word [SEP]"
    assert tokenizer.decode(second["input_ids"]) == "[CLS] word word word word [SEP] it [SEP]"
    assert len(second["input_ids"]) == 8


def test_contexts_take_the_nearest_sentences() -> None:
    example = Example("d:3", "x", (), "d", context=("one.", "two.", "three."))
    assert contexts_of([example], 2) == ["two. three."]
    assert contexts_of([example], 0) == [""]


def test_contexts_of_quotations_alone() -> None:
    quoted = Example("d:1", '"We agree."', (), "d", context=("The envoy came.",))
    told = Example("d:2", "They agreed.", (), "d", context=("The envoy came.",))
    assert contexts_of([quoted, told], 1, "quotations") == ["The envoy came.", ""]


def test_smoothing_draws_targets_to_one_half_and_r_drop_adds_what_two_passes_differ_by() -> None:
    import torch

    from conflict_events.training.loss import summed_loss

    one, other = torch.tensor([[2.0, -1.0]]), torch.tensor([[1.0, 0.5]])
    targets = torch.tensor([[1.0, 0.0]])

    def entropy(logits: Any, targets: Any) -> float:
        p = logits.sigmoid()
        return float(-(targets * p.log() + (1 - targets) * (1 - p).log()).sum())

    plain = float(summed_loss([one], targets, Settings()))
    assert plain == pytest.approx(entropy(one, targets))
    smooth = float(summed_loss([one], targets, Settings(label_smoothing=0.2)))
    assert smooth == pytest.approx(entropy(one, torch.tensor([[0.9, 0.1]])))
    p, q = one.sigmoid(), other.sigmoid()
    both = [torch.distributions.Bernoulli(probs) for probs in (p, q)]
    apart = sum(
        float(torch.distributions.kl_divergence(first, second).sum())
        for first, second in (both, reversed(both))
    )
    twice = float(summed_loss([one, other], targets, Settings(r_drop=2.0)))
    assert twice == pytest.approx((entropy(one, targets) + entropy(other, targets)) / 2 + 2.0 * apart / 4)
    assert float(summed_loss([one, one], targets, Settings(r_drop=2.0))) == pytest.approx(plain)


def test_focal_loss_counts_what_is_known_for_little_and_rare_labels_weigh_more() -> None:
    import torch

    from conflict_events.training.loss import positive_weights, summed_loss

    logits, targets = torch.tensor([[3.0, -1.0], [-2.0, 0.5]]), torch.tensor([[1.0, 1.0], [0.0, 0.25]])
    p = logits.sigmoid()
    cross = -(targets * p.log() + (1 - targets) * (1 - p).log())
    focal = float(summed_loss([logits], targets, Settings(focal=2.0)))
    assert focal == pytest.approx(float((cross * (targets - p) ** 2).sum()), rel=1e-5)
    # Of four sentences one carries the first label, two the second, none the third.
    found = positive_weights(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]], dtype=np.float32), 0.5)
    assert found == pytest.approx([3**0.5, 1, 1])
    rare = np.zeros((1000, 2), dtype=np.float32)
    rare[0] = 0.001, 1
    assert positive_weights(rare, 1.0) == pytest.approx([100, 100])  # no more, however rare
    weights = torch.tensor([3.0, 1.0])
    weighed = -(weights * targets * p.log() + (1 - targets) * (1 - p).log())
    loss = float(summed_loss([logits], targets, Settings(rare_weight=1.0), weights))
    assert loss == pytest.approx(float(weighed.sum()), rel=1e-5)


def test_batches_hold_everything_once_and_are_of_similar_length() -> None:
    random = np.random.default_rng(0)
    lengths = random.integers(5, 80, size=1000).tolist()
    batches = epoch_batches(lengths, 32, seed=1, epoch=0)
    assert sorted(index for batch in batches for index in batch) == list(range(1000))
    assert len(batches) == 32
    padded = sum(len(batch) * max(lengths[index] for index in batch) for batch in batches)
    assert padded < 1.1 * sum(lengths)
    assert batches == epoch_batches(lengths, 32, seed=1, epoch=0)
    assert batches != epoch_batches(lengths, 32, seed=1, epoch=1)
    assert batches != epoch_batches(lengths, 32, seed=2, epoch=0)
    means = [np.mean([lengths[index] for index in batch]) for batch in batches]
    assert means != sorted(means)


def test_padding_is_masked() -> None:
    rows = [{"input_ids": [5, 6, 7], "attention_mask": [1, 1, 1]}, {"input_ids": [5], "attention_mask": [1]}]
    batch = collate(rows, pad_id=9)
    assert batch["input_ids"].tolist() == [[5, 6, 7], [5, 9, 9]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]


def test_rates_climb_fall_and_differ_by_layer() -> None:
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=50, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=8
    )
    model = BertForSequenceClassification(config)
    settings = Settings(learning_rate=1.0, head_learning_rate=7.0, layer_decay=0.5, warmup_share=0.2)
    optimizer = make_optimizer(model, settings)
    rate_of = {
        id(parameter): (group["lr"], group["weight_decay"])
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    named = {name: rate_of[id(parameter)] for name, parameter in model.named_parameters()}
    assert named["classifier.weight"] == (7.0, 0.01)
    assert named["classifier.bias"] == (7.0, 0.0)
    assert named["bert.pooler.dense.weight"] == (1.0, 0.01)
    assert named["bert.encoder.layer.1.output.dense.weight"] == (1.0, 0.01)
    assert named["bert.encoder.layer.0.output.LayerNorm.weight"] == (0.5, 0.0)
    assert named["bert.embeddings.word_embeddings.weight"] == (0.25, 0.01)

    plain = SimpleNamespace(param_groups=[{"peak": 2.0}])
    factors = [set_rates(plain, step, 20, settings) for step in range(20)]
    assert factors[:4] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert factors[4] == 1.0
    assert factors[4:] == sorted(factors[4:], reverse=True)
    assert plain.param_groups[0]["lr"] == pytest.approx(2.0 / 16)


def test_soft_targets_are_averaged_over_teachers_and_mixed_with_labels(tmp_path: Path) -> None:
    path = tmp_path / "teacher.jsonl"
    rows = [
        {"id": "x", "scores": {"a": 0.8, "b": 0.0}},
        {"id": "x", "scores": {"a": 0.6, "b": 0.2}},
        {"id": "new:4", "text": "Unseen.", "scores": {"a": 0.9, "b": 0.1}},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    soft = read_soft_targets(path, LABELS)
    (unlabelled,) = soft.unlabelled
    assert (unlabelled.text, unlabelled.group) == ("Unseen.", "new")
    examples = [Example("x", "t", ("b",), "g"), Example("y", "t", ("a",), "g"), unlabelled]
    targets = training_targets(examples, LABELS, soft, 0.25)
    np.testing.assert_allclose(targets, [[0.175, 0.775], [1, 0], [0.9, 0.1]], rtol=1e-6)
    np.testing.assert_array_equal(
        training_targets(examples[:2], LABELS, SoftTargets(), 0.25), [[0, 1], [1, 0]]
    )


@pytest.mark.parametrize("scores", [{"a": 0.5}, {"a": 0.5, "b": 1.5}, [0.5, 0.5], "x"])
def test_bad_teacher_scores_are_named(tmp_path: Path, scores: Any) -> None:
    path = tmp_path / "teacher.jsonl"
    path.write_text(json.dumps({"id": "x", "scores": scores}), encoding="utf-8")
    with pytest.raises(DataError, match=r"teacher\.jsonl, line 1: "):
        read_soft_targets(path, LABELS)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": "Köln", "scores": {"a": 1, "b": 0}}'.encode("latin-1"), r"not UTF-8 \(byte 9 of the line\)"),
        (b'["x", 1, 0]', 'expected an object with "id" and "scores", found a list'),
        (b'{"id": "x", "scores": {"a": 1' + b"0" * 400 + b', "b": 0}}', "OverflowError"),
        (b'{"id": "x", "text": null, "scores": {"a": 1, "b": 0}}', '"text" must be the sentence'),
    ],
)
def test_what_is_no_row_of_teacher_scores_is_named(tmp_path: Path, line: bytes, told: str) -> None:
    path = tmp_path / "teacher.jsonl"
    path.write_bytes(b'{"id": "y", "scores": {"a": 1, "b": 0}}\n' + line)
    with pytest.raises(DataError, match=rf"teacher\.jsonl, line 2: .*{told}"):
        read_soft_targets(path, LABELS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("context_sentences", 4),
        ("stop_on", "acc"),
        ("seed", -1),
        ("context_for", "some"),
        ("r_drop", -1),
        ("focal", -0.5),
        ("focal", 0.5),
        ("rare_weight", 1.5),
    ],
)
def test_settings_out_of_range_are_refused(name: str, value: Any) -> None:
    with pytest.raises(DataError, match=name):
        Settings(**{name: value})
