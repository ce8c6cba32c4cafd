"""A folder with what the snippets of the documentation name."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from pathlib import Path

import pytest

from .blocks import ROOT

ARTICLE = "Rebels seized the airport on Sunday. Nine soldiers were killed. The shops stayed open until noon."


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """`seeds`, `inbox`, `more-articles`, `parts`, `archive`; `article.txt`, `news.*`, `annotations.json`."""
    for name in ("seeds", "inbox"):
        shutil.copytree(ROOT / "seeds", tmp_path / name)
    (tmp_path / "more-articles").mkdir()
    for name in ("more-articles/new.txt", "article.txt"):
        (tmp_path / name).write_text(ARTICLE, encoding="utf-8")
    shutil.copy(ROOT / "annotations" / "seeds.json", tmp_path / "annotations.json")
    rows = [{"url": f"n{number}", "body": ARTICLE} for number in range(3)]
    with (tmp_path / "news.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["url", "body"])
        writer.writeheader()
        writer.writerows(rows)
    _write_parquet(tmp_path / "news.parquet", rows)
    (tmp_path / "archive").mkdir()
    _write_parquet(tmp_path / "archive" / "1.parquet", [{"id": "old", "text": ARTICLE}])
    (tmp_path / "parts").mkdir()
    for number in (1, 2):
        row = {"id": f"p{number}", "text": ARTICLE}
        with gzip.open(tmp_path / "parts" / f"part-{number}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    return tmp_path


def _write_parquet(path: Path, rows: list[dict[str, str]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    parquet.write_table(pa.Table.from_pylist(rows), path)
