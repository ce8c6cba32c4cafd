"""Learning from few sentences: what the averaging layer shows, and the run that comes out."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conflict_events import EventTagger
from conflict_events.errors import DataError, ModelError
from conflict_events.training.base import find_base
from conflict_events.training.by_size import (
    FEWEST_EPOCHS,
    LEAST_STEPS,
    MOST_EPOCHS,
    long_enough,
    settings_by_size,
)
from conflict_events.training.data import Example, own_annotations
from conflict_events.training.few_shot import few_shot_thresholds, is_few_shot, train_few_shot
from conflict_events.training.few_shot_head import choose_heads, fit_heads, sentences_about, shift_to_shares
from conflict_events.training.few_shot_model import feature_scale, features, load_averaging
from conflict_events.training.settings import Settings

LABELS = ("advance", "airstrike")
TEXTS = ["The army took the town.", "Warplanes bombed a market in the north, and left.", "Bread is dear."]


def rows(count: int) -> list[Example]:
    """Sentences that a word decides, each of an article of its own."""
    kinds = (
        ("Troops captured the town of {}.", ("advance",)),
        ("Warplanes bombed the village of {}.", ("airstrike",)),
        ("The market of {} opened.", ()),
    )
    places = ("Aleppo", "Homs", "Raqqa", "Idlib", "Hama", "Mosul", "Basra", "Sirte", "Taiz", "Aden")
    return [
        Example(f"s{n}:0", text.format(places[n // 3]), labels, f"s{n}")
        for n in range(count)
        for text, labels in [kinds[n % 3]]
    ]


def test_the_added_layer_shows_the_mean_of_the_tokens(tiny_base: Path) -> None:
    import torch
    from transformers import AutoModel

    base = find_base(tiny_base)
    model, tokenizer = load_averaging(base, LABELS)
    shown = features(model, tokenizer, TEXTS, 64) * feature_scale()
    plain = AutoModel.from_pretrained(tiny_base).eval()
    for text, row in zip(TEXTS, shown, strict=True):  # one by one: without padding, the mean is a mean
        with torch.inference_mode():
            mean = plain(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(dim=0).numpy()
        centred = mean - mean.mean()
        assert np.corrcoef(row, centred)[0, 1] > 0.98


def test_a_base_of_another_kind_is_refused(tmp_path: Path) -> None:
    from transformers import AutoTokenizer, DistilBertConfig, DistilBertModel

    config = DistilBertConfig(dim=32, n_layers=1, n_heads=2, hidden_dim=64)
    DistilBertModel(config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(find_base().path).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="needs a base of type 'bert'"):
        load_averaging(find_base(tmp_path), LABELS)


def test_the_strength_is_chosen_on_rows_not_learnt_from() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([[n % 2 == 0] for n in range(40)])
    parts = [list(range(start, 40, 5)) for start in range(5)]
    noise = rng.normal(size=(40, 30)).astype(np.float32)
    telling = (noise + 3 * truth).astype(np.float32)
    timid, bold = choose_heads(noise, truth, parts), choose_heads(telling, truth, parts)
    assert timid.strength < bold.strength
    assert ((bold.logits > 0) == truth).mean() > 0.95


def test_names_are_learnt_from_where_they_tell_and_not_where_they_mislead() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((60, 2)) < 0.15
    truth[:4] = [[True, False], [False, True]] * 2
    directions = rng.normal(size=(2, 40)).astype(np.float32)
    shown = (truth @ directions + rng.normal(size=(60, 40))).astype(np.float32)
    parts = [list(range(start, 60, 5)) for start in range(5)]
    assert not choose_heads(shown, truth, parts).named
    assert choose_heads(shown, truth, parts, directions).named
    assert not choose_heads(shown, truth, parts, -directions).named


def test_a_label_that_only_its_name_tells_of_gets_its_share_all_the_same() -> None:
    shown = np.eye(8, 3, dtype=np.float32)
    truth = np.array([[n < 4, False] for n in range(8)])
    heads = fit_heads(shown, truth, 0.1, np.eye(2, 3, dtype=np.float32))
    assert heads.weight[0].any()
    assert not heads.weight[1].any()


def test_logits_are_shifted_to_the_shares_of_the_labels() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(3, 2, size=(50, 3))
    truth = np.zeros((50, 3), dtype=bool)
    truth[:5, 0] = truth[:, 2] = True
    shift = shift_to_shares(logits, truth)
    assert (1 / (1 + np.exp(-(logits + shift)))).mean(axis=0)[0] == pytest.approx(0.1)
    assert list(shift[1:]) == [0, 0]  # of a label that none or all carry nothing is known


def test_more_labels_than_sentences_are_not_learnt_by_name() -> None:
    shown = np.eye(6, 8, dtype=np.float32)
    truth = np.eye(6, 8, dtype=bool)
    parts = [[row] for row in range(6)]
    assert not choose_heads(shown, truth, parts, np.eye(8, dtype=np.float32)).named


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["casualty_report", "CasualtyReport"], ["casualty_report", "CasualtyReport"]),  # alike in words
        (["CasualtyReport", "hunger-strike"], ["casualty report", "hunger strike"]),
        (["UNVote2", "UN vote"], ["un vote2", "UN vote"]),
        (["> 50 killed", "< 50 killed"], ["> 50 killed", "< 50 killed"]),
        (["GDP+", "GDP-"], ["gdp+", "gdp"]),
        (["C", "C++", "!", "_"], ["c", "c++", "!", "_"]),
        (["GRÈVE", "gre\u0300ve", "ÄrzteStreik"], ["GRÈVE", "gre\u0300ve", "ärzte streik"]),
        (["抗议", "हड़ताल", "ประท้วง", "هُجُوم"], ["抗议", "हड़ताल", "ประท้วง", "هُجُوم"]),
    ],
)
def test_labels_are_put_in_words(labels: list[str], words: list[str]) -> None:
    told = sentences_about(labels)
    assert [unicodedata.normalize("NFC", text) for text in told] == [
        unicodedata.normalize("NFC", f"This sentence is about {name}.") for name in words
    ]
    assert len(set(told)) == len(labels)


def test_a_label_that_nobody_has_gets_its_share_and_not_nought() -> None:
    heads = fit_heads(np.ones((8, 3), np.float32), np.array([[False]] * 8), 0.1)
    [[logit]] = heads.logits([[5.0, 5.0, 5.0]])
    assert 1 / (1 + np.exp(-logit)) == pytest.approx(0.1)


def test_a_rare_label_takes_the_threshold_that_serves_all() -> None:
    truth = np.zeros((60, 2), dtype=bool)
    truth[:30, 0] = truth[:2, 1] = True
    scores = np.where(truth, 0.3, 0.1)
    groups = [str(n) for n in range(60)]
    common, rare = few_shot_thresholds(scores, truth, groups)
    assert 0.1 < common <= 0.3
    assert 0.1 < rare <= 0.3  # and not one half, at which it would never be given


def test_examples_that_cannot_be_learnt_from_are_refused(tmp_path: Path, tiny_base: Path) -> None:
    unlabelled = [replace(row, labels=()) for row in rows(6)]
    with pytest.raises(DataError, match="none of the 6 examples carries a label"):
        train_few_shot(unlabelled, labels=LABELS, output=tmp_path / "a", base=tiny_base)
    one_article = [replace(row, group="one") for row in rows(6)]
    with pytest.raises(DataError, match="all 6 examples are of one group"):
        train_few_shot(one_article, labels=LABELS, output=tmp_path / "b", base=tiny_base)


def test_few_are_few_unless_the_base_knows_the_labels_or_is_no_bert(tiny_base: Path) -> None:
    assert is_few_shot(rows(30), tiny_base, LABELS)
    assert not is_few_shot(rows(30) * 40, tiny_base, LABELS)
    assert is_few_shot(rows(30), "shipped", LABELS)
    assert not is_few_shot(rows(30), "shipped", EventTagger.from_pretrained().labels)


def test_options_of_full_training_are_not_dropped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from conflict_events.scripts.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["train", str(own_annotations()[0]), "--few-shot", "--epochs", "2", "-o", str(tmp_path / "run")])
    assert ended.value.code == 2
    assert "--epochs: of use in full training only" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.integration
@pytest.mark.parametrize("tuned", [False, True])
def test_a_run_is_an_ordinary_run_and_knows_what_it_was_shown(tmp_path: Path, tuned: bool) -> None:
    said: list[str] = []
    examples = rows(30)

    def learn(seed: int = 1) -> Path:
        return train_few_shot(
            examples[:24],
            labels=LABELS,
            output=tmp_path / "run",
            test=examples[24:],
            tuned=tuned,
            seed=seed,
            say=said.append,
        )

    model = learn()
    tagger = EventTagger.from_pretrained(str(model))
    scores = tagger.score([row.text for row in examples[24:]])
    truth = np.array([[label in row.labels for label in LABELS] for row in examples[24:]])
    assert ((scores >= list(tagger.thresholds.values())) == truth).all()
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["test"]["micro_f1"] == 1.0
    card = (model / "README.md").read_text()
    assert ("The encoder is as it was" in card) != tuned
    assert "Cross-validated" in card

    learn()
    assert said[-1].endswith(f"its model is {model}")
    with pytest.raises(DataError, match="seed was 1 and is 2 now"):
        learn(seed=2)


def weather(count: int) -> list[Example]:
    """Sentences of articles, of which two tell of music and two of illness, in other words than those."""
    told = [
        ("The orchestra tuned its violins before the curtain rose.", ("music",)),
        ("Half the class stayed in bed with fever and a cough.", ("illness",)),
        ("She sang two old ballads to a guitar.", ("music",)),
        ("Doctors isolated the passengers who had caught the virus.", ("illness",)),
    ]
    plain = [
        f"The {thing} was {state} on {day}."
        for day in ("Monday", "Friday")
        for thing in ("bridge", "harbour", "ministry", "bakery", "road", "school")
        for state in ("closed", "repainted", "sold")
    ]
    told += [(text, ()) for text in plain][: count - len(told)]
    return [Example(f"w{n}:0", text, labels, f"w{n}") for n, (text, labels) in enumerate(told)]


@pytest.mark.integration
@pytest.mark.parametrize("tuned", [False, True])
def test_a_label_is_learnt_by_its_name(tmp_path: Path, tuned: bool) -> None:
    asked = ["The choir rehearsed a symphony.", "An epidemic of measles reached the camp.", "Shares fell."]
    scores = {}
    for names in (True, False):
        folder = train_few_shot(
            weather(40),
            labels=("music", "illness"),
            output=tmp_path / str(names),
            tuned=tuned,
            names=names,
            say=lambda line: None,
        )
        scores[names] = np.asarray(EventTagger.from_pretrained(str(folder)).score(asked))
        result = json.loads((folder.parent / "result.json").read_text())
        assert result["names"] is names
        assert ("which took away 2%" in (folder / "README.md").read_text()) is names
    for names, found in scores.items():
        assert found[0, 0] > found[1:, 0].max(), names
        assert found[1, 1] > found[[0, 2], 1].max(), names
    # Two of forty carry a label: what scores say in all stays near that, names or not.
    gain = np.log(scores[True] / (1 - scores[True])) - np.log(scores[False] / (1 - scores[False]))
    assert gain[0, 0] > max(gain[1, 0], gain[2, 0])
    assert gain[1, 1] > max(gain[0, 1], gain[2, 1])


@pytest.mark.integration
def test_plain_transformers_give_the_same_scores(tmp_path: Path, tiny_base: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = train_few_shot(
        rows(24), labels=LABELS, output=tmp_path / "run", base=tiny_base, tuned=True, say=lambda line: None
    )
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        logits = model(**tokenizer(TEXTS, padding=True, return_tensors="pt")).logits
    scores = EventTagger.from_pretrained(str(folder), precision="fp32").score(TEXTS)
    np.testing.assert_allclose(scores, logits.sigmoid().numpy(), atol=2e-3)


def test_the_fewer_sentences_the_more_epochs_of_full_training(tiny_base: Path) -> None:
    def epochs(sentences: int) -> int:
        return long_enough(Settings(), sentences, LABELS, tiny_base).epochs

    assert epochs(1) == MOST_EPOCHS
    assert epochs(100_000) == FEWEST_EPOCHS
    for sentences in (1_100, 2_000):
        assert epochs(sentences) * sentences / 32 >= LEAST_STEPS
        assert (epochs(sentences) - 1) * sentences / 32 < LEAST_STEPS
    # Who knows the labels already has little to learn.
    known = EventTagger.from_pretrained().labels
    assert long_enough(Settings(), 1, known, "shipped").epochs == FEWEST_EPOCHS
    assert settings_by_size(rows(30), LABELS, tiny_base) is None
    many = settings_by_size(rows(30) * 40, LABELS, tiny_base)
    assert many is not None
    assert many.epochs == epochs(1200)
    assert many.patience > Settings().patience
