"""What is fuzzed: functions of the bytes of one input, which raise where a promise is broken.

Each gives the bytes to one part of the package. An error of our own (`ConflictEventsError`) is an answer;
any other exception, a wrong offset, or text that no encoder takes is a finding. Time and memory are watched
from outside: by the fuzzer (run.py), and by the test that replays the corpus (test_corpus.py).
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from conflict_events import Article, ConflictEventsError, InputError, read_articles, split_article
from conflict_events.annotations.export import majority, read_export
from conflict_events.annotations.label_config import parse_label_config, presented_xml, read_label_config
from conflict_events.annotations.spans import Spans, hash_of, length_of
from conflict_events.annotations.standoff import join, read_standoff
from conflict_events.annotations.tasks import read_tasks, write_tasks
from conflict_events.model_folder import SHIPPED, load_model_folder
from conflict_events.reading.encoding import decode, mend
from conflict_events.reading.furniture import furniture_in_line, reasons_of_lines
from conflict_events.reading.sentences import line_spans, split_sentences
from conflict_events.training.data import read_examples
from conflict_events.weights_file import read_weights, weights_sha256

T = TypeVar("T")
Target = Callable[[bytes], None]
# Characters that the reader promises to remove; NUL first of all.
_UNSOUND = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_LABELS = read_label_config().labels
_DECLARED = (None, "latin-1", "windows-1256", "utf-16", "no such encoding", "rot13", "idna")


@cache
def _folder() -> Path:
    """A folder for the input's file, in memory where the system has such a place."""
    shared = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="conflict-events-fuzz-", dir=shared if shared.is_dir() else None))


def clean_up() -> None:
    """Remove the folder again."""
    if _folder.cache_info().currsize:
        shutil.rmtree(_folder(), ignore_errors=True)
        _folder.cache_clear()


def _file(name: str, data: bytes) -> Path:
    path = _folder() / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def _check_split(article: Article) -> None:
    """Sentences and furniture stand in order, do not overlap, and cover all that is not white space."""
    text = article.text
    split = split_article(article)
    for sentence in split.sentences:
        assert sentence.text == text[sentence.begin : sentence.end]
        assert sentence.text == sentence.text.strip() != ""
    end = 0
    for piece in sorted([*split.sentences, *split.furniture], key=lambda piece: piece.begin):
        assert piece.begin < piece.end <= len(text)
        assert text[end : piece.begin].strip() == ""
        end = piece.end
    assert text[end:].strip() == ""


def _check_articles(path: Path) -> None:
    errors: list[InputError] = []
    articles = list(read_articles(path, on_error=errors.append))
    assert articles or errors
    for error in errors:
        assert str(path.parent) in str(error)
    for article in articles:
        assert article.id
        assert article.text.strip()
        for value in (article.id, article.text, article.title, article.source, article.date):
            assert not _UNSOUND.search(value), repr(value)
        _check_split(article)


def _reader(suffix: str) -> Target:
    def read(data: bytes) -> None:
        _check_articles(_file(f"reader/article{suffix}", data))

    return read


def _sidecar(name: str) -> Target:
    def read(data: bytes) -> None:
        folder = _file(f"{Path(name).suffix[1:]}/a.txt", b"The army took the town.").parent
        (folder / name).write_bytes(data)
        _check_articles(folder)

    return read


def encoding(data: bytes) -> None:
    """Any bytes become text that can be written again."""
    declared = _DECLARED[data[0] % len(_DECLARED)] if data else None
    assert not _UNSOUND.search(mend(decode(data, declared)))


def furniture(data: bytes) -> None:
    """Every line gets one answer; pieces of furniture in it are in order and lie within it."""
    text = data.decode("utf-8", "replace")
    lines = [text[begin:end] for begin, end in line_spans(text)]
    assert len(reasons_of_lines(lines)) == len(lines)
    for line in lines:
        last = 0
        for begin, end, reason in furniture_in_line(line):
            assert last <= begin < end <= len(line)
            assert reason
            last = end


def splitter(data: bytes) -> None:
    """Offsets hold for any text, mended or not."""
    text = data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace") if _decodes(data) else ""
    for sentence in split_sentences(text):
        assert sentence.text == text[sentence.begin : sentence.end]
    _check_split(Article("a", text))


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return b"\xed" not in data
    return True


