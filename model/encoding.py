"""Sentences as token ids, by the Rust tokenizer alone, in windows that fit the model.

A sentence is encoded alone, or with the text before it as the pair (sentence, context), of which only the
context is cut, from its left, so that what stands nearest the sentence is kept. A sentence longer than the
window is not cut: it becomes several windows that overlap by half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from conflict_events.errors import ModelError
from conflict_events.model_folder import TOKENIZER, ModelFolder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Windows:
    """Encoded sentences, end to end without padding.

    Window w holds the tokens `ids[begins[w] : begins[w] + lengths[w]]`, special ones included, with `types` 0
    for the sentence and 1 for its context, and belongs to sentence `sentence_of[w]` of `sentences`. A
    sentence without a token (empty, or white space alone) has no window.
    """

    ids: Ints
    types: Ints
    begins: npt.NDArray[np.int64]
    lengths: Ints
    sentence_of: Ints
    sentences: int

    def __len__(self) -> int:
        return len(self.lengths)


class Encoder:
    """The tokenizer of a model folder, and the special tokens it puts around a sentence and its context."""

    def __init__(self, folder: ModelFolder) -> None:
        from tokenizers import Tokenizer

        try:
            self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder.path / TOKENIZER))
        except Exception as error:  # The binding raises bare Exception for every fault of the file.
            raise ModelError(f"{folder.path / TOKENIZER}: cannot be read ({error})") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._before, self._after = _around(self._tokenizer, folder.path)
        self._between, self._end = (
            _around_pair(self._tokenizer, folder) if folder.context_sentences else ([], [])
        )
        self._max_length = folder.max_length
        self._tokens = folder.config.get("vocab_size")
        self._file = folder.path / TOKENIZER
        self.uses_context = folder.context_sentences > 0

    def encode(self, sentences: Sequence[str], context: Sequence[str] | None = None) -> Windows:
        """Encode n sentences, with n contexts ("" for none) if the model was trained with context."""
        own = self._token_ids(sentences)
        given = context if context is not None and self.uses_context else [""] * len(sentences)
        with_context = [index for index, text in enumerate(given) if text]
        before = dict(
            zip(with_context, self._token_ids([given[index] for index in with_context]), strict=True)
        )
        rows: list[list[int]] = []
        own_lengths: list[int] = []
        sentence_of: list[int] = []
        for index, tokens in enumerate(own):
            for row, own_length in self._windows_of(tokens, before.get(index, [])):
                rows.append(row)
                own_lengths.append(own_length)
                sentence_of.append(index)
        lengths = np.fromiter(map(len, rows), np.int32, len(rows))
        begins = np.cumsum(lengths, dtype=np.int64) - lengths
        ids = np.fromiter(chain.from_iterable(rows), np.int32, int(lengths.sum()))
        if type(self._tokens) is int and len(ids) and int(ids.max()) >= self._tokens:
            # A runtime would look beyond the end of its table of tokens.
            raise ModelError(
                f"{self._file}: gives token {int(ids.max())}, but the model has {self._tokens}; "
                "it is another model's: fetch the model folder again"
            )
        offsets = np.arange(len(ids), dtype=np.int64) - np.repeat(begins, lengths)
        types = (offsets >= np.repeat(np.array(own_lengths, np.int64), lengths)).astype(np.int32)
        return Windows(ids, types, begins, lengths, np.array(sentence_of, np.int32), len(sentences))

    def _token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        try:
            encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        except TypeError:
            # Half of a surrogate pair, which is no text to Rust; anything but a string raises again.
            whole = [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts]
            encodings = self._tokenizer.encode_batch_fast(whole, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def _windows_of(self, tokens: list[int], context: list[int]) -> list[tuple[list[int], int]]:
        """The windows of one sentence, each with the length of what is the sentence's own in it."""
        if not tokens:
            return []
        alone = [*self._before, *tokens, *self._after]
        if context:
            first = [*self._before, *tokens, *self._between]
            room = self._max_length - len(first) - len(self._end)
            if room > 0:
                return [([*first, *context[-room:], *self._end], len(first))]
        if len(alone) <= self._max_length:
            return [(alone, len(alone))]
        size = self._max_length - len(self._before) - len(self._after)
        step = size // 2
        starts = [*range(0, len(tokens) - size, step), len(tokens) - size]
        windows = [[*self._before, *tokens[start : start + size], *self._after] for start in starts]
        return [(window, len(window)) for window in windows]


def _around(tokenizer: Tokenizer, path: Path) -> tuple[list[int], list[int]]:
    """The special tokens before and after a sentence that is encoded alone."""
    encoding = tokenizer.encode("a")
    ids, special = encoding.ids, encoding.special_tokens_mask
    if all(special) or any(encoding.type_ids):
        raise ModelError(f"{path / TOKENIZER}: encodes a plain letter in a way that is not understood")
    first = special.index(0)
    last = len(special) - special[::-1].index(0)
    return ids[:first], ids[last:]


def _around_pair(tokenizer: Tokenizer, folder: ModelFolder) -> tuple[list[int], list[int]]:
    """The special tokens between a sentence and its context, and after the context."""
    path, types = folder.path, folder.config.get("type_vocab_size")
    encoding: Any = tokenizer.encode("a", "a")
    own = [index for index, special in enumerate(encoding.special_tokens_mask) if not special]
    second = [index for index in own if encoding.sequence_ids[index] == 1]
    first = [index for index in own if encoding.sequence_ids[index] == 0]
    if not first or not second:
        raise ModelError(f"{path / TOKENIZER}: does not encode pairs, but the model was trained with context")
    between = encoding.ids[first[-1] + 1 : second[0]]
    expected = [0] * second[0] + [1] * (len(encoding.ids) - second[0])
    # Models without token types, as MPNet, tell the two texts apart by the tokens between them.
    if encoding.type_ids != expected and type(types) is int and types > 1:
        raise ModelError(f"{path / TOKENIZER}: gives no token type 1 to a pair's second text")
    return between, encoding.ids[second[-1] + 1 :]
