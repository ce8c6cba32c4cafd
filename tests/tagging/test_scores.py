"""The scores are those of plain transformers, whatever is scored beside a sentence."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from conflict_events import EventTagger, ModelError

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
EXACT = 2e-5


def by_transformers(folder: Path, *texts: list[str], max_length: int = 64) -> npt.NDArray[np.float32]:
    """Scores of sentences, or of pairs, by AutoModelForSequenceClassification, one at a time."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, truncation_side="left")
    with torch.inference_mode():
        rows = [
            model(
                **tokenizer(
                    *one,
                    truncation="only_second" if len(one) == 2 else True,
                    max_length=max_length,
                    return_tensors="pt",
                )
            ).logits[0]
            for one in zip(*texts, strict=True)
        ]
    return torch.stack(rows).sigmoid().numpy()


def short(sentences: list[str], count: int) -> list[str]:
    return [text for text in sentences if len(text) < 200][:count]


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_equal_to_plain_transformers(model_folder: Path, sentences: list[str], runtime: str) -> None:
    chosen = short(sentences, 60)
    tagger = EventTagger.from_pretrained(model_folder, device="cpu", runtime=runtime, precision="fp32")
    expected = by_transformers(model_folder, chosen)
    assert expected.std(axis=0).min() > 0.05  # The model tells sentences apart.
    scores = tagger.score(chosen)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, expected, atol=EXACT)


@pytest.mark.integration
def test_equal_to_the_pipeline(tagger: EventTagger, model_folder: Path, sentences: list[str]) -> None:
    from transformers import pipeline

    chosen = short(sentences, 20)
    results = pipeline("text-classification", model=str(model_folder), top_k=None)(chosen)
    expected = [{one["label"]: one["score"] for one in result} for result in results]
    for scores, by_label in zip(tagger.score(chosen), expected, strict=True):
        assert dict(zip(LABELS, scores.tolist(), strict=True)) == pytest.approx(by_label, abs=EXACT)


