"""The spaCy component, found by its entry point."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conflict_events import EventTagger, ModelError

spacy = pytest.importorskip("spacy")

TEXT = "The army took the town. Nine fighters were killed in air strikes. It rained."


@pytest.fixture(scope="module")
def nlp() -> spacy.Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("conflict_events", config={"device": "cpu"})
    return nlp


def events(doc: spacy.tokens.Doc) -> list[tuple[str, str]]:
    return [(span.label_, span.text) for span in doc.spans["conflict_events"]]


def test_a_span_for_each_label_of_each_sentence(nlp: spacy.Language, tagger: EventTagger) -> None:
    doc = nlp(TEXT)
    tagged = tagger.tag(TEXT)
    assert events(doc) == [(label, sentence.text) for sentence in tagged for label in sentence.labels]
    assert doc.spans["conflict_events"].attrs["scores"] == [
        sentence.scores[label] for sentence in tagged for label in sentence.labels
    ]


def test_any_span_knows_its_events(nlp: spacy.Language) -> None:
    doc = nlp(TEXT)
    assert [sentence._.events for sentence in doc.sents] == [
        ("advance",),
        ("airstrike", "casualty_report"),
        (),
    ]
    assert doc[3:7]._.events == ("advance", "airstrike", "casualty_report")
    assert spacy.blank("en")("Not tagged.")[:]._.events == ()


def test_a_stream_in_batches_is_tagged_like_one_by_one(nlp: spacy.Language) -> None:
    texts = [TEXT, "", "   ", "Nine were killed.", "It rained."] * 3
    docs = list(nlp.pipe(texts, batch_size=4))
    assert [doc.text for doc in docs] == texts
    assert [events(doc) for doc in docs] == [events(doc) for doc in map(nlp, texts)]


def test_sentences_that_end_within_a_token_are_widened_to_it(nlp: spacy.Language) -> None:
    doc = nlp.make_doc("The army took the town.Nine fighters were killed in air strikes.")
    tagged = nlp.get_pipe("conflict_events")(doc)
    for label, text in events(tagged):
        assert text.endswith((".", "town.Nine")), label


def test_events_survive_the_disk(nlp: spacy.Language, tmp_path: Path) -> None:
    from spacy.tokens import DocBin

    doc = nlp(TEXT)
    nlp.to_disk(tmp_path / "nlp")
    DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "docs")
    again = spacy.load(tmp_path / "nlp")
    assert events(again(TEXT)) == events(doc)
    [stored] = DocBin().from_disk(tmp_path / "docs").get_docs(again.vocab)
    assert events(stored) == events(doc)
    assert stored[:]._.events == ("advance", "airstrike", "casualty_report")


def test_thresholds_replace_the_models_own() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("conflict_events", config={"device": "cpu", "thresholds": {"advance": 1.0}})
    doc = nlp(TEXT)
    assert doc[:]._.events == ("airstrike", "casualty_report")


def test_a_mistaken_label_or_model_is_told_when_the_pipeline_is_made(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    with pytest.raises(ModelError, match="no label 'airstrikes'"):
        nlp.add_pipe("conflict_events", config={"thresholds": {"airstrikes": 0.5}})
    with pytest.raises(ModelError, match="no such model folder"):
        nlp.add_pipe("conflict_events", config={"model": str(tmp_path / "none")})


@pytest.mark.integration
def test_other_pipelines_pay_next_to_nothing_for_it() -> None:
    code = (
        "import sys, spacy; spacy.blank('en')\n"
        "assert 'conflict_events.spacy_component' in sys.modules\n"
        "assert not {'conflict_events.tagger', 'openvino', 'pyarrow', 'trafilatura'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
