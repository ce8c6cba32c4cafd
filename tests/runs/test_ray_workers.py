"""Workers of a cluster, without one: how many fit, what they refuse, and two that do one unit at once."""

from __future__ import annotations

import importlib.util
import pickle
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow
import pytest

from conflict_events import EventTagger
from conflict_events.runs import RunError, Settings, Unit, open_run, tag_unit
from conflict_events.runs.counts import Counts
from conflict_events.runs.engine import Options
from conflict_events.runs.ray_cluster import Workers, fit_workers
from conflict_events.runs.ray_worker import MOST_ATTEMPTS, Receipt, Task
from conflict_events.runs.record import Part, read_record
from conflict_events.runs.storage import open_folder

CPU, GPU = "CPU", "GPU"


@pytest.fixture(scope="module")
def tagger() -> EventTagger:
    return EventTagger.from_pretrained(device="cpu")


@pytest.fixture
def settings(tagger: EventTagger) -> Settings:
    return Settings(
        None,
        tagger.version,
        tagger.labels,
        tagger.thresholds,
        format="jsonl",
        part_size=2,
        all_sentences=True,
    )


def test_workers_leave_no_cpu_idle_and_take_what_they_are_told() -> None:
    def fitted(*nodes: dict[str, float], **asked: float | None) -> Workers:
        return fit_workers(nodes, **{"workers": None, "cpus": None, "gpus": 0.0} | asked)

    eight, two, head = {CPU: 8.0}, {CPU: 2.0}, {"memory": 1e9}
    assert fitted(eight, eight, head) == Workers(4, None, 4, 0)
    assert fitted({CPU: 6.0}) == Workers(2, None, 3, 0)  # four each would leave two idle
    assert fitted(eight, two) == Workers(5, None, 2, 0)
    assert fitted(two, workers=2) == Workers(2, 2, 1, 0)
    assert fitted(eight, workers=2) == Workers(2, 2, 4, 0)
    assert fitted(eight, cpus=8) == Workers(1, None, 8, 0)
    # A worker for each GPU goes before more threads; workers share a GPU, but none has two halves.
    assert fitted({CPU: 8.0, GPU: 4.0}, gpus=1.0) == Workers(4, None, 2, 1.0)
    assert fitted({CPU: 16.0, GPU: 2.0}, gpus=0.4) == Workers(4, None, 4, 0.4)
    # Nodes may yet come, if the user says how many workers to wait for.
    assert fitted(head, workers=3, cpus=2) == Workers(1, 3, 2, 0)
    for nodes, asked in (((head,), {}), ((two,), {"cpus": 4}), ((eight,), {"gpus": 1.0})):
        with pytest.raises(RunError, match=r"no worker with .* fits on a node"):
            fitted(*nodes, **asked)


def test_a_receipt_comes_back_as_it_was_sent() -> None:
    counts = Counts(articles=3, sentences=40, with_events=2, rejected=1)
    counts.labels["airstrike"] = 2
    receipt = Receipt(7, counts, (Part("part-000007-0000.jsonl", "", 3, 1),), "", "node, process 1")
    assert Receipt.from_text(receipt.to_text()) == receipt


@pytest.mark.integration
def test_two_workers_on_one_unit_at_once_write_it_once(
    seeds: Path, tmp_path: Path, tagger: EventTagger, settings: Settings
) -> None:
    contents = []
    for attempts in (1, 2):
        with open_run(str(tmp_path / f"{attempts}"), [str(seeds)], settings) as run:
            [unit] = run.pending()
            taggers = [tagger, EventTagger.from_pretrained(device="cpu")][:attempts]
            threads = [
                threading.Thread(target=tag_unit, args=(unit, one, settings, run.folder)) for one in taggers
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=120)
            assert run.finish().counts.articles == 5
            record = read_record(open_folder(run.folder), unit.number)
        folder = Path(run.folder)
        assert [part.name for part in record.parts] == sorted(path.name for path in folder.glob("part-*"))
        contents.append({path.name: path.read_bytes() for path in folder.glob("part-*")})
        assert not list(folder.rglob("*.tmp"))
    assert len(contents[0]) == 3
    assert contents[0] == contents[1]


class TestWorker:
    @pytest.fixture
    def task_and_unit(self, seeds: Path, tmp_path: Path, settings: Settings) -> tuple[Task, Unit]:
        with open_run(str(tmp_path / "out"), [str(seeds)], settings) as run:
            [unit] = run.units()
            begun = run.manifest.starts[0]
            return Task(settings, run.folder, begun, str(tmp_path), Options(), 1, 0.0), unit

    def receipt(self, task: Task, unit: Unit, tries: int = 1) -> Receipt:
        # The worker sets threads and working directory of its process, so it gets one of its own.
        script = (
            "import pickle, sys\n"
            "task, table, tries = pickle.load(sys.stdin.buffer)\n"
            "from conflict_events.runs.ray_worker import TagUnits\n"
            "print(TagUnits(task, lambda unit: tries)(table)['receipt'][0])\n"
        )
        table = pyarrow.table({"unit": [unit.to_line()]})
        sent = pickle.dumps((task, table, tries))
        done = subprocess.run([sys.executable, "-c", script], input=sent, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return Receipt.from_text(done.stdout.decode())

    @pytest.mark.integration
    def test_it_tags_and_says_what_it_did(self, task_and_unit: tuple[Task, Unit]) -> None:
        task, unit = task_and_unit
        receipt = self.receipt(task, unit)
        assert receipt.error == ""
        assert receipt.counts.articles == 5
        assert [part.articles for part in receipt.parts] == [2, 2, 1]

    def test_it_refuses_a_folder_that_is_not_the_run_s(self, task_and_unit: tuple[Task, Unit]) -> None:
        task, unit = task_and_unit
        shutil.rmtree(task.folder)  # as on a machine that does not share the folder
        assert "write to a folder that all nodes share" in self.receipt(task, unit).error
        assert not Path(task.folder).exists()

    def test_it_gives_up_a_unit_that_killed_many_workers(self, task_and_unit: tuple[Task, Unit]) -> None:
        task, unit = task_and_unit
        error = self.receipt(task, unit, tries=MOST_ATTEMPTS + 1).error
        assert "lost its worker 10 times" in error
        assert unit.inputs[0].path in error


@pytest.mark.integration
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra cluster is not installed")
def test_an_address_where_nobody_listens_is_refused_at_once(seeds: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    command = [sys.executable, "-m", "conflict_events", "tag", str(seeds), "-o", str(tmp_path / "out")]
    command += ["--format", "jsonl", "--ray-address"]
    for address, engine, said in (
        ("127.0.0.1:1", ["--engine", "ray"], "nothing answers there"),
        ("ray://127.0.0.1:1", ["--engine", "ray"], "give HOST:PORT of the head node"),
        ("127.0.0.1:1", [], "--ray-address is for --engine ray"),
    ):
        done = subprocess.run([*command, address, *engine], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
