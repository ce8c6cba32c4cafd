"""Fuzz with atheris (libFuzzer), guided by what code an input reaches.

    python tests/fuzz/run.py --seconds 60             # every target for a minute each
    python tests/fuzz/run.py html export --seconds 600

Each target runs in a process of its own, starting from the inputs in corpus/TARGET. What it learns is kept in
build/fuzz/TARGET, so that a later run goes on from there. An input that breaks a promise is written to
build/fuzz/found/TARGET-..., with the traceback in build/fuzz/TARGET.log; the exit code is then 1. Mend the
code, and move the input to corpus/TARGET under a name that says what it is: test_corpus.py replays it.

Needs the extra `fuzz` (wheels of atheris exist for Linux on x86-64).
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE.parents[1] / "build" / "fuzz"
CORPUS = HERE / "corpus"
LONGEST_INPUT = 16_384
SECONDS_AN_INPUT = 20
MEGABYTES = 2048
OF_JSON = ("export", "jsonl", "labelled", "metadata_jsonl", "model_config")
INSTRUMENTED = ("conflict_events.reading", "conflict_events.annotations", "conflict_events.training.data")
INSTRUMENTED += ("conflict_events.model_folder", "conflict_events.weights_file")


def main() -> int:
    """Run the targets one after another; 1 if any found something."""
    parser = argparse.ArgumentParser(
        description="Coverage-guided fuzzing of what reads other people's files."
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="Default: all.")
    parser.add_argument("--seconds", type=int, default=60, help="How long each target runs. Default: 60.")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments, options = parser.parse_known_args()
    if arguments.inside:
        fuzz(arguments.targets[0], options)
    names = arguments.targets or sorted(folder.name for folder in CORPUS.iterdir())
    return max([run(name, arguments.seconds) for name in names], default=0)


def run(name: str, seconds: int) -> int:
    """Fuzz one target in a process of its own, print a line of what came of it, return 1 for a finding."""
    learned, found, log = WORK / name, WORK / "found", WORK / f"{name}.log"
    learned.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    command = [
        *(sys.executable, str(Path(__file__)), "--inside", name),
        *(str(learned), str(CORPUS / name)),
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST_INPUT}",
        f"-timeout={SECONDS_AN_INPUT}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-artifact_prefix={found}/{name}-",
        "-print_final_stats=1",
        "-reload=0",
        f"-report_slow_units={SECONDS_AN_INPUT}",
    ]
    if (dictionary := HERE / "dictionaries" / name).exists():
        command.append(f"-dict={dictionary}")
    with log.open("wb") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
    said = log.read_text(encoding="utf-8", errors="replace")
    runs = re.findall(r"number_of_executed_units:\s*(\d+)", said)
    covered = re.findall(r"\bcov: (\d+)", said)
    written = re.findall(r"Test unit written to (\S+)", said)
    verdict = f"FOUND {written[-1]}" if written else "nothing found" if done.returncode == 0 else f"see {log}"
    tried, edges = (int(figures[-1]) if figures else 0 for figures in (runs, covered))
    print(f"{name:16} {tried:>9,} inputs {edges:>7,} edges  {verdict}", flush=True)
    return int(done.returncode != 0)


def fuzz(name: str, options: list[str]) -> None:
    """Fuzz a target in this process; never returns."""
    import atheris

    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        from targets import TARGETS  # run.py is a script: its folder is on the path
    for path in (CORPUS / name).iterdir():
        TARGETS[name](path.read_bytes())  # loads what is loaded on first use, which is no slow input
    folders = [str(WORK / name), str(CORPUS / name)]
    flags = [option for option in options if option.startswith("-")]
    more = {"custom_mutator": by_value} if name in OF_JSON else {}
    atheris.Setup([sys.argv[0], *folders, *flags], TARGETS[name], **more)
    atheris.Fuzz()


def by_value(data: bytes, longest: int, seed: int) -> bytes:
    """Mutate as `mutate_json` does, for libFuzzer."""
    import atheris
    from json_mutation import mutate_json

    return mutate_json(data, longest, seed, atheris.Mutate)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