def test_another_architecture_is_run_by_transformers(
    tmp_path: Path, plain_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch
    from transformers import AutoTokenizer, DistilBertConfig, DistilBertForSequenceClassification

    torch.manual_seed(0)
    config = DistilBertConfig(dim=32, n_layers=2, n_heads=2, hidden_dim=64, num_labels=3)
    config.problem_type = "multi_label_classification"
    DistilBertForSequenceClassification(config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(plain_folder).save_pretrained(tmp_path)
    texts = ["Rebels took the town.", "Rain is expected in the far north of the country on Sunday."]
    capfd.readouterr()
    tagger = EventTagger.from_pretrained(tmp_path, device="cpu", precision="fp32")
    assert capfd.readouterr().err == ""  # no bar of transformers'
    assert tagger.runtime.name == "torch"
    np.testing.assert_allclose(tagger.score(texts), by_transformers(tmp_path, texts), atol=EXACT)
    with pytest.raises(ModelError, match="use runtime torch"):
        EventTagger.from_pretrained(tmp_path, runtime="openvino")


def test_weights_without_a_head_are_refused(tmp_path: Path, plain_folder: Path) -> None:
    from transformers import AutoTokenizer, DistilBertConfig, DistilBertModel

    config = DistilBertConfig(dim=32, n_layers=2, n_heads=2, hidden_dim=64, num_labels=3)
    DistilBertModel(config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(plain_folder).save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    config_of_a_tagger = json.loads(path.read_text()) | {
        "architectures": ["DistilBertForSequenceClassification"],
        "problem_type": "multi_label_classification",
    }
    path.write_text(json.dumps(config_of_a_tagger))
    with pytest.raises(ModelError, match=r"its weights lack classifier\.bias, which would be left to chance"):
        EventTagger.from_pretrained(tmp_path, device="cpu", precision="fp32")


@pytest.mark.integration
@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_order_and_company_do_not_matter(model_folder: Path, sentences: list[str], runtime: str) -> None:
    tagger = EventTagger.from_pretrained(model_folder, device="cpu", runtime=runtime, precision="fp32")
    chosen = sentences[:150]
    together = tagger.score(chosen)
    order = random.Random(0).sample(range(len(chosen)), len(chosen))
    np.testing.assert_allclose(tagger.score([chosen[i] for i in order]), together[order], atol=EXACT)
    alone = np.concatenate([tagger.score([text]) for text in chosen[:15]])
    np.testing.assert_allclose(alone, together[:15], atol=EXACT)


def test_identical_sentences_are_scored_once(tagger: EventTagger, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    score = tagger.runtime.score
    monkeypatch.setattr(
        tagger.runtime, "score", lambda windows: (seen.append(len(windows)), score(windows))[1]
    )
    scores = tagger.score(["The army took the town.", "He spoke.", "The army took the town."])
    assert seen == [2]
    np.testing.assert_array_equal(scores[0], scores[2])
    assert not np.array_equal(scores[0], scores[1])


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b", "\x00"])
def test_a_sentence_without_a_sign_scores_nothing(tagger: EventTagger, text: str) -> None:
    scores = tagger.score(["The army took the town.", text])
    np.testing.assert_array_equal(scores[1], np.zeros(4, np.float32))
    assert scores[0].max() > 0


def test_nothing_to_score(tagger: EventTagger) -> None:
    assert tagger.score([]).shape == (0, 4)


def test_half_a_surrogate_pair_is_scored_like_an_unknown_sign(tagger: EventTagger) -> None:
    scores = tagger.score(["The army took \ud800 the town.", "He spoke."])
    np.testing.assert_allclose(scores[1], tagger.score(["He spoke."])[0], atol=EXACT)


@pytest.mark.integration
def test_a_long_sentence_is_scored_in_all_its_parts(tagger: EventTagger, sentences: list[str]) -> None:
    """What stands at the end of a sentence of many windows counts, and the greatest score is kept."""
    filler = ", and the council discussed the budget of the coming year" * 40
    told = max(short(sentences, 40), key=lambda text: tagger.score([text]).max())
    windows = tagger._encoder.encode([filler + told])
    assert len(windows) > 10
    assert windows.lengths.max() <= tagger.folder.max_length
    scores = tagger.score([filler, filler + told])
    assert not np.allclose(scores[0], scores[1], atol=1e-3)
    np.testing.assert_allclose(scores[1], tagger.runtime.score(windows).max(axis=0), atol=EXACT)


def test_windows_cover_every_token(tagger: EventTagger) -> None:
    words = ["town", "army", "rain", "river", "council", "budget", "north", "sunday"] * 30
    windows = tagger._encoder.encode([" ".join(words)])
    tokens = tagger._encoder._token_ids([" ".join(words)])[0]
    parts = [
        windows.ids[begin + 1 : begin + length - 1].tolist()
        for begin, length in zip(windows.begins, windows.lengths, strict=True)
    ]
    assert parts[0] == tokens[: len(parts[0])]
    assert parts[-1] == tokens[-len(parts[-1]) :]
    step = len(parts[0]) // 2
    assert all(part == tokens[i * step : i * step + len(part)] for i, part in enumerate(parts[:-1]))


@pytest.mark.integration
@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_context_is_the_second_of_a_pair(context_folder: Path, sentences: list[str], runtime: str) -> None:
    chosen = short(sentences, 30)
    before = [" ".join(sentences[max(0, i - 4) : i]) for i in range(len(chosen))]
    tagger = EventTagger.from_pretrained(context_folder, device="cpu", runtime=runtime, precision="fp32")
    scores = tagger.score(chosen, before)
    # The first has no context, and by a plain model that is no pair.
    np.testing.assert_allclose(
        scores[1:], by_transformers(context_folder, chosen[1:], before[1:]), atol=EXACT
    )
    np.testing.assert_allclose(scores[:1], by_transformers(context_folder, chosen[:1]), atol=EXACT)
    assert not np.allclose(scores, tagger.score(chosen), atol=1e-2)


def test_the_same_sentence_in_another_context_is_another(context_folder: Path) -> None:
    tagger = EventTagger.from_pretrained(context_folder, device="cpu", precision="fp32")
    scores = tagger.score(["He agreed."] * 2, ["Rebels stormed the hill.", "The minister made an offer."])
    assert not np.allclose(scores[0], scores[1], atol=1e-3)


def test_a_model_trained_without_context_does_not_look_at_it(tagger: EventTagger) -> None:
    np.testing.assert_array_equal(
        tagger.score(["He agreed."], ["Rebels stormed."]), tagger.score(["He agreed."])
    )


def test_arguments_that_do_not_fit(tagger: EventTagger) -> None:
    with pytest.raises(ValueError, match="2 sentences, but 1 contexts"):
        tagger.score(["a", "b"], ["c"])
    with pytest.raises(TypeError, match="sequence of sentences"):
        tagger.score("The army took the town.")