def export(data: bytes) -> None:
    """An export of Label Studio, as annotations and as tasks; what is read can be written."""
    path = _file("export/export.json", data)
    for config in (None, read_label_config()):
        for sentence in _ours(lambda config=config: read_export(path, config)):
            assert sentence.id.strip()
            assert sentence.text.strip()
            _ours(lambda sentence=sentence: majority(sentence.judgements, _LABELS))
    tasks = _ours(lambda: list(read_tasks(path)))
    _ours(lambda: write_tasks(path.with_name("again.json"), tasks) or [])
    for example in _ours(lambda: read_examples(path, _LABELS)):
        assert set(example.labels) <= set(_LABELS)


def labelled(data: bytes) -> None:
    """Labelled rows to train on."""
    for example in _ours(lambda: read_examples(_file("labelled/rows.jsonl", data), _LABELS)):
        assert set(example.labels) <= set(_LABELS)
        assert example.text.strip()


def standoff(data: bytes) -> None:
    """A file of stand-off labels and, after a line of "====", the rows of the corpus that it is joined with.

    What is joined has the length and hash that the file gives, and is read again as it was written.
    """
    labels, _, rows = data.partition(b"\n====\n")
    path = _file("standoff/x.standoff.tsv", labels)
    _file("standoff/x.jsonl", rows)
    given = _ours(lambda: read_standoff(path))
    for row, (_, joined) in zip(given, _ours(lambda: list(join(path, path.parent))), strict=False):
        assert (length_of(joined["text"]), hash_of(joined["text"])) == (row.length, row.hash)
        assert joined["id"] == row.id
    for example in _ours(lambda: read_examples(path, _LABELS, path.parent)):
        assert example.text.strip()


def spans(data: bytes) -> None:
    """A sentence of a text is found again by its hash, however its white space is written."""
    text = data.decode("utf-8", "replace")
    for sentence in split_sentences(text)[:20]:
        found = Spans(text)
        begin = found.find(length_of(sentence.text), hash_of(sentence.text))
        assert begin is not None, sentence
        assert hash_of(found.text(begin, length_of(sentence.text))) == hash_of(sentence.text)


def model_config(data: bytes) -> None:
    """The config.json of a model folder."""
    folder = _file("model/config.json", data).parent
    _file("model/model.safetensors", _NO_TENSORS)
    if not (folder / "tokenizer.json").exists():
        shutil.copy(SHIPPED / "tokenizer_config.json", folder / "tokenizer.json")
    for model in _ours(lambda: [load_model_folder(folder)]):
        assert set(model.thresholds) == set(model.labels)
        assert all(0 <= threshold <= 1 for threshold in model.thresholds.values())
        assert len(model.version) == 12


_NO_TENSORS = (2).to_bytes(8, "little") + b"{}"


def weights(data: bytes) -> None:
    """A file of weights: refused, or read to its end."""
    file = _file("weights/model.safetensors", data)
    if _ours(lambda: [weights_sha256(file)]):
        _ours(lambda: list(read_weights(file)))


def labeling_config(data: bytes) -> None:
    """Label Studio's XML, as it is read and as it is shown to annotators."""
    xml = data.decode("utf-8", "replace")
    for config in _ours(lambda: [parse_label_config(xml, "config.xml")]):
        again = parse_label_config(presented_xml(config), "config.xml")
        assert again.labels == config.labels


def _ours(read: Callable[[], Sequence[T]]) -> Sequence[T]:
    """What `read` returns; nothing if it refuses its input in the way that is promised."""
    try:
        return read()
    except ConflictEventsError:
        return []


TARGETS: dict[str, Target] = {
    "text": _reader(".txt"),
    "markdown": _reader(".md"),
    "html": _reader(".html"),
    "jsonl": _reader(".jsonl"),
    "csv": _reader(".csv"),
    "tsv": _reader(".tsv"),
    "parquet": _reader(".parquet"),
    "metadata_jsonl": _sidecar("metadata.jsonl"),
    "metadata_csv": _sidecar("metadata.csv"),
    "encoding": encoding,
    "furniture": furniture,
    "splitter": splitter,
    "export": export,
    "labelled": labelled,
    "standoff": standoff,
    "spans": spans,
    "model_config": model_config,
    "weights": weights,
    "labeling_config": labeling_config,
}
