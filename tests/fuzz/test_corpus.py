"""Every input that the fuzzer starts from, and every one that it found to break something, once more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .targets import TARGETS, clean_up

CORPUS = Path(__file__).resolve().parent / "corpus"
INPUTS = sorted(path for path in CORPUS.rglob("*") if path.is_file())
# Far more than any takes here: what is caught is time that grows faster than the input.
SECONDS = 10


@pytest.fixture(autouse=True, scope="module")
def _no_files_left() -> Iterator[None]:
    yield
    clean_up()


def test_every_target_has_inputs_and_the_other_way_round() -> None:
    assert {path.parent.name for path in INPUTS} == set(TARGETS)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_an_input_keeps_the_promises(path: Path) -> None:
    started = time.process_time()
    TARGETS[path.parent.name](path.read_bytes())
    assert time.process_time() - started < SECONDS
