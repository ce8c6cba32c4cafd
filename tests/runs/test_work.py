"""Units of a run: whole parts, every record once, the same bytes however often the work was stopped."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conflict_events import Article, EventTagger, InputError, ModelError
from conflict_events.output import OutputError, open_writer
from conflict_events.runs import ChangedInputError, RunError, Settings, open_run, tag_unit
from conflict_events.runs import work as work_module

from .conftest import Tag, article, parts, rejected_lines, tree, write_lines


class StoppedError(Exception):
    """Stands for a process that ends without a word."""


def news(path: Path, count: int = 57) -> Path:
    """JSON lines in which every seventh is broken, and the first and the last, too."""
    return write_lines(
        path, ["{broken" if n % 7 == 0 or n == count - 1 else article(n) for n in range(count)]
    )


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The sentences of a file, as far as all formats have them, scores apart."""
    opener = gzip.open if path.suffix == ".gz" else open
    if path.suffix == ".parquet":
        rows = pq.read_table(path).to_pylist()
        return [{**row, "labels": "|".join(row["labels"])} for row in rows]
    if path.suffix == ".zst":
        text = pa.input_stream(str(path), compression="zstd").read().decode()
    else:
        with opener(path, "rb") as file:
            text = file.read().decode()
    if ".csv" in path.name:
        return [
            {key: float(value) if key.startswith("score_") else value for key, value in row.items()}
            for row in csv.DictReader(text.splitlines())
        ]
    return [
        {"article_id": one["id"], **sentence, "labels": "|".join(sentence["labels"])}
        for one in map(json.loads, text.splitlines())
        for sentence in one["sentences"]
    ]


@pytest.mark.parametrize(
    ("format", "compression", "suffix"),
    [
        ("parquet", "none", ".parquet"),
        ("jsonl", "none", ".jsonl"),
        ("jsonl", "zstd", ".jsonl.zst"),
        ("csv", "gzip", ".csv.gz"),
        ("csv", "zstd", ".csv.zst"),
    ],
)
def test_a_folder_holds_what_one_file_would(
    tag_folder: Tag, tagger: EventTagger, tmp_path: Path, format: str, compression: str, suffix: str
) -> None:
    source = write_lines(tmp_path / "news.jsonl", [article(number) for number in range(43)])
    one = tmp_path / f"one{suffix}"
    with open_writer(one, format, tagger.labels) as writer:
        for tagged in tagger.tag_articles(Article(**json.loads(line)) for line in source.open()):
            writer.write(tagged)
    out = tmp_path / "out"
    tag_folder(out, source, format=format, compression=compression, unit_bytes=2_000)
    assert len(parts(out)) > 4
    assert all(part.name.endswith(suffix) for part in parts(out))
    whole, in_parts = rows_of(one), [row for part in parts(out) for row in rows_of(part)]
    assert len(whole) == 3 * 43
    for expected, found in zip(whole, in_parts, strict=True):
        assert {key: found[key] for key in ("article_id", "text", "begin", "labels")} == {
            key: expected[key] for key in ("article_id", "text", "begin", "labels")
        }
        scores = expected.get("scores") or {k: v for k, v in expected.items() if k.startswith("score_")}
        assert scores
        assert (found.get("scores") or {k: found[k] for k in scores}) == pytest.approx(scores, abs=2e-4)


def test_each_record_is_in_one_part_or_among_the_rejected(tag_folder: Tag, tmp_path: Path) -> None:
    out = tmp_path / "out"
    source = news(tmp_path / "news.jsonl")
    results = tag_folder(out, source, unit_bytes=1_500)
    ids = [row["id"] for part in parts(out) for row in map(json.loads, part.open())]
    broken = [n for n in range(57) if n % 7 == 0 or n == 56]
    assert ids == [f"a{n}" for n in range(57) if n not in broken]
    assert [(line["file"], line["line"]) for line in rejected_lines(out)] == [
        (str(source), n + 1) for n in broken
    ]
    assert all("broken JSON" in line["reason"] for line in rejected_lines(out))
    assert sum(result.counts.articles for result in results) == len(ids)
    assert sum(result.counts.rejected for result in results) == len(broken)
    assert max(sum(1 for _ in part.open()) for part in parts(out)) == 10


