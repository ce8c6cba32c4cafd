"""Runs that are killed, interrupted or lose their power, go on, and have to come to the same in the end."""

from __future__ import annotations

import math
import random
import shutil
import signal
from collections.abc import Sequence
from itertools import cycle

from conflict_events.eval.faults.folders import state_of
from conflict_events.eval.faults.lab import FORMATS, Lab, Tally
from conflict_events.eval.faults.meddling import Meddling

# How often a run that was disturbed and goes on is disturbed again.
_AGAIN = 0.5
SIGNALS = {signal.SIGKILL: "kill -9", signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}
# Before a program looks for SIGTERM, and in the last moments of the interpreter, the system ends it.
_STATUSES = {
    signal.SIGKILL: (-signal.SIGKILL,),
    signal.SIGINT: (130, -signal.SIGINT),
    signal.SIGTERM: (143, -signal.SIGTERM),
}


def at_random_moments(lab: Lab, number: signal.Signals, count: int, seed: int) -> Tally:
    """Send a signal at `count` random moments from a run's start to its end.

    A run is disturbed, goes on with the same command, is often disturbed again, and is compared in the end.
    Moments at which the run was finished, and its process about to end, are told but not counted.
    """
    draw = random.Random(seed)
    tally = Tally(f"{SIGNALS[number]} at random moments")
    formats = cycle(FORMATS)
    seconds = math.inf
    while tally.disturbed < count:
        format = next(formats)
        seconds = min(seconds, lab.undisturbed(format)[1])
        out = lab.new_folder()
        while True:
            fresh = not out.exists()
            ended = lab.run(out, format, signal=number, after=draw.uniform(0, seconds))
            if ended.status not in _STATUSES[number]:
                # It was faster than drawn, or went wrong, which is seen below.
                seconds = min(seconds, ended.seconds) if fresh else seconds
                break
            state = state_of(out)
            tally.disturbed += state != "finished"
            tally.disturbed_at(state)
            lab.look(tally, out, ended)
            if draw.random() >= _AGAIN:
                ended = lab.run(out, format)
                break
        lab.conclude(tally, out, format, ended)
    return tally


def steps_of(lab: Lab, format: str = "jsonl") -> list[str]:
    """What a run does to the files of its folder, step by step, each as a word."""
    out = lab.new_folder()
    told = lab.root / "steps"
    told.unlink(missing_ok=True)
    lab.run(out, format, meddling=Meddling(watched=str(out), steps=str(told)))
    shutil.rmtree(out)
    return [line.partition(" ")[0] for line in told.read_text(encoding="utf-8").splitlines()]


def at_steps(lab: Lab, steps: Sequence[str], chosen: Sequence[int], seed: int) -> Tally:
    """Kill a run just before each of the steps chosen, numbered from 1; it often is killed again later."""
    draw = random.Random(seed)
    tally = Tally("kill -9 between two steps of the file work")
    formats = cycle(FORMATS)
    for number in chosen:
        format = next(formats)
        out = lab.new_folder()
        at = number
        while at:
            killed = lab.run(out, format, meddling=Meddling(watched=str(out), at=at, action="kill"))
            if killed.status != -signal.SIGKILL:
                break
            tally.disturbed += 1
            tally.disturbed_at(steps[at - 1] if at == number else "while it went on")
            lab.look(tally, out, killed)
            at = draw.randint(1, len(steps)) if draw.random() < _AGAIN else 0
        lab.conclude(tally, out, format, killed if at else lab.run(out, format))
    return tally


def without_power(lab: Lab, steps: Sequence[str], chosen: Sequence[int], seed: int) -> Tally:
    """Let the power fail just before each of the steps chosen, and go on with what a disk may then hold.

    Every other time that is only what was forced to the disk, and else drawn between this and all.
    """
    draw = random.Random(seed)
    tally = Tally("loss of power between two steps, simulated")
    formats = cycle(FORMATS)
    for turn, number in enumerate(chosen):
        format = next(formats)
        out, left = lab.new_folder(), lab.new_folder()
        chance = draw.randrange(1, 2**31) if turn % 2 else 0
        meddling = Meddling(watched=str(out), at=number, action="power off", target=str(left), chance=chance)
        killed = lab.run(out, format, meddling=meddling)
        if killed.status != -signal.SIGKILL:
            tally.problems.append(f"{out.name}: was not stopped at step {number}: {killed.said}")
            continue
        tally.disturbed += 1
        tally.disturbed_at(steps[number - 1])
        shutil.rmtree(out, ignore_errors=True)
        if left.exists():
            left.rename(out)
        lab.look(tally, out, killed)
        lab.conclude(tally, out, format, lab.run(out, format))
    return tally
