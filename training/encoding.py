"""Sentences as token ids, with or without the text before them, and batches of them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from conflict_events.quotations import shown_contexts
from conflict_events.training.data import Example

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

# One example's token ids by input name: input_ids, attention_mask and, where the model has them, token_type_i
Encoded = Mapping[str, Sequence[int]]

# Batches are cut from runs of this many of them, sorted by length: little padding, and still well mixed.
_BATCHES_SORTED_TOGETHER = 50


def encode(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], contexts: Sequence[str], max_length: int
) -> list[Encoded]:
    """Encode each text alone, or as the pair (text, context) where its context is not empty.

    Only the context is cut to fit `max_length`, from its left, so that what stands nearest the sentence is
    kept. A sentence that leaves no room for context is encoded alone, and cut on the right if too long.
    """
    own = tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]
    room = max_length - tokenizer.num_special_tokens_to_add(pair=True) - 1
    paired = [index for index, ids in enumerate(own) if contexts[index] and len(ids) <= room]
    alone = sorted(set(range(len(texts))) - set(paired))
    encoded: dict[int, Encoded] = {}
    if alone:
        tokenizer.truncation_side = "right"
        rows = tokenizer([texts[index] for index in alone], truncation=True, max_length=max_length)
        encoded.update(zip(alone, _rows(rows), strict=True))
    if paired:
        tokenizer.truncation_side = "left"
        rows = tokenizer(
            [texts[index] for index in paired],
            [contexts[index] for index in paired],
            truncation="only_second",
            max_length=max_length,
        )
        encoded.update(zip(paired, _rows(rows), strict=True))
        tokenizer.truncation_side = "right"
    return [encoded[index] for index in range(len(texts))]


def contexts_of(examples: Sequence[Example], sentences: int, context_for: str = "all") -> list[str]:
    """The text of up to `sentences` sentences before each example; "" where there is none, or none to show.

    `context_for` is that of a model folder: "quotations" leaves out what names its speaker or quotes no one.
    """
    contexts = [" ".join(example.context[-sentences:]) if sentences else "" for example in examples]
    return shown_contexts([example.text for example in examples], contexts, context_for)


def epoch_batches(lengths: Sequence[int], batch_size: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Indices of all examples in shuffled batches of similar length; the same for the same seed and epoch."""
    draw = random.Random(f"{seed}-{epoch}")
    order = list(range(len(lengths)))
    draw.shuffle(order)
    run = batch_size * _BATCHES_SORTED_TOGETHER
    batches: list[list[int]] = []
    for start in range(0, len(order), run):
        part = sorted(order[start : start + run], key=lambda index: lengths[index])
        batches.extend(part[begin : begin + batch_size] for begin in range(0, len(part), batch_size))
    draw.shuffle(batches)
    return batches


def collate(rows: Sequence[Encoded], pad_id: int) -> dict[str, torch.Tensor]:
    """Pad to the longest row: tensors [rows, tokens] by input name."""
    import torch

    width = max(len(row["input_ids"]) for row in rows)
    padded = {}
    for name in rows[0]:
        fill = pad_id if name == "input_ids" else 0
        padded[name] = torch.tensor([[*row[name], *[fill] * (width - len(row[name]))] for row in rows])
    return padded


def _rows(batch: Mapping[str, Sequence[Sequence[int]]]) -> list[Encoded]:
    names = list(batch)
    return [dict(zip(names, values, strict=True)) for values in zip(*batch.values(), strict=True)]
