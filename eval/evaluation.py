"""An evaluation from end to end: every system through every round, measured and compared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from conflict_events.errors import DataError
from conflict_events.eval.baselines import System, outcome
from conflict_events.eval.bootstrap import RESAMPLES
from conflict_events.eval.checklist import BehaviourResult, Case, run_suite
from conflict_events.eval.measure import Outcome, join
from conflict_events.eval.run import (
    Measured,
    Run,
    compare_behaviour_with_first,
    compare_with_first,
    measure_system,
)
from conflict_events.eval.views import (
    Fold,
    as_given,
    hold_out_folds,
    hold_out_groups,
    hold_out_sources,
    source_of,
)
from conflict_events.training.data import Example

# By the name of the option: what the report says of a view.
VIEWS = {
    "fold": "In domain: five parts of whole groups, each measured with the other four to learn from.",
    "source": "Text never seen: each source is measured with all other sources to learn from.",
    "group": "Few articles: each group is measured with all others to learn from.",
}


@dataclass(frozen=True)
class Entrant:
    """A system to be measured. `make` gives a new one; a `trained` one learns nothing more."""

    name: str
    description: str
    make: Callable[[], System]
    trained: bool = False


# What a system says of the sentences, and what it makes of the behaviour suite, if it tries it.
Said = tuple[Outcome, BehaviourResult | None]


def make_rounds(
    examples: Sequence[Example],
    train: Sequence[Example],
    labels: Sequence[str],
    *,
    hold_out: str | None = None,
    only: Collection[str] = (),
    whole: Collection[str] = (),
    seed: int = 0,
) -> list[Fold]:
    """The rounds of a view (see `VIEWS`), or the one round that learns from `train` where none is held out.

    `only` keeps the rounds of these names; `whole` are files that count as one source each. Raises DataError
    for an unknown view or name.
    """
    files = {example.origin.rsplit(".", 1)[0] for example in (*examples, *train)}
    if unknown := sorted(set(whole) - files):
        raise DataError(f"no file is named {unknown[0]!r}; there are {', '.join(sorted(files))}")
    if hold_out is None:
        rounds = [as_given(examples, train)]
    elif hold_out == "fold":
        rounds = hold_out_folds(examples, labels, also=train, seed=seed)
    elif hold_out == "source":
        rounds = hold_out_sources(examples, whole=whole, also=train)
    elif hold_out == "group":
        rounds = hold_out_groups(examples, also=train)
    else:
        raise DataError(f"cannot hold out {hold_out!r}; choose one of {', '.join(VIEWS)}")
    names = [fold.name for fold in rounds]
    if unknown := sorted(set(only) - set(names)):
        raise DataError(f"no part is named {unknown[0]!r}; there are {', '.join(names)}")
    return [fold for fold in rounds if not only or fold.name in only]


def evaluate_systems(
    entrants: Sequence[Entrant],
    rounds: Sequence[Fold],
    labels: Sequence[str],
    *,
    earlier: Callable[[Sequence[Example]], Sequence[Said]] = lambda examples: (),
    cases: Sequence[Case] = (),
    whole: Collection[str] = (),
    resamples: int = RESAMPLES,
    title: str = "Evaluation",
    view: str = "",
    note: str = "",
    say: Callable[[str], None] = lambda message: None,
) -> Run:
    """Let every entrant learn and score in every round, and measure what comes of it.

    `view` says in a sentence what is held out, if anything is. `earlier` gives what earlier runs say of the
    sentences measured on, in their order. `cases` is the behaviour suite, for which there must be one round
    only. Raises DataError where an entrant has nothing to learn from, or learned before the rounds.
    """
    if cases and len(rounds) > 1:
        raise DataError(
            "the behaviour suite tests one model, and each round has its own; leave out one of them"
        )
    if (view or len(rounds) > 1) and (trained := [entrant.name for entrant in entrants if entrant.trained]):
        raise DataError(
            f"{trained[0]} has learned already, from what is held out, maybe; give 'recipe' instead"
        )
    # Before the work: whatever is wrong with an earlier run would cost all of it.
    before = list(earlier([example for fold in rounds for example in fold.test]))
    names = [*(entrant.name for entrant in entrants), *(found.system for found, _ in before)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"two systems are named {twice[0]!r}; rename a folder, or leave one out")
    said: list[Said] = []
    for entrant in entrants:
        parts = []
        behaviour = None
        for fold in rounds:
            say(
                f"{entrant.name}: {fold.name}, {len(fold.train):,} to learn from, {len(fold.test):,} to score"
            )
            system = entrant.make()
            if not entrant.trained:
                system.fit(fold.train)
            parts.append(outcome(entrant.name, system, fold.test, labels))
            behaviour = run_suite(cases, system, labels) if cases else None
        said.append((join(parts), behaviour))
    said += before
    outcomes = [each for each, _ in said]
    examples = outcomes[0].examples
    say("measuring")
    part_of = [
        fold.name if view == VIEWS["source"] else source_of(example, whole)
        for fold in rounds
        for example in fold.test
    ]
    descriptions = [entrant.description for entrant in entrants] + ["an earlier run"] * len(before)
    measured: list[Measured] = [
        measure_system(each, description, part_of, behaviour=behaviour, resamples=resamples)
        for (each, behaviour), description in zip(said, descriptions, strict=True)
    ]
    return Run(
        title=title,
        view=view,
        files=tuple(sorted({example.origin for example in examples if example.origin})),
        labels=tuple(labels),
        systems=tuple(measured),
        comparisons=compare_with_first(outcomes, resamples=resamples),
        behaviour_comparisons=compare_behaviour_with_first(measured, resamples=resamples),
        rounds=tuple(
            {"name": fold.name, "train": len(fold.train), "test": len(fold.test), "removed": fold.removed}
            for fold in rounds
        ),
        note=note,
    )
