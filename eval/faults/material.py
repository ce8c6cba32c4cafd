"""What runs are made with: a small untrained model, and a folder of articles in every format with faults."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")


@dataclass(frozen=True, slots=True)
class Inbox:
    """A folder of inputs: its articles' ids in the order of reading, and how many records are broken."""

    folder: Path
    ids: tuple[str, ...]
    rejected: int


def write_model(folder: Path, max_length: int = 64) -> Path:
    """Write a whole model folder of the real architecture, in which little is to be computed.

    It is drawn at random, with wide weights so that its scores differ from sentence to sentence, and is the
    same always. `max_length` is the most tokens that it reads of a sentence.
    """
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    from conflict_events.model_folder import write_settings

    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens = {token: index for index, token in enumerate([*special, *letters, *map("##{}".format, letters)])}
    tokenizer = Tokenizer(models.WordPiece(tokens, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", tokens["[SEP]"]), ("[CLS]", tokens["[CLS]"])
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=max_length,
        problem_type="multi_label_classification",
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
        initializer_range=0.5,
    )
    BertForSequenceClassification(config).half().save_pretrained(folder)
    write_settings(
        folder,
        thresholds=dict.fromkeys(LABELS, 0.5),
        calibration={
            "method": "platt",
            "slope": dict.fromkeys(LABELS, 1.0),
            "intercept": dict.fromkeys(LABELS, 0.0),
        },
        context_sentences=0,
        max_length=max_length,
    )
    return folder


def article(number: int) -> dict[str, str]:
    """A short article; no two are alike."""
    sentences = [f"The army advanced on town {number}."]
    sentences += [f"Nine people were killed near bridge {number} {count}." for count in range(number % 4)]
    return {"id": f"article-{number:04d}", "text": " ".join(sentences), "title": f"Report {number}"}


def write_inbox(folder: Path) -> Inbox:
    """Write about 100 articles in files of every format, and some records that cannot be read."""
    import pyarrow as pa
    from pyarrow import parquet

    folder.mkdir(parents=True)
    rows = [article(number) for number in range(100)]
    lines = [json.dumps(row) for row in rows]
    broken = range(4, 40, 9)
    for number in broken:
        lines[number] = '{"text": "broken'
    _write(folder / "a.jsonl", lines[:40])
    with (folder / "b.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, rows[0])
        table.writeheader()
        table.writerows(rows[40:60])
        stream.write("one field alone\n")
    with gzip.open(folder / "c.jsonl.gz", "wt", encoding="utf-8", newline="\n") as packed:
        packed.writelines(f"{line}\n" for line in lines[60:75])
    parquet.write_table(pa.Table.from_pylist(rows[75:90]), folder / "d.parquet", row_group_size=5)
    tabbed = ["\t".join(row) for row in (rows[0], *(row.values() for row in rows[90:96]))]
    _write(folder / "e.tsv", tabbed)
    for row in rows[96:99]:
        (folder / f"f-{row['id']}.txt").write_text(row["text"], encoding="utf-8")
    (folder / "g-empty.txt").touch()
    page = "<html><body><article><p>{text}</p></article></body></html>"
    (folder / "h.html").write_text(page.format(text=" ".join(row["text"] for row in rows)), encoding="utf-8")
    (folder / "i.md").write_text(f"# Report\n\n{rows[-1]['text']}\n", encoding="utf-8")
    read = [row["id"] for number, row in enumerate(rows[:96]) if number not in broken]
    ids = (*read, *(f"f-{row['id']}" for row in rows[96:99]), "h", "i")
    return Inbox(folder, ids, rejected=len(broken) + 1 + 1)


def write_rows(file: Path, rows: Iterable[dict[str, str]]) -> Path:
    """Write rows as JSON lines."""
    return _write(file, [json.dumps(row, ensure_ascii=False) for row in rows])


def _write(file: Path, lines: Iterable[str]) -> Path:
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file
