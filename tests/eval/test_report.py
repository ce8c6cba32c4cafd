"""The report and the files beside it, for two small systems, one of whose sentences is hostile."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conflict_events.errors import DataError
from conflict_events.eval.bootstrap import Difference, Estimate
from conflict_events.eval.checklist import Case, read_suite
from conflict_events.eval.earlier_run import find_run, read_behaviour, read_outcome
from conflict_events.eval.evaluation import VIEWS, Entrant, evaluate_systems, make_rounds
from conflict_events.eval.measure import Outcome
from conflict_events.eval.report import difference_cell, estimate_cell, write_report
from conflict_events.eval.run import Run, mistakes
from conflict_events.training.data import Example

Evaluate = Callable[..., tuple[int, str, str]]
LABELS = ("advance", "airstrike")
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)> \"'&{{7*7}}"


class Fixed:
    """Gives every sentence the scores it was made with, however it is trained."""

    thresholds = np.array([0.5, 0.4], dtype=np.float32)

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, examples: list[Example]) -> None: ...

    def scores(self, examples: list[Example]) -> np.ndarray:
        rows = []
        for example in examples:
            rng = np.random.default_rng([self.seed, *example.id.encode()])
            rows.append([0.4 * (label in example.labels) + 0.6 * rng.random() for label in LABELS])
        return np.array(rows, dtype=np.float32)


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Evaluate:
    """Runs `conflict-events evaluate` with arguments; returns exit code, standard output, standard error."""
    from conflict_events.scripts.cli import main

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["evaluate", *map(str, arguments), "--resamples", "100", "-o", str(tmp_path / "out")])
        code = ended.value.code
        return (code if isinstance(code, int) else 1 if code else 0, *capsys.readouterr())

    return run


def examples() -> list[Example]:
    rng = np.random.default_rng(5)
    made = []
    for number in range(80):
        labels = tuple(label for label in LABELS if rng.random() < 0.4)
        words = " ".join(f"w{number}x{word}" for word in range(9))
        text = f"{HOSTILE} {words}" if number == 3 else words
        made.append(
            Example(
                f"d{number // 2}:{number % 2}",
                text,
                labels,
                f"d{number // 2}",
                "AB"[number % 4 // 2],
                origin="x.jsonl",
            )
        )
    # Two hostile sentences that both systems get wrong whatever their scores.
    made += [
        Example(f"h{n}:0", f"{n} {HOSTILE} hostile {n}", ("advance",) * n, f"h{n}", HOSTILE, origin="x.jsonl")
        for n in (0, 1)
    ]
    return made


@pytest.fixture(scope="module")
def suite() -> list[Case]:
    """Forty cases on the two labels, eight of them made from sentences that are no cases of their own."""
    every = read_suite(labels=("advance", "airstrike", "casualty_report", "diplomatic_statement"))
    pairs = [case for case in every if set(case.under_test) <= set(LABELS)][:32]
    derived = [case for case in every if case.of][:8]
    bases = [case for case in every if case.id in {each.of for each in derived}]
    return pairs + [
        replace(case, under_test=LABELS, labels=case.labels & set(LABELS)) for case in (*bases, *derived)
    ]


@pytest.fixture(scope="module")
def run(suite: list[Case]) -> Run:
    entrants = [Entrant("first", HOSTILE, lambda: Fixed(1)), Entrant("second", "the other", lambda: Fixed(2))]
    rounds = make_rounds(examples(), [], LABELS)
    return evaluate_systems(entrants, rounds, LABELS, cases=suite, resamples=200, title=HOSTILE, note=HOSTILE)


def test_the_page_escapes_what_it_shows(run: Run, tmp_path: Path) -> None:
    page = write_report(run, tmp_path).read_text(encoding="utf-8")
    assert "<script>document" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page
    assert "{{7*7}}" in page


def test_the_files_beside_it(run: Run, tmp_path: Path) -> None:
    write_report(run, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"report.html", "result.json", "scores.npz", "reliability.png", "precision_recall.png"}
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert result["sentences"] == 82
    assert [system["name"] for system in result["systems"]] == ["first", "second"]
    f1 = result["systems"][0]["overall"]["micro"]["f1"]
    assert f1["low"] <= f1["value"] <= f1["high"]
    assert set(result["systems"][0]["parts"]) == {"A", "B", HOSTILE}
    assert result["comparisons"][0]["other"] == "second"
    behaviour = result["systems"][0]["behaviour"]
    assert behaviour["cases"] == sum(rule["cases"] for rule in behaviour["rules"].values())
    assert behaviour["rate"]["low"] <= behaviour["rate"]["value"] <= behaviour["rate"]["high"]
    assert result["comparisons"][0]["behaviour"]["value"] == pytest.approx(
        behaviour["rate"]["value"] - result["systems"][1]["behaviour"]["rate"]["value"], abs=1e-4
    )
    assert "w7x3" not in (tmp_path / "result.json").read_text(encoding="utf-8")  # it holds no text


@pytest.mark.integration
def test_without_text_the_page_holds_no_sentence(run: Run, tmp_path: Path) -> None:
    shown = write_report(run, tmp_path / "with").read_text(encoding="utf-8")
    hidden = write_report(run, tmp_path / "without", show_text=False).read_text(encoding="utf-8")
    wrong = [mistake.example.text.split()[-1] for mistake in mistakes(run.systems[0].outcome)]
    assert wrong
    assert all(word in shown for word in wrong)
    assert not any(word in hidden for word in wrong if word.startswith("w"))


@pytest.mark.integration
def test_the_same_run_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_report(run, tmp_path / name)
    for file in ("report.html", "result.json", "reliability.png", "precision_recall.png"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.integration
def test_whoever_reads_an_earlier_report_reads_it_to_its_end(run: Run, tmp_path: Path) -> None:
    write_report(run, tmp_path / "report")
    (tmp_path / "open").mkdir()
    for path in (tmp_path / "report").iterdir():
        (tmp_path / "open" / path.name).hardlink_to(path)
    write_report(run, tmp_path / "report")
    for path in (tmp_path / "open").iterdir():
        assert not path.samefile(tmp_path / "report" / path.name)  # another file has taken the name


def test_an_earlier_run_can_be_compared_with(run: Run, tmp_path: Path) -> None:
    write_report(run, tmp_path / "old")
    shuffled = list(reversed(run.systems[0].outcome.examples))
    earlier = read_outcome(tmp_path / "old", shuffled, LABELS)
    assert np.array_equal(earlier.scores[::-1], run.systems[0].outcome.scores)
    assert earlier.system == "old: first"
    part = read_outcome(tmp_path / "old", shuffled[1:], LABELS)
    assert np.array_equal(part.scores, earlier.scores[1:])
    with pytest.raises(DataError, match="other sentences, not 'elsewhere'"):
        read_outcome(tmp_path / "old", [*shuffled, Example("elsewhere", "text", (), "e")], LABELS)
    with pytest.raises(DataError, match="other labels"):
        read_outcome(tmp_path / "old", shuffled, ("advance",))
    with pytest.raises(DataError, match="not the folder of an evaluation run"):
        read_outcome(tmp_path / "new", shuffled, LABELS)


def test_another_system_of_an_earlier_run_is_named_after_its_folder(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "ol:d"
    write_report(run, folder)
    assert find_run(folder) == (folder, None)
    assert find_run(f"{folder}:second") == (folder, "second")
    assert find_run(f"{folder}:old: first") == (folder, "old: first")  # what a run calls one it was given
    assert find_run(tmp_path / "nowhere:second") is None
    assert find_run("shipped") is None
    examples, second = run.systems[0].outcome.examples, run.systems[1].outcome
    found = read_outcome(folder, examples, LABELS, "second")
    assert found.system == "ol:d: second"
    assert np.array_equal(found.scores, second.scores)
    with pytest.raises(DataError, match="has no system 'third'; there are first, second"):
        read_outcome(folder, examples, LABELS, "third")


def test_what_an_earlier_run_made_of_the_suite_can_be_read(
    run: Run, suite: list[Case], tmp_path: Path
) -> None:
    write_report(run, tmp_path / "old")
    assert read_behaviour(tmp_path / "old", suite, "second") == replace(run.systems[1].behaviour, failures=())
    result = json.loads((tmp_path / "old" / "result.json").read_text(encoding="utf-8"))
    del result["systems"][0]["behaviour"]["suite_sha256"]  # as of format 1
    (tmp_path / "old" / "result.json").write_text(json.dumps(result), encoding="utf-8")
    assert read_behaviour(tmp_path / "old", suite).failed == run.systems[0].behaviour.failed
    result["systems"][0]["behaviour"] = None
    (tmp_path / "old" / "result.json").write_text(json.dumps(result), encoding="utf-8")
    said: list[str] = []
    assert read_behaviour(tmp_path / "old", suite, say=said.append) is None
    assert said == [f"{tmp_path / 'old'}: first did not try the behaviour suite"]
    (tmp_path / "old" / "result.json").write_text('{"systems": [{"name": "first", "behaviour": 3}]}')
    with pytest.raises(DataError, match="not the folder of an evaluation run"):
        read_behaviour(tmp_path / "old", suite)


def test_a_run_on_another_suite_is_left_out_of_it(run: Run, suite: list[Case], tmp_path: Path) -> None:
    write_report(run, tmp_path / "old")
    base = next(number for number, case in enumerate(suite) if case.kind != "minimal_pair" and not case.of)
    for other in (
        suite[1:],
        [replace(suite[0], text="Another sentence."), *suite[1:]],
        [replace(suite[0], before="Another before it."), *suite[1:]],
        [replace(suite[0], labels=suite[0].labels ^ {"advance"}), *suite[1:]],
        [*suite[:base], replace(suite[base], text="Another sentence."), *suite[base + 1 :]],
    ):
        said: list[str] = []
        assert read_behaviour(tmp_path / "old", other, say=said.append) is None
        assert said == [f"{tmp_path / 'old'}: first tried another behaviour suite, and is left out of it"]


@pytest.mark.parametrize("name", ["result.json", "scores.npz"])
def test_a_damaged_run_is_told_of_in_a_line(run: Run, tmp_path: Path, name: str) -> None:
    write_report(run, tmp_path / "old")
    whole = (tmp_path / "old" / name).read_bytes()
    examples = run.systems[0].outcome.examples
    chance = np.random.default_rng(7)
    damaged = [b"", whole[: len(whole) // 2], b"[]", b"null", b'{"labels": null, "systems": [{"name": 1}]}']
    for _ in range(40):
        flipped = bytearray(whole)
        for place in chance.integers(len(whole), size=3):
            flipped[place] ^= 1 << int(chance.integers(8))
        damaged.append(bytes(flipped))
    refused = 0
    for content in damaged:
        (tmp_path / "old" / name).write_bytes(content)
        try:
            read_outcome(tmp_path / "old", examples, LABELS)
        except DataError:
            refused += 1
    assert refused >= 5


def test_a_run_with_too_few_scores_is_refused(run: Run, tmp_path: Path) -> None:
    write_report(run, tmp_path / "old")
    with np.load(tmp_path / "old" / "scores.npz") as arrays:
        kept = {key: value[:3] if key == "scores/first" else value for key, value in arrays.items()}
    np.savez(tmp_path / "old" / "scores.npz", **kept)
    with pytest.raises(DataError, match="of another size than its sentences"):
        read_outcome(tmp_path / "old", run.systems[0].outcome.examples, LABELS)


def test_two_earlier_runs_of_one_name_are_refused_before_anything_is_trained() -> None:
    class Untouched(Fixed):
        def fit(self, examples: list[Example]) -> None:
            pytest.fail("trained before the earlier runs were looked at")

    rounds = make_rounds(examples(), [], LABELS, hold_out="fold")

    def earlier(measured: Sequence[Example]) -> list[tuple[Outcome, None]]:
        scores = np.zeros((len(measured), len(LABELS)), dtype=np.float32)
        return [(Outcome("old: first", LABELS, tuple(measured), scores, scores), None) for _ in range(2)]

    with pytest.raises(DataError, match="two systems are named 'old: first'"):
        evaluate_systems([Entrant("x", "", lambda: Untouched(1))], rounds, LABELS, earlier=earlier)


def test_the_most_confident_mistake_comes_first() -> None:
    rows = [Example(f"{n}", "text", ("a",) if n < 2 else (), f"{n}") for n in range(4)]
    scores = np.array([[0.02], [0.4], [0.99], [0.55]], dtype=np.float32)
    found = mistakes(Outcome("x", ("a",), tuple(rows), scores, np.full((4, 1), 0.5, dtype=np.float32)))
    assert [(mistake.example.id, mistake.given) for mistake in found] == [
        ("2", True),
        ("0", False),
        ("1", False),
        ("3", True),
    ]


def test_rounds_are_put_together_and_parts_named_after_them() -> None:
    rounds = make_rounds(examples(), [], LABELS, hold_out="source", only=["A", "B"])
    found = evaluate_systems(
        [Entrant("first", "", lambda: Fixed(1))], rounds, LABELS, resamples=100, view=VIEWS["source"]
    )
    assert set(found.systems[0].parts) == {"A", "B"}
    assert sum(row["test"] for row in found.rounds) == len(found.systems[0].outcome.examples) == 80


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hold_out": "sauce"}, "choose one of fold, source, group"),
        ({"hold_out": "source", "only": ["C"]}, "no part is named 'C'"),
        ({"whole": ["z"]}, "no file is named 'z'; there are x"),
    ],
)
def test_views_that_do_not_exist(options: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        make_rounds(examples(), [], LABELS, **options)


def test_a_trained_model_cannot_be_held_out_from() -> None:
    rounds = make_rounds(examples(), [], LABELS, hold_out="fold")
    with pytest.raises(DataError, match="mine has learned already"):
        evaluate_systems([Entrant("mine", "", lambda: Fixed(1), trained=True)], rounds, LABELS, resamples=100)


def test_names_must_differ() -> None:
    rounds = make_rounds(examples(), [], LABELS)
    with pytest.raises(DataError, match="two systems are named 'x'"):
        evaluate_systems([Entrant("x", "", lambda: Fixed(1))] * 2, rounds, LABELS, resamples=100)


def test_figures_are_shown_with_their_intervals_and_verdicts() -> None:
    nan = float("nan")
    assert estimate_cell(Estimate(0.9213, 0.9, 0.95)).text == "92.1"
    assert estimate_cell(Estimate(0.9213, 0.9, 0.95)).below == ("90.0 to 95.0",)
    assert estimate_cell(Estimate(nan, nan, nan)).text == "–"
    cell = difference_cell(Difference(0.02, 0.01, 0.03, 0.0005))
    assert (cell.text, cell.below, cell.verdict) == ("+2.0", ("+1.0 to +3.0", "p < 0.001"), "better")
    assert difference_cell(Difference(5, 1, 9, 0.01), more_is_better=False).verdict == "worse"
    assert difference_cell(Difference(5, -1, 9, 0.1), more_is_better=False).verdict == ""


@pytest.mark.integration
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_opens_it_without_complaint(run: Run, tmp_path: Path, scheme: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    page = write_report(run, tmp_path)
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=2000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    if scheme == "dark":
        command.insert(1, "--force-dark-mode")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr
    assert "<title>owned" not in done.stdout
    assert done.stdout.count("<tr") >= 20


@pytest.mark.integration
def test_the_command_measures_on_stand_off_labels_joined_with_downloads(
    evaluate: Evaluate, downloads: Path, labelled_rows: Path, tmp_path: Path
) -> None:
    from conflict_events.annotations.standoff import standoff_of

    labels = tmp_path / "lee.standoff.tsv"
    labels.write_text(standoff_of(labelled_rows / "lee.jsonl", downloads), encoding="utf-8")
    code, _, _ = evaluate("shipped", labels, "--no-text", "--corpora", downloads)
    assert code == 0
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert result["sentences"] == 50
    # Each of ten articles has a strike with its dead, told in plain words.
    assert result["systems"][0]["overall"]["airstrike"]["support"]["value"] == 10
    assert result["systems"][0]["overall"]["airstrike"]["recall"]["value"] > 0.8
    code, _, error = evaluate("shipped", labels, "--no-text")
    assert code == 2
    assert "--corpora" in error


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        (["shipped", "--setting", "epochs=2"], "--setting is of use to recipe only"),
        (["tfidf", "--train", "x.jsonl", "--setting", "epochs=2"], "--setting is of use to recipe only"),
        (["shipped", "--base", "x"], "--base is of use to recipe, frozen, contrastive, trainer only"),
        (["tfidf", "--train", "x.jsonl", "--base", "x"], "--base is of use to recipe, frozen"),
        (["shipped", "--train", "x.jsonl"], "--train is of use to recipe, tfidf"),
        (["keyword", "--train", "x.jsonl", "--compare", "shipped"], "--train is of use to recipe, tfidf"),
    ],
)
def test_an_option_that_nothing_looks_at_is_refused(
    evaluate: Evaluate, tmp_path: Path, arguments: list[str], refused: str
) -> None:
    model, *options = arguments
    code, _, error = evaluate(model, tmp_path / "missing.jsonl", *options)
    assert code == 2
    assert refused in error


@pytest.mark.parametrize(
    "arguments",
    [
        ["recipe", "--train", "x.jsonl", "--setting", "epochs=2", "--base", "x"],
        ["keyword", "--compare", "recipe", "--train", "x.jsonl", "--setting", "epochs=2"],
        ["keyword", "--baselines", "frozen", "--train", "x.jsonl", "--base", "x"],
        ["tfidf", "--train", "x.jsonl"],
    ],
)
def test_an_option_that_one_of_several_looks_at_is_taken(
    evaluate: Evaluate, tmp_path: Path, arguments: list[str]
) -> None:
    model, *options = arguments
    code, _, error = evaluate(model, tmp_path / "missing.jsonl", *options)
    assert code == 2
    assert "missing.jsonl: no such file" in error


@pytest.mark.integration
@pytest.mark.parametrize("view", ["source", "group"])
def test_names_in_labelled_rows_steer_no_terminal(evaluate: Evaluate, tmp_path: Path, view: str) -> None:
    rows = [
        {"id": f"d{n}:0", "text": f"Warplanes bombed depot {n}.", "labels": ["airstrike"], view: name}
        for n, name in enumerate(["plain", "\x1b]0;owned\x07"])
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    code, out, error = evaluate("keyword", data, "--hold-out", view)
    assert code == 0
    assert "owned\N{REPLACEMENT CHARACTER}, 1 to learn from" in error
    assert not {"\x1b", "\x07"} & set(out + error)


@pytest.mark.integration
def test_without_context_nobody_knows_who_speaks(evaluate: Evaluate, tmp_path: Path) -> None:
    """A quotation is a statement by who speaks, which here the sentence before tells alone."""
    rows = [
        {"id": f"d{n}:{k}", "text": text, "labels": labels}
        for n, speaker in enumerate(("Norway's foreign minister", "Turkey's prime minister", "The UN envoy"))
        for k, (text, labels) in enumerate(
            (
                (f"{speaker} spoke to reporters on the steps of the Palais.", []),
                ('"What we saw this week was contempt for every promise made."', ["diplomatic_statement"]),
                (
                    '"These attacks must stop, and we will hold those behind them to it."',
                    ["diplomatic_statement"],
                ),
            )
        )
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def mean_score(*options: str) -> float:
        assert evaluate("shipped", data, *options)[0] == 0
        with np.load(tmp_path / "out" / "scores.npz") as arrays:
            told = [name for name in arrays if name.startswith("scores/")]
            return float(arrays[told[0]][[1, 2, 4, 5, 7, 8], -1].mean())

    with_context = mean_score()
    assert with_context > mean_score("--no-context", "--behaviour") + 0.1
    alone = (tmp_path / "out").rename(tmp_path / "alone")
    mean_score("--behaviour", "--compare", str(alone))
    found = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert found["comparisons"][0]["behaviour"]["value"] < 0  # it is one suite, and less of it fails
