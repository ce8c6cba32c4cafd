"""Error rates by outlet and by side: counted rightly, with intervals, and from finished scores only."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from conflict_events.errors import DataError
from conflict_events.eval.measure import Outcome
from conflict_events.eval.outlets import FEW, label_table, outlet_names, rates_by, read_scores, table
from conflict_events.eval.run import Run, measure_system, write_result
from conflict_events.eval.sides import NO_SIDE, side_of
from conflict_events.training.data import Example
from conflict_events.training.settings import Settings

LABELS = ("advance", "airstrike")


def outcome() -> Outcome:
    """Two outlets of 40 articles: the advances of one are missed every other time, none of the other's."""
    examples, scores = [], []
    for number in range(40):
        for source in ("agency", "gazette"):
            examples.append(Example(f"{source}{number}", "...", ("advance",), f"{source}{number}", source))
            missed = source == "gazette" and number % 2
            scores.append([0.1 if missed else 0.9, 0.9 if number == 0 else 0.1])
    matrix = np.array(scores, dtype=np.float32)
    return Outcome("test", LABELS, tuple(examples), matrix, np.full_like(matrix, 0.5))


def test_rates_are_counted_and_differences_seen() -> None:
    found = outcome()
    rates = {rate.part: rate for rate in rates_by(found, [example.source for example in found.examples])}
    agency, gazette = rates["agency"], rates["gazette"]
    assert (agency.sentences, agency.groups) == (40, 40)
    assert agency.misses.value == 0
    assert gazette.misses.value == 0.5
    assert gazette.misses.low < 0.5 < gazette.misses.high
    assert gazette.misses_against_rest.value == 0.5
    assert gazette.misses_against_rest.low > 0
    assert agency.misses_against_rest.value == -0.5
    assert agency.false_alarms.value == pytest.approx(1 / 41)
    assert gazette.labels["advance"].value == 0.5
    assert np.isnan(gazette.labels["airstrike"].value)  # no air strike was annotated


def test_tables_show_per_cent_and_mark_differences() -> None:
    found = outcome()
    rates = rates_by(found, [example.source for example in found.examples])
    agency, gazette = table(rates, "outlet")[2:]
    assert agency.startswith("| agency | 40 | 40 | 0.0 [0.0, 0.0] | **-50.0** [")
    assert gazette.startswith("| gazette | 40 | 40 | 50.0 [")
    assert "**+50.0** [+" in gazette
    assert label_table(rates, "outlet", LABELS)[-1].endswith("| – |")


def test_small_outlets_share_a_row() -> None:
    many = [Example(f"a{n}", "...", (), "g", "agency") for n in range(50)]
    assert outlet_names([*many, Example("b", "...", (), "g", "gazette")])[-2:] == ["agency", FEW]


@pytest.mark.parametrize(
    ("sentence", "side"),
    [
        ("The Syrian army drove ISIS out of the town.", "government and allies"),
        ("Russian jets hit rebel positions.", "government and allies"),
        ("IS captured eight villages from rebels.", "ISIS"),
        ("There is no rebel left in the town.", "opposition"),
        ("The Syrian Coalition condemned the strikes.", "opposition"),
        ("The US-led coalition said its jets hit Daesh.", "coalition"),
        ("US-backed Kurdish fighters crossed the river.", "Kurdish forces"),
        ("Syrian Democratic Forces entered the city.", "Kurdish forces"),
        ("It told us of nine dead.", NO_SIDE),
    ],
)
def test_the_side_named_first(sentence: str, side: str) -> None:
    assert side_of(sentence) == side


def test_an_unfinished_audit_is_refused(tmp_path: Path) -> None:
    examples = list(outcome().examples)
    with pytest.raises(DataError, match="neither an evaluation nor the finished work folder"):
        read_scores(tmp_path, examples, LABELS, None)
    (tmp_path / "fold-1-of-2").mkdir()
    (tmp_path / "fold-1-of-2" / "result.json").write_text(json.dumps({}))
    with pytest.raises(DataError, match="neither an evaluation nor the finished work folder"):
        read_scores(tmp_path, examples, LABELS, None)


def test_scores_of_a_model_that_may_know_the_sentences_are_refused(tmp_path: Path) -> None:
    found = outcome()
    measured = measure_system(found, "model 0123456789ab", ["x.jsonl"] * len(found.examples), resamples=100)
    write_result(Run("title", "", ("x.jsonl",), LABELS, (measured,)), tmp_path)
    with pytest.raises(DataError, match=r"measured test as it was.*evaluate recipe DATA"):
        read_scores(tmp_path, list(found.examples), LABELS, None)


@pytest.mark.integration
@pytest.mark.parametrize("settings", [Settings(epochs=1, validation_share=0.2), None], ids=["full", "few"])
def test_the_models_of_an_audit_give_the_scores(tmp_path: Path, settings: Settings | None) -> None:
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    from conflict_events.training.base import find_base
    from conflict_events.training.out_of_fold import out_of_fold_scores

    base = tmp_path / "base"
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(**sizes)).save_pretrained(base)
    AutoTokenizer.from_pretrained(find_base().path).save_pretrained(base)
    examples = [
        Example(f"a{n}:0", f"troops number {n} captured place {n * 7}", ("advance",), f"a{n}")
        for n in range(12)
    ] + [Example(f"s{n}:0", f"warplanes {n * 3} bombed {n}", ("airstrike",), f"s{n}") for n in range(12)]
    work = tmp_path / "work"
    scores = out_of_fold_scores(examples, labels=LABELS, folder=work, count=2, base=base, settings=settings)
    outcome = read_scores(work, examples, LABELS, str(base))
    assert np.array_equal(outcome.scores, scores)
    assert [example.id for example in outcome.examples] == [example.id for example in examples]
    assert outcome.thresholds.shape == scores.shape
    assert (outcome.thresholds > 0).all()
    with pytest.raises(DataError, match="holds a run of another kind"):
        read_scores(work, examples[:-1], LABELS, str(base))
