"""Learning curves: fair samples, and figures that rise with them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from conflict_events.errors import DataError
from conflict_events.eval.baselines import make_system
from conflict_events.eval.contrastive import templated_examples
from conflict_events.eval.few_shot import (
    CONTRASTIVE_NAMES,
    NAMELESS,
    draw_sample,
    few_shot,
    hold_out_part,
    maker,
    measure_cells,
)
from conflict_events.eval.few_shot_cells import Cells
from conflict_events.eval.few_shot_report import write_curves
from conflict_events.training.data import Example

LABELS = ("advance", "airstrike")


def pool() -> list[Example]:
    rare = [Example(f"s{n}", f"warplanes bombed place {n}", ("airstrike",), f"s{n}") for n in range(3)]
    common = [Example(f"a{n}", f"troops captured place {n}", ("advance",), f"a{n}") for n in range(40)]
    return [*common, *rare, *(Example(f"n{n}", f"bread was sold in {n}", (), f"n{n}") for n in range(40))]


def test_every_label_occurs_and_larger_samples_hold_smaller_ones() -> None:
    for seed in range(5):
        small, large = (draw_sample(pool(), size, LABELS, seed=seed) for size in (8, 30))
        assert len(small) == len({example.id for example in small}) == 8
        assert sum("airstrike" in example.labels for example in small) >= 2
        assert {example.id for example in small} <= {example.id for example in large}
    assert draw_sample(pool(), 8, LABELS, seed=0) == draw_sample(pool(), 8, LABELS, seed=0)
    assert draw_sample(pool(), 8, LABELS, seed=0) != draw_sample(pool(), 8, LABELS, seed=1)


def test_a_sample_cannot_exceed_the_pool() -> None:
    with pytest.raises(DataError, match="a sample of 100 was asked for, of 83"):
        draw_sample(pool(), 100, LABELS, seed=0)


def held_out() -> list[Example]:
    kinds = (
        ("troops captured it", ("advance",)),
        ("warplanes bombed it", ("airstrike",)),
        ("bread was sold", ()),
    )
    easy = [
        Example(f"t{n}-{what}", f"{what} there {n}", labels, f"t{n}")
        for n in range(5)
        for what, labels in kinds
    ]
    return [*easy, Example("hard", "they went in", ("advance",), "hard")]


def learn(cells: Cells, sizes: list[int], seeds: int, said: list[str] | None = None) -> None:
    systems = {
        name: lambda seed, name=name: make_system(name, LABELS, seed=seed) for name in ("tfidf", "keyword")
    }
    say = (lambda line: None) if said is None else said.append
    measure_cells(systems, pool(), LABELS, cells, sizes=sizes, seeds=seeds, say=say)


def test_curves_rise_and_say_how_sure_they_are(tmp_path: Path) -> None:
    cells = Cells(tmp_path, LABELS, held_out(), pool())
    learn(cells, [4, 60], 2)
    assert cells.systems == ["tfidf", "keyword"]
    assert cells.sizes == [4, 60]
    few, many = (cells.mean("tfidf", size, "micro_f1") for size in (4, 60))
    assert few.value < many.value
    assert few.low < few.value < few.high
    lead = cells.lead("tfidf", "keyword", 4, "micro_f1")
    assert lead.value == pytest.approx(few.value - cells.mean("keyword", 4, "micro_f1").value)
    assert lead.low <= lead.value <= lead.high


def test_cells_know_what_they_were_made_from(tmp_path: Path) -> None:
    made_from = {"tfidf": "base A", "keyword": ""}
    learn(Cells(tmp_path, LABELS, held_out(), pool(), made_from), [4], 1)
    said: list[str] = []
    cells = Cells(tmp_path, LABELS, held_out(), pool(), made_from)
    learn(cells, [4], 1, said)
    assert said == []  # all was there already
    assert [cell.made_from for cell in cells.points] == ["base A", ""]
    with pytest.raises(DataError, match="tfidf was made from base A, and not from base B"):
        Cells(tmp_path, LABELS, held_out(), pool(), {"tfidf": "base B"})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--systems", "tfidf", "--other-base", "shipped"], "--other-base is for few-shot and frozen"),
        (["--sizes", "8,4"], "--sizes '8,4': give whole numbers that rise"),
        (["--sizes", "4,x"], "--sizes '4,x': give whole numbers that rise"),
        (["--sizes", "4,4000"], "--sizes '4,4000': there are "),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_is(
    tmp_path: Path, options: list[str], told: str
) -> None:
    data = tmp_path / "rows.jsonl"
    rows = [{"id": f"{row.id}:0", "text": row.text, "labels": list(row.labels)} for row in pool()]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    app = typer.Typer()
    app.command()(few_shot)
    asked = [str(data), "-o", str(tmp_path / "out"), "--test-sentences", "20", "--systems", "tfidf", *options]
    refused = CliRunner().invoke(app, asked)
    assert refused.exit_code == 2
    assert told in refused.output
    assert not (tmp_path / "out").exists()


def test_an_interrupted_command_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    learn(Cells(tmp_path, LABELS, held_out(), pool()), [4], 1, said)
    learn(Cells(tmp_path, LABELS, held_out(), pool()), [4, 60], 1, said)
    assert [line.partition(":")[0] for line in said] == 2 * ["4 sentences, seed 0"] + 2 * [
        "60 sentences, seed 0"
    ]
    first, again = Cells(tmp_path, LABELS, held_out(), pool()), Cells(tmp_path, LABELS, held_out(), pool())
    assert first.mean("tfidf", 60, "average_precision") == again.mean("tfidf", 60, "average_precision")
    assert first.figures("tfidf", 60, 0) == again.figures("tfidf", 60, 0)
    with pytest.raises(DataError, match="measured on other sentences"):
        Cells(tmp_path, LABELS, held_out()[:-1], pool())
    with pytest.raises(DataError, match="measured with samples of other sentences"):
        Cells(tmp_path, LABELS, held_out(), pool()[1:])
    with pytest.raises(DataError, match="tfidf was made from nothing, and not from a base; name another"):
        Cells(tmp_path, LABELS, held_out(), pool(), {"tfidf": "a base"})
    monkeypatch.setattr("conflict_events.eval.few_shot_cells.VERSION", 0)
    with pytest.raises(DataError, match="an earlier recipe for few sentences; name another folder"):
        Cells(tmp_path, LABELS, held_out(), pool())


@pytest.mark.integration
def test_table_plot_and_json_are_written(tmp_path: Path) -> None:
    cells = Cells(tmp_path, LABELS, held_out(), pool())
    learn(cells, [4, 60], 2)
    write_curves(cells, tmp_path)
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    rows = (tmp_path / "curves.md").read_text().splitlines()[2:]
    assert [row.split("|")[1:3] for row in rows] == [
        [f" {size} ", f" {system} "] for size in (4, 60) for system in ("tfidf", "keyword")
    ]
    told = json.loads((tmp_path / "curves.json").read_text())
    assert told["test"]["sentences"] == 16
    assert len(told["cells"]) == 8
    assert {lead["over"] for lead in told["leads"]} == {"keyword"}


def test_the_part_to_measure_on_is_the_same_each_time_and_shares_no_group() -> None:
    grouped = [replace(example, group=example.id[:2]) for example in pool()]
    rest, part = hold_out_part(grouped, 20, LABELS)
    assert part == hold_out_part(grouped, 20, LABELS)[1]
    assert 10 <= len(part) <= 20
    assert not {example.group for example in rest} & {example.group for example in part}
    with pytest.raises(DataError, match="83 sentences to measure on were asked for, of 83"):
        hold_out_part(grouped, 83, LABELS)


def test_templated_examples_say_the_name_of_a_label_twice() -> None:
    made = templated_examples(("casualty_report", "advance"))
    assert [(example.text, example.labels) for example in made] == 2 * [
        ("This sentence is casualty report", ("casualty_report",))
    ] + 2 * [("This sentence is advance", ("advance",))]
    assert len({example.id for example in made}) == 4


@pytest.mark.integration
def test_the_systems_that_learn_names_do_and_the_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(
        "conflict_events.eval.contrastive.tune_encoder",
        lambda encoder, texts, pairs, alike, *, seed: seen.update(
            texts=texts, alike=[texts[first] + texts[second] for first, second in pairs[alike == 1]]
        ),
    )
    monkeypatch.setattr(
        "conflict_events.training.few_shot.train_few_shot",
        lambda examples, *, names, **rest: seen.update(names=names) or "shipped",
    )
    for name, texts in (("contrastive", 9), (CONTRASTIVE_NAMES, 13)):
        for suffix, apart in (("", False), ("-apart", True)):
            maker(f"{name}{suffix}", LABELS, None, 60)(0).fit(pool()[:3] + pool()[40:46])
            assert len(seen["texts"]) == texts
            assert len(seen["alike"]) == 30
            assert any("bread" in both for both in seen["alike"]) is not apart
    for name, names in (("few-shot", True), (NAMELESS, False)):
        maker(name, LABELS, None, 8)(0).fit(pool())
        assert seen["names"] is names


@pytest.mark.integration
def test_a_frozen_encoder_learns_anew_from_sentences_that_it_saw_before() -> None:
    system = make_system("frozen", LABELS)
    examples = pool()
    system.fit(examples)
    first = system.scores(held_out())
    system.fit([replace(example, labels=()) for example in examples])
    assert system.scores(held_out()).max() == 0
    system.fit(examples)
    assert (system.scores(held_out()) == first).all()
    assert first.max() > 0.5
