"""Altered copies of sentences, for a teacher to score: other words, names and numbers, other typography.

An altered sentence may report something else than its original, so it has no label; it is of use only where a
teacher says what it reports. Replacing words by their neighbours in an embedding table, to let a small model
see more of what a large one knows, follows Jiao et al., TinyBERT (Findings of EMNLP 2020, section 3.2).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from conflict_events.errors import ModelError
from conflict_events.training.data import Example

if TYPE_CHECKING:
    from conflict_events.training.base import Base

NEIGHBOURS = 12
"""A word is replaced by one of so many nearest to it."""

_WORD_SHARE, _NAME_SHARE, _NUMBER_SHARE = 0.2, 0.3, 0.5
_SHORTEST_WORD = 4
_ROWS_AT_ONCE = 512

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_INSIDE_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")
_CLAUSE_END = re.compile(r"[,;:] | - | – | — | (?=(?:and|but|after|while|as|when|because) )")

# How often each form is drawn. Sentences of one corpus lack commas and apostrophes, agency lines are upper or
# lower case, and a cut clause is what a splitter leaves of a quotation.
_FORMS: tuple[tuple[float, Callable[[str, random.Random], str]], ...] = (
    (0.40, lambda text, draw: text),
    (0.15, lambda text, draw: text.lower()),
    (0.04, lambda text, draw: text.upper()),
    (0.14, lambda text, draw: text.replace(",", "").replace("'", "").replace("’", "")),
    (0.07, lambda text, draw: text.rstrip(".")),
    (0.08, lambda text, draw: re.sub(r'"([^"]*)"', "“\\1”", text).replace("'", "’")),
    (0.12, lambda text, draw: _one_clause(text, draw)),
)

Neighbours = Mapping[str, Sequence[str]]


def altered_copies(
    examples: Sequence[Example], neighbours: Neighbours, *, count: int, seed: int
) -> list[Example]:
    """`count` altered copies of each example, without labels and context, of the original's group.

    Deterministic for the same examples and seed. A copy that came out like an original or another copy is
    left out.
    """
    names = sorted({name for example in examples for name in _INSIDE_NAME.findall(example.text)})
    seen = {example.text for example in examples}
    copies: list[Example] = []
    for example in examples:
        for number in range(1, count + 1):
            draw = random.Random(f"altered-{seed}-{number}-{example.id}")
            text = _altered(example.text, neighbours, names, draw)
            if text.strip() and text not in seen:
                seen.add(text)
                copies.append(
                    replace(example, id=f"{example.id}~{number}", text=text, labels=(), context=(), tied=())
                )
    return copies


def word_neighbours(base: Base, texts: Sequence[str]) -> dict[str, list[str]]:
    """For each longer word of `texts`, in lower case, the words nearest to it in the base's embedding table.

    Only words that are single tokens of the base's vocabulary have neighbours; nearness is the cosine. Raises
    ModelError for a base without such a table.
    """
    from safetensors import safe_open
    from tokenizers import Tokenizer

    vocabulary: dict[str, int] = Tokenizer.from_file(str(base.path / "tokenizer.json")).get_vocab()
    candidates = sorted(word for word in vocabulary if word.isalpha() and len(word) >= _SHORTEST_WORD)
    with safe_open(base.path / "model.safetensors", framework="np") as weights:
        names = weights.keys()
        name = next((name for name in names if name.endswith("word_embeddings.weight")), None)
        if name is None or len(candidates) <= NEIGHBOURS + 1:
            raise ModelError(f"{base.path}: has no table of words to alter sentences with; ask for no copies")
        table = weights.get_tensor(name)[[vocabulary[word] for word in candidates]].astype(np.float32)
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    place = {word: row for row, word in enumerate(candidates)}
    used = {match.lower() for text in texts for match in _TOKEN.findall(text)}
    wanted = sorted(word for word in used if word in place)
    found: dict[str, list[str]] = {}
    for start in range(0, len(wanted), _ROWS_AT_ONCE):
        words = wanted[start : start + _ROWS_AT_ONCE]
        for word, row in zip(words, _nearest(table, [place[word] for word in words]), strict=True):
            found[word] = [candidates[other] for other in row if candidates[other] != word][:NEIGHBOURS]
    return found


def _nearest(table: npt.NDArray[np.float32], rows: Sequence[int]) -> npt.NDArray[np.int64]:
    """For each row the places of its nearest others, itself among them, [rows, NEIGHBOURS + 1]."""
    likeness = table[list(rows)] @ table.T
    top = np.argpartition(-likeness, NEIGHBOURS + 1, axis=1)[:, : NEIGHBOURS + 1]
    order = np.argsort(-np.take_along_axis(likeness, top, axis=1), axis=1, kind="stable")
    return np.take_along_axis(top, order, axis=1)


def _altered(text: str, neighbours: Neighbours, names: Sequence[str], draw: random.Random) -> str:
    spans = {match.span() for match in _INSIDE_NAME.finditer(text)}

    def other(match: re.Match[str]) -> str:
        token = match[0]
        if token.isdigit():
            return _other_number(token, draw) if draw.random() < _NUMBER_SHARE else token
        if match.span() in spans:
            return draw.choice(names) if draw.random() < _NAME_SHARE else token
        near = neighbours.get(token.lower(), ())
        if not near or draw.random() >= _WORD_SHARE:
            return token
        word = draw.choice(near)
        return word.capitalize() if token[0].isupper() else word

    changed = _TOKEN.sub(other, text)
    form = draw.choices([form for _, form in _FORMS], [weight for weight, _ in _FORMS])[0]
    return form(changed, draw)


def _other_number(digits: str, draw: random.Random) -> str:
    return draw.choice("123456789") + "".join(draw.choice("0123456789") for _ in digits[1:])


def _one_clause(text: str, draw: random.Random) -> str:
    """The sentence up to or from a clause's end, if both sides have words enough; else as it is."""
    ends = [match.end() for match in _CLAUSE_END.finditer(text)]
    fitting = [end for end in ends if min(len(text[:end].split()), len(text[end:].split())) >= 5]
    if not fitting:
        return text
    end = draw.choice(fitting)
    return draw.choice((text[:end].rstrip(" ,;:-–—"), text[end:].strip()))
