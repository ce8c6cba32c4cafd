"""Inputs that are damaged, endless, strange or hostile: each beside a sound one, which must be tagged."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conflict_events.eval.faults.folders import parts_of
from conflict_events.eval.faults.lab import REJECTED, Lab
from conflict_events.eval.faults.material import article, write_rows
from conflict_events.eval.faults.outcomes import Fault, Outcome, Said, judged

_SOUND = "z-sound"
_SECONDS = 60.0
_Articles = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Made:
    """Files that were written: the ids that must come out, what must be said, and what else must be so."""

    ids: tuple[str, ...]
    said: tuple[Said, ...] = ()
    right: Callable[[_Articles], bool] = field(default=lambda articles: True)


def truncated_gzip(folder: Path) -> Made:
    """Cut compressed JSON lines: what lies before the cut, as zlib finds it, must be tagged."""
    rows = [{**article(number), "title": os.urandom(40).hex()} for number in range(600)]
    whole = gzip.compress("".join(f"{json.dumps(row)}\n" for row in rows).encode())
    cut = whole[: len(whole) * 6 // 10]
    (folder / "a.jsonl.gz").write_bytes(cut)
    count = zlib.decompressobj(wbits=31).decompress(cut).count(b"\n")
    ids = tuple(row["id"] for row in rows[:count])
    return Made(ids, (Said("in/a.jsonl.gz", None, "may be damaged"),))


def truncated_parquet(folder: Path) -> Made:
    """Cut a Parquet file, which so has lost its index."""
    import pyarrow as pa
    from pyarrow import parquet

    path = folder / "a.parquet"
    parquet.write_table(pa.Table.from_pylist([article(number) for number in range(200)]), path)
    os.truncate(path, path.stat().st_size * 6 // 10)
    return Made((), (Said("in/a.parquet", None, "no sound Parquet file"),))


def encodings(folder: Path) -> Made:
    """Write text in many encodings, none of them told."""
    text = "Die Armee rückte über die Brücke nach Köln vor. Neun Menschen wurden getötet."
    for number, name in enumerate(("utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-32")):
        (folder / f"{number}.txt").write_bytes(text.encode(name))
    (folder / "6.txt").write_bytes("Армия вошла в город. Погибли девять человек.".encode("koi8-r") * 3)
    (folder / "7.txt").write_bytes("軍は町に入った。九人が死亡した。".encode("shift_jis") * 3)
    (folder / "8.jsonl").write_bytes(b'{"id": "cut", "text": "A city: K\xc3\xb6ln, K\xf6ln, \xff\xfe."}\n')
    return Made((*map(str, range(8)), "cut"))


CHARACTERS = {
    "nul": "The army\0 advanced. Nine\0 were killed.",
    "emoji": "The army \U0001f603 advanced \U0001f468\u200d\U0001f469. \U0001f1f8\U0001f1fe Nine died.",
    "right to left": "\u202eدخل الجيش المدينة.\u202c قتل تسعة أشخاص \u200fقرب الجسر.",
    "combining": "The a" + "\u0301" * 300 + "rmy advanced. Zoe\u0308 fled.",
    "controls": "The army \x1b[31madvanced\x07\x08. Nine \x7f\x9b were killed.",
    "separators": "The army advanced.\u2028Nine were killed.\u2029\u0085Talks failed.\ufeff",
    "beyond": "\U000e0041\U0010fffd The army advanced \ufdd0\uffff. Nine were killed.",
}


def characters(folder: Path) -> Made:
    """Write NUL bytes, emoji, writing from right to left, piled accents, control and other odd characters."""
    write_rows(folder / "a.jsonl", [{"id": id, "text": text} for id, text in CHARACTERS.items()])

    def right(articles: _Articles) -> bool:
        by_id = {row["id"]: row for row in articles}
        return "\U0001f603" in str(by_id["emoji"]["text"]) and all(
            row["text"][one["begin"] : one["end"]] == one["text"]
            for row in articles
            for one in row["sentences"]
        )

    return Made(tuple(CHARACTERS), right=right)


def endless_sentence(folder: Path) -> Made:
    """Write a sentence of 100,000 words."""
    write_rows(
        folder / "a.jsonl", [{"id": "endless", "text": "The army " + "advanced and " * 50_000 + "won."}]
    )
    return Made(("endless",), right=lambda articles: _sentences(articles, "endless") == 1)


def equal_ids(folder: Path) -> Made:
    """Give ids that come again in a file and in another: no row is dropped for its id."""
    rows = [{**article(number), "id": f"id-{number % 3}"} for number in range(30)]
    write_rows(folder / "a.jsonl", rows[:20])
    write_rows(folder / "b.jsonl", rows[20:])
    return Made(tuple(row["id"] for row in rows))


def deep_and_huge_json(folder: Path) -> Made:
    """Write lines nested 200,000 deep and of 40 MB, and a number of 5,000 digits, between sound ones."""
    with (folder / "a.jsonl").open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(article(0)) + "\n")
        stream.write('{"text": ' + "[" * 200_000 + "]" * 200_000 + "}\n")
        stream.write('{"text": "' + "word " * (8 * 2**20) + '"}\n')
        stream.write('{"text": "One.", "n": ' + "9" * 5000 + "}\n")
        stream.write(json.dumps(article(1)) + "\n")
    words = ("nested too deeply", "longer than the 32 MB", "too many digits")
    said = tuple(Said("in/a.jsonl", line, word) for line, word in enumerate(words, 2))
    return Made((article(0)["id"], article(1)["id"]), said)


def html_bombs(folder: Path) -> Made:
    """Write pages nested 100,000 deep, with attributes of 20 MB or by the 10,000, with tags left open."""
    body = "<article><p>The army advanced on the town at dawn, and nine people were killed.</p></article>"
    many = " ".join(f"a{number}=1" for number in range(10_000))
    pages = {
        "attributes": f"<html><body {many}>{body}</body></html>",
        "entities": f"<html><body>{'&amp;' * 200_000}{body}</body></html>",
        "open": f"<html><body>{'<p><b><i>' * 30_000}{body}",
    }
    hopeless = {
        "attribute": f'<html><body data-x="{"x" * (20 * 2**20)}">{body}</body></html>',
        "deep": f"<html><body>{'<div>' * 100_000}{body}{'</div>' * 100_000}",
    }
    for name, page in (pages | hopeless).items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    said = tuple(Said(f"in/{name}.html", None, "no article was found") for name in hopeless)
    return Made(tuple(sorted(pages)), said)


def links(folder: Path) -> Made:
    """Lay links in a circle: to the folder itself, to its parent, to themselves and to nothing."""
    (folder / "below").mkdir()
    write_rows(folder / "below" / "a.jsonl", [article(0)])
    (folder / "below" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "here").symlink_to(".", target_is_directory=True)
    (folder / "itself.txt").symlink_to("itself.txt")
    (folder / "nothing.txt").symlink_to("nowhere.txt")
    said = (Said("in/itself.txt", None, ""), Said("in/nothing.txt", None, "no such file"))
    return Made((article(0)["id"],), said)


def pipes(folder: Path) -> Made:
    """Put a named pipe among the files, reading which would wait for ever."""
    os.mkfifo(folder / "a.jsonl")
    return Made(())


def _tagged(make: Callable[[Path], Made], name: str) -> Callable[[Lab], Outcome]:
    def happen(lab: Lab) -> Outcome:
        place = lab.root / make.__name__
        (place / "in").mkdir(parents=True)
        made = make(place / "in")
        write_rows(place / "in" / f"{_SOUND}.jsonl", [{**article(999), "id": _SOUND}])
        sizes = ["--model", "../model", "--part-size", "8", "--unit-size", "1"]
        command = ["tag", "in", "-o", "out/", "--format", "jsonl", "--all-sentences", *sizes]
        ended = lab.commands.run(command, place)
        also = []
        if ended.cpu > _SECONDS:
            also.append(f"took {ended.cpu:.0f} s of CPU")
        parts = parts_of(place / "out")
        if not made.right([json.loads(line) for part in parts for line in part.read_bytes().splitlines()]):
            also.append("what was written is not what was read")
        return judged(
            name,
            ended,
            place / "out",
            status=REJECTED if made.said else 0,
            said=made.said,
            ids=(*made.ids, _SOUND),
            also=also,
        )

    return happen


def _sentences(articles: _Articles, id: str) -> int:
    return sum(len(row["sentences"]) for row in articles if row["id"] == id)


FAULTS = tuple(
    Fault(name, _tagged(make, name))
    for name, make in {
        "gzip file cut short": truncated_gzip,
        "Parquet file cut short": truncated_parquet,
        "eight encodings, none declared, and one file of two": encodings,
        "NUL, emoji, right-to-left, combining and control characters": characters,
        "a sentence of 100,000 words": endless_sentence,
        "ids that come again": equal_ids,
        "JSON nested 200,000 deep, a line of 40 MB, a number of 5,000 digits": deep_and_huge_json,
        "HTML nested 100,000 deep, attributes of 20 MB and by the 10,000": html_bombs,
        "links in a circle and to nothing": links,
        "a named pipe among the files": pipes,
    }.items()
)
