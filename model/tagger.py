"""`EventTagger`: sentences in, calibrated scores and labels out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from conflict_events.ahead import ahead
from conflict_events.articles import Article, Furniture, Sentence, TaggedArticle, TaggedSentence
from conflict_events.batching import by_sentence, unique
from conflict_events.encoding import Encoder, Windows
from conflict_events.errors import ModelError
from conflict_events.interfaces import LibraryInterfaces, Scores
from conflict_events.model_folder import ModelFolder, load_model_folder
from conflict_events.quotations import contexts_within, shown_contexts
from conflict_events.runtimes import Runtime, open_runtime
from conflict_events.tagged_text import TaggedText

# Articles are worked through in chunks of so many sentences. The first is small, so that results start soon;
# later ones are long enough to sort well and to find repeated sentences, and short enough for memory to stay
# flat.
_FIRST_CHUNK = 256
_CHUNK = 4096


class EventTagger(LibraryInterfaces):
    """Reads sentences and says which events each reports.

    Made by `from_pretrained`. `labels` are in the order of the scores' columns; `thresholds` hold the score
    from which a label is given; `version` changes with weights, labels or thresholds; `folder` is the
    verified model folder; `runtime` tells what computes, on which device and in which precision.
    """

    def __init__(self, folder: ModelFolder, runtime: Runtime) -> None:
        self.folder = folder
        self.runtime = runtime
        self._encoder = Encoder(folder)
        self._running = threading.Lock()

    @classmethod
    def from_pretrained(
        cls,
        path_or_id: str | Path | None = None,
        *,
        device: str = "auto",
        runtime: str = "auto",
        precision: str = "auto",
    ) -> EventTagger:
        """Load a model folder, a hub id, or by default the weights shipped with this package.

        `device` is auto, cpu, cuda or mps; `runtime` auto, openvino (on CPUs) or torch; `precision` auto (the
        fastest that keeps the decisions), fp32, bf16, fp16 or, by OpenVINO, int8: where a CPU lacks bf16 it
        doubles the speed, and changes a few more decisions.

        Raises:
            ModelError: the folder is damaged or unfit, or the choices are impossible on this machine.
            MissingExtraError: the runtime asked for is not installed.
        """
        folder = load_model_folder(path_or_id)
        return cls(folder, open_runtime(folder, device, runtime, precision))

    def __reduce__(self) -> tuple[Callable[..., EventTagger], tuple[object, ...]]:
        """Pickle as what to open again, so that worker processes each load the model by themselves."""
        runtime = self.runtime
        opened = (self.folder.path, self.version, runtime.device, runtime.name, runtime.precision)
        return _reopened, opened

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the scores' columns."""
        return self.folder.labels

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The score from which each label is given."""
        return self.folder.thresholds

    @property
    def version(self) -> str:
        """12 hexadecimal digits that change with what scores and decisions depend on (`model_version`)."""
        return self.folder.version

    def score(
        self, sentences: Sequence[str], context: Sequence[str] | None = None, *, deduplicate: bool = True
    ) -> Scores:
        """Calibrated scores, float32 [n sentences, n labels].

        `context[i]` is the text just before sentence i ("" for none); a model that was trained without
        context does not look at it; one that was trained with the context of quotations looks at it only for
        a quotation that does not say who speaks. A sentence longer than the model's window is scored in
        overlapping windows, and the greatest score of each label is kept. A sentence without a word or sign
        (empty, white space) scores 0 throughout.

        Raises:
            ValueError: `context` is not as long as `sentences`.
            TypeError: `sentences` is one string instead of a sequence of them.
        """
        if isinstance(sentences, str):
            raise TypeError("score takes a sequence of sentences; for a text, use tag")
        if context is not None and len(context) != len(sentences):
            raise ValueError(f"{len(sentences)} sentences, but {len(context)} contexts")
        if context is not None:
            context = shown_contexts(sentences, context, self.folder.context_for)
        return self._run(self._prepared(sentences, context, deduplicate=deduplicate))

    def tag(self, text: str) -> TaggedText:
        """The sentences of a text, furniture left out, with labels and scores; a notebook shows them."""
        [article] = self.tag_articles([Article("", text)])
        return TaggedText(article, self.labels)

    def tag_articles(
        self,
        articles: Iterable[Article],
        *,
        thresholds: Mapping[str, float] | None = None,
        deduplicate: bool = True,
        fresh_every: int | None = None,
    ) -> Iterator[TaggedArticle]:
        """Tag articles as they come, in their order, without holding more than a few thousand sentences.

        Reading and splitting run a chunk ahead of the model in threads of their own, so that `articles` may
        be a lazy reader; closing the iterator stops them. `thresholds` replaces those of the labels it names;
        `deduplicate` scores identical sentences of a chunk once. After `fresh_every` articles chunks begin
        anew: what is scored together, on which the last digits of scores depend, is then the same wherever
        tagging begins again after so many articles.

        Raises:
            ModelError: `thresholds` names a label that the model lacks.
        """
        bounds = self._bounds(thresholds or {})
        return self._tagged(_chunks(articles, fresh_every), bounds, deduplicate)

    def _tagged(
        self, chunks: Iterator[list[_Split]], bounds: Scores, deduplicate: bool
    ) -> Iterator[TaggedArticle]:
        prepared = ahead(self._prepared_chunks(chunks, deduplicate), depth=1)
        scored = ahead(((chunk, self._run(sentences)) for chunk, sentences in prepared), depth=1)
        for chunk, scores in scored:
            given = scores >= bounds
            start = 0
            for split in chunk:
                end = start + len(split.sentences)
                yield self._assembled(split, scores[start:end], given[start:end])
                start = end

    def _prepared_chunks(
        self, chunks: Iterator[list[_Split]], deduplicate: bool
    ) -> Iterator[tuple[list[_Split], _Prepared]]:
        for chunk in chunks:
            sentences = [sentence.text for split in chunk for sentence in split.sentences]
            context = [
                text
                for split in chunk
                for text in contexts_within(
                    [sentence.text for sentence in split.sentences],
                    self.folder.context_sentences,
                    self.folder.context_for,
                )
            ]
            yield chunk, self._prepared(sentences, context, deduplicate=deduplicate)

    def _prepared(
        self, sentences: Sequence[str], context: Sequence[str] | None, *, deduplicate: bool
    ) -> _Prepared:
        if context is None or not self._encoder.uses_context:
            context = [""] * len(sentences)
        pairs = list(zip(sentences, context, strict=True))
        different, place_of = unique(pairs) if deduplicate else (pairs, np.arange(len(pairs)))
        windows = self._encoder.encode([text for text, _ in different], [before for _, before in different])
        return _Prepared(windows, place_of)

    def _run(self, prepared: _Prepared) -> Scores:
        with self._running:
            window_scores = self.runtime.score(prepared.windows)
        return by_sentence(window_scores, prepared.windows)[prepared.place_of]

    def _assembled(self, split: _Split, scores: Scores, given: npt.NDArray[np.bool_]) -> TaggedArticle:
        labels = self.labels
        tagged = tuple(
            TaggedSentence(
                sentence.text,
                sentence.begin,
                sentence.end,
                tuple(label for label, is_given in zip(labels, flags, strict=True) if is_given),
                dict(zip(labels, values, strict=True)),
            )
            for sentence, values, flags in zip(split.sentences, scores.tolist(), given.tolist(), strict=True)
        )
        return TaggedArticle(split.article, tagged, split.furniture, self.version)

    def _bounds(self, thresholds: Mapping[str, float]) -> Scores:
        unknown = [label for label in thresholds if label not in self.labels]
        if unknown:
            raise ModelError(
                f"no label {unknown[0]!r} in this model; its labels are {', '.join(self.labels)}"
            )
        return np.array([{**self.thresholds, **thresholds}[label] for label in self.labels], np.float32)


@dataclass(frozen=True, slots=True)
class _Split:
    """An article with its sentences and furniture."""

    article: Article
    sentences: tuple[Sentence, ...]
    furniture: tuple[Furniture, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Different sentences, encoded, and for each sentence asked for its place among them."""

    windows: Windows
    place_of: npt.NDArray[np.int64]


def _reopened(path: Path, version: str, device: str, runtime: str, precision: str) -> EventTagger:
    tagger = EventTagger.from_pretrained(path, device=device, runtime=runtime, precision=precision)
    if tagger.version != version:
        raise ModelError(f"{path}: holds model {tagger.version} and not {version}, which was pickled")
    return tagger


def _chunks(articles: Iterable[Article], fresh_every: int | None) -> Iterator[list[_Split]]:
    from conflict_events.reading import split_article

    size, chunk, held = _FIRST_CHUNK, list[_Split](), 0
    for number, article in enumerate(articles):
        if fresh_every and number % fresh_every == 0:
            if chunk:
                yield chunk
            size, chunk, held = _FIRST_CHUNK, [], 0
        split = split_article(article)
        chunk.append(_Split(article, split.sentences, split.furniture))
        # An article without a sentence takes memory, too.
        held += 1 + len(split.sentences)
        if held >= size:
            yield chunk
            size, chunk, held = min(2 * size, _CHUNK), [], 0
    if chunk:
        yield chunk
