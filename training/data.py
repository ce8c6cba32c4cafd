"""Labelled sentences to train on, read from Label Studio exports and labelled JSONL."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conflict_events.errors import DataError
from conflict_events.reading.encoding import SURROGATE
from conflict_events.training.rows import kind_of, read_rows

# How many preceding sentences an example carries; a recipe may use fewer.
CONTEXT_SENTENCES = 3

# Document ids that begin so are sets of minimal pairs: their sentences are alternatives to one another,
# so none of them is the context of the next. A row's own "before" goes above this rule.
ALTERNATIVES = "boundaries-"

# The project's own annotations that hold text.
OWN_ANNOTATIONS = (
    "written.jsonl",
    "written_more.jsonl",
    "written_third.jsonl",
    "written_fourth.jsonl",
    "written_fifth.jsonl",
    "written_sixth.jsonl",
    "written_seventh.jsonl",
    "seeds.json",
)

# What a model card says of the project's own annotations.
OWN_ANNOTATIONS_NOTE = (
    "The sentences of the `written` files are original text by a language model, written for training: "
    "people, quotes and figures in them are invented. Labels are machine-annotated by the codebook."
)

# The ending of files of stand-off labels.
STANDOFF = ".tsv"

_NUMBERED = re.compile(r"^(?P<document>.+):(?P<number>\d{1,18})$")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with its labels.

    `group` joins examples that must stay on one side of a split; `context` holds up to three sentences
    that stand before it, in reading order. `tied` names labels on which its annotators were split evenly
    (they count as absent), `origin` the file it came from.
    """

    id: str
    text: str
    labels: tuple[str, ...]
    group: str
    source: str = ""
    date: str = ""
    context: tuple[str, ...] = ()
    license: str = ""
    origin: str = ""
    tied: tuple[str, ...] = ()

    @property
    def before(self) -> str:
        """The text of the context, sentences joined by spaces."""
        return " ".join(self.context)

    @property
    def document(self) -> str:
        """The id without the sentence's number, or the id itself where it has none."""
        match = _NUMBERED.match(self.id)
        return match["document"] if match else self.id


def own_annotations() -> list[Path]:
    """The project's own annotation files: free text written for it, and the annotated seed articles."""
    from conflict_events.annotations.label_config import SHIPPED

    folder = SHIPPED.parent
    found = [folder / name for name in OWN_ANNOTATIONS if (folder / name).is_file()]
    if not found:
        raise DataError(f"{folder}: no annotations there; name the files to train on")
    return found


def read_examples(
    paths: str | Path | Sequence[str | Path], labels: Sequence[str], corpora: str | Path | None = None
) -> list[Example]:
    """Read labelled sentences from Label Studio exports (.json), labelled JSONL and stand-off labels (.tsv).

    A JSONL row is `{"id", "text", "labels"}`, and optionally `"group"` (default: the document, that is the
    id without its ":<number>"), `"source"`, `"date"`, `"license"` and `"before"`. Where a row has no
    `"before"`, it is made of the up to three rows of the same document and file numbered just before it,
    with no gap; documents named "boundaries-..." are sets of alternatives and have none. In an export the
    label of the majority counts, a tie counts as absent and is kept in `Example.tied`; tasks that nobody
    answered are left out. A row that occurs twice is kept once. The text of stand-off labels
    (`annotations.standoff`) is joined from the user's downloads, somewhere below the folder `corpora`.

    Raises DataError, naming file and line, for anything that is not so.
    """
    if isinstance(paths, (str, Path)):
        paths = [paths]
    examples: dict[str, Example] = {}
    places: dict[str, str] = {}
    for path in map(Path, paths):
        for place, example in _read_file(path, tuple(labels), corpora):
            known = examples.setdefault(example.id, example)
            first = places.setdefault(example.id, place)
            if (known.text, known.labels) != (example.text, example.labels):
                what = "labels" if known.text == example.text else "text"
                raise DataError(
                    f"{place}: id {example.id!r} occurs before with other {what} ({first}); "
                    "ids must be unique: rename one or remove it"
                )
    return list(examples.values())


def check_corpora(paths: Sequence[Path], corpora: Path | str | None) -> None:
    """Raise DataError where a folder of downloads is given, and none of the files is joined with any."""
    if corpora is not None and not any(path.suffix == STANDOFF for path in paths):
        raise DataError(
            f"--corpora {corpora}: of use with stand-off labels ({STANDOFF}) only, and no file here is such; "
            "leave it out, or name the file"
        )


def label_counts(examples: Sequence[Example], labels: Sequence[str]) -> dict[str, int]:
    """How many examples carry each label, in the order of `labels`; then "none" for those without any."""
    counts = {label: sum(label in example.labels for example in examples) for label in labels}
    return counts | {"none": sum(not example.labels for example in examples)}


def _read_file(
    path: Path, labels: tuple[str, ...], corpora: str | Path | None
) -> Iterator[tuple[str, Example]]:
    if not path.is_file():
        raise DataError(f"{path}: no such file; give Label Studio exports (.json) or labelled rows (.jsonl)")
    if path.suffix == ".jsonl":
        found = _read_jsonl(path, labels)
    elif path.suffix == ".json":
        found = _read_export(path, labels)
    elif path.suffix == STANDOFF:
        found = _read_standoff(path, labels, corpora)
    else:
        raise DataError(
            f"{path}: expected a Label Studio export (.json), labelled rows (.jsonl) or stand-off "
            "labels (.tsv)"
        )
    if not found:
        raise DataError(f"{path}: nothing to train on: the file holds no labelled sentence")
    yield from found