@pytest.mark.parametrize("stops", [(0,), (10,), (11, 25), (9, 10, 5, 1)])
def test_stopped_at_any_article_and_gone_on_with_the_bytes_are_the_same(
    tag_folder: Tag, tmp_path: Path, stops: tuple[int, ...]
) -> None:
    source = news(tmp_path / "news.jsonl")
    tag_folder(tmp_path / "whole", source, format="parquet", unit_bytes=2_500)
    out = tmp_path / "out"
    for stop in stops:
        left = iter(range(stop))

        def stopping(progress: work_module.Progress, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise StoppedError

        with pytest.raises(StoppedError):
            tag_folder(out, source, format="parquet", unit_bytes=2_500, on_progress=stopping)
        assert not list(out.rglob(".*.tmp"))  # what failed by an error cleans up after itself
    tag_folder(out, source, format="parquet", unit_bytes=2_500)
    assert tree(out) == tree(tmp_path / "whole")


@pytest.mark.parametrize("step", ["before the record", "before the rename"])
def test_killed_between_a_part_and_its_record(
    tag_folder: Tag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    source = news(tmp_path / "news.jsonl")
    tag_folder(tmp_path / "whole", source)
    out = tmp_path / "out"
    calls = 0

    def killed(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise StoppedError
        original(*arguments)

    if step == "before the record":
        original: Callable[..., Any] = work_module.write_record
        monkeypatch.setattr(work_module, "write_record", killed)
    else:
        original = Path.replace
        monkeypatch.setattr(
            Path, "replace", lambda *names: killed(*names) if "part" in names[1].name else original(*names)
        )
    with pytest.raises(StoppedError):
        tag_folder(out, source)
    monkeypatch.undo()
    (out / ".part-000000-0001.jsonl.0123.tmp").write_text("left by kill -9")
    tag_folder(out, source)
    assert tree(out) == tree(tmp_path / "whole")
    assert not list(out.rglob(".*.tmp"))


def test_a_unit_of_nothing_but_rejected_records(tag_folder: Tag, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "news.jsonl", ["{broken"] * 25)
    out = tmp_path / "out"
    [result] = tag_folder(out, source)
    assert (result.counts.articles, result.counts.rejected) == (0, 25)
    assert parts(out) == []
    assert [line["line"] for line in rejected_lines(out)] == list(range(1, 26))


def test_a_unit_that_is_done_is_left_as_it_is(
    tagger: EventTagger, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    source = write_lines(tmp_path / "news.jsonl", [article(number) for number in range(5)])
    settings = make_settings()
    with open_run(str(tmp_path / "out"), [str(source)], settings) as run:
        [unit] = run.pending()
        first = tag_unit(unit, tagger, settings, run.folder)
        parts(tmp_path / "out")[0].write_text("untouched")
        assert tag_unit(unit, tagger, settings, run.folder) == first
        assert parts(tmp_path / "out")[0].read_text() == "untouched"


def test_another_model_than_the_runs_is_refused(
    tagger: EventTagger, make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    source = write_lines(tmp_path / "news.jsonl", [article(1)])
    settings = make_settings(model_version="0123456789ab")
    with open_run(str(tmp_path / "out"), [str(source)], settings) as run:
        with pytest.raises(ModelError, match="the run's is 0123456789ab"):
            tag_unit(next(run.pending()), tagger, settings, run.folder)


def test_strict_stops_at_the_first_rejected_record(tag_folder: Tag, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "news.jsonl", [article(n) if n != 640 else "{broken" for n in range(700)])
    out = tmp_path / "out"
    with pytest.raises(InputError, match="line 641: broken JSON"):
        tag_folder(out, source, strict=True)
    assert parts(out)  # what was whole before it is kept
    tag_folder(out, source)
    assert sum(len(part.read_text().splitlines()) for part in parts(out)) == 699
    assert [line["line"] for line in rejected_lines(out)] == [641]


@pytest.mark.integration
def test_a_file_that_is_changed_while_it_is_read_stops_the_run(tag_folder: Tag, tmp_path: Path) -> None:
    source = write_lines(tmp_path / "news.jsonl", [article(n) for n in range(2_000)])

    def change(progress: work_module.Progress) -> None:
        if progress.counts.articles == 1:
            with source.open("a") as file:
                file.write(json.dumps(article(2_000)) + "\n")

    with pytest.raises(ChangedInputError, match=r"news\.jsonl: was changed while"):
        tag_folder(tmp_path / "out", source, on_progress=change)
    with pytest.raises(ChangedInputError, match=r"news\.jsonl was changed since"):
        tag_folder(tmp_path / "out", source)


def test_a_run_with_a_unit_left_is_not_finished(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    source = write_lines(tmp_path / "news.jsonl", [article(1)])
    with pytest.raises(RunError, match="unit 0 is not done"):
        with open_run(str(tmp_path / "out"), [str(source)], make_settings()) as run:
            run.finish()


def test_into_and_out_of_a_store(tag_folder: Tag, tmp_path: Path) -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    source = news(tmp_path / "news.jsonl")
    name = tmp_path.name
    store.put_file(str(source), f"/{name}/in/news.jsonl")
    store.put_file(str(source), f"/{name}/in/more.jsonl")
    tag_folder(tmp_path / "here", source)
    url = f"memory://{name}/out"

    def stopping(progress: work_module.Progress) -> None:
        if progress.counts.articles == 25:
            raise StoppedError

    with pytest.raises(StoppedError):
        tag_folder(url, f"memory://{name}/in/news.jsonl", on_progress=stopping)
    tag_folder(url, f"memory://{name}/in/news.jsonl")
    stored = {path.rpartition("/")[2]: store.cat_file(path) for path in store.glob(f"/{name}/out/part-*")}
    assert stored == {part.name: part.read_bytes() for part in parts(tmp_path / "here")}
    for inputs in (f"memory://{name}/in", f"memory://{name}/in/*.jsonl"):
        results = tag_folder(tmp_path / inputs.replace("*", "x").replace("/", "-"), inputs)
        assert sum(result.counts.articles for result in results) == 2 * 48
    with pytest.raises(InputError, match="no such file"):
        tag_folder(tmp_path / "none", f"memory://{name}/none.jsonl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_a_full_disk_stops_the_run_and_loses_nothing(
    tag_folder: Tag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = news(tmp_path / "news.jsonl")
    tag_folder(tmp_path / "whole", source)
    original = Path.open

    def full(path: Path, *arguments: Any, **more: Any) -> Any:
        target = Path("/dev/full") if path.name.startswith(".part-000000-0002") else path
        return original(target, *arguments, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OutputError, match=r"part-000000-0002\.jsonl: cannot be written \(No space left"):
        tag_folder(tmp_path / "out", source)
    monkeypatch.undo()
    tag_folder(tmp_path / "out", source)
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
@pytest.mark.parametrize("file", [".000000-0000.jsonl.", ".plan.jsonl.", ".manifest.json."])
def test_a_disk_that_is_full_before_a_large_file_is_whole_is_told(
    tag_folder: Tag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    # More of each file than is held back until it is closed.
    sources = [write_lines(tmp_path / f"{n}-{'long' * 40}.jsonl", ["{broken"] * 3) for n in range(100)]
    original = Path.open

    def full(path: Path, *arguments: Any, **more: Any) -> Any:
        return original(Path("/dev/full") if path.name.startswith(file) else path, *arguments, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OutputError, match=r"cannot be written \(No space left"):
        tag_folder(tmp_path / "out", *sources)