def _read_jsonl(path: Path, labels: tuple[str, ...]) -> list[tuple[str, Example]]:
    found: list[tuple[str, Example]] = []
    without_context: list[int] = []
    for place, row in read_rows(path, '"id", "text" and "labels"'):
        if "before" not in row:
            without_context.append(len(found))
        found.append((place, example_of_row(row, labels, place, path.name)))
    contexts = derive_contexts([example for _, example in found])
    for index in without_context:
        place, example = found[index]
        found[index] = (place, replace(example, context=contexts[index]))
    return found


def _read_standoff(
    path: Path, labels: tuple[str, ...], corpora: str | Path | None
) -> list[tuple[str, Example]]:
    from conflict_events.annotations.standoff import join

    if corpora is None:
        raise DataError(
            f"{path}: holds labels and no text; name the folder of your downloads of it with --corpora"
        )
    rows = join(path, Path(corpora))
    found = [(place, example_of_row(row, labels, place, path.name)) for place, row in rows]
    contexts = derive_contexts([example for _, example in found])
    return [
        (place, replace(example, context=context))
        for (place, example), context in zip(found, contexts, strict=True)
    ]


def example_of_row(row: Mapping[str, Any], labels: tuple[str, ...], place: str, origin: str) -> Example:
    """The example that a row of labelled data holds; raises DataError, naming `place`, if it is none."""
    for key in ("id", "text", "labels"):
        if key not in row:
            guess = difflib.get_close_matches(key, [str(other) for other in row], n=1)
            hint = (
                f"; did you mean {guess[0]!r} to be it?" if guess else f"; found {', '.join(row) or 'none'}"
            )
            raise DataError(f'{place}: the key "{key}" is missing{hint}')
    for key in ("id", "text", "group", "source", "date", "license", "before"):
        if not isinstance(row.get(key, ""), str):
            raise DataError(f'{place}: "{key}" must be a string, found {kind_of(row[key])}')
    for key in ("id", "text"):
        if not row[key].strip():
            raise DataError(f'{place}: "{key}" is empty')
        if SURROGATE.search(row[key]):
            raise DataError(f'{place}: "{key}" holds half of a character (a lone surrogate); mend it')
    given = row["labels"]
    if not isinstance(given, list) or not all(isinstance(label, str) for label in given):
        raise DataError(f'{place}: "labels" must be a list of strings ([] for none), found {kind_of(given)}')
    check_labels(given, labels, place)
    example = Example(
        id=row["id"],
        text=row["text"],
        labels=tuple(label for label in labels if label in given),
        group=row.get("group", ""),
        source=row.get("source", ""),
        date=row.get("date", ""),
        context=split_context(row.get("before", "")),
        license=row.get("license", ""),
        origin=origin,
    )
    return example if example.group else replace(example, group=example.document)


def check_labels(given: Sequence[str], labels: Sequence[str], place: str) -> None:
    """Raise DataError for the first label that is not one of `labels`, with a guess at what was meant."""
    for label in given:
        if label not in labels:
            guess = difflib.get_close_matches(label, labels, n=1)
            hint = f"did you mean {guess[0]!r}?" if guess else "name another labelling config if it is meant"
            raise DataError(f"{place}: unknown label {label!r} (known: {', '.join(labels)}); {hint}")


def derive_contexts(examples: Sequence[Example]) -> list[tuple[str, ...]]:
    """For each example, the up to three sentences of its document numbered just before it.

    The walk back stops at the first missing number, so that no gap is bridged.
    """
    texts: dict[tuple[str, int], str] = {}
    keys: list[tuple[str, int] | None] = []
    for example in examples:
        match = _NUMBERED.match(example.id)
        key = (match["document"], int(match["number"])) if match else None
        keys.append(key)
        if key and not key[0].startswith(ALTERNATIVES):
            texts[key] = example.text
    contexts = []
    for key in keys:
        before: list[str] = []
        if key is not None and key in texts:
            document, number = key
            while len(before) < CONTEXT_SENTENCES and (previous := texts.get((document, number - 1))):
                before.insert(0, previous)
                number -= 1
        contexts.append(tuple(before))
    return contexts


def split_context(before: str) -> tuple[str, ...]:
    """The last sentences, three at most, of what stands before a sentence."""
    if not before.strip():
        return ()
    from conflict_events.reading import split_sentences

    return tuple(sentence.text for sentence in split_sentences(before))[-CONTEXT_SENTENCES:]


def _read_export(path: Path, labels: tuple[str, ...]) -> list[tuple[str, Example]]:
    from conflict_events.annotations.export import majority, read_export

    found = []
    for number, sentence in enumerate(read_export(path), start=1):
        place = f"{path}, sentence {number} ({sentence.id})"
        if not sentence.judgements:
            continue
        for judgement in sentence.judgements:
            check_labels(sorted(judgement.labels), labels, place)
        chosen, tied = majority(sentence.judgements, labels)
        example = Example(
            id=sentence.id,
            text=sentence.text,
            labels=chosen,
            group=sentence.article_id or sentence.id,
            source=sentence.source,
            date=sentence.date,
            context=split_context(sentence.before),
            origin=path.name,
            tied=tied,
        )
        found.append((place, example))
    return found
