"""`conflict-events evaluate`: measure a model on labelled sentences, beside baselines, in one report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conflict_events.annotations.options import CorporaOption, LabelsConfigOption

if TYPE_CHECKING:
    from conflict_events.eval.evaluation import Entrant
    from conflict_events.eval.run import Measured
    from conflict_events.training.data import Example
    from conflict_events.training.settings import Settings

RECIPE = "recipe"
EPILOG = "Baselines: keyword, tfidf, frozen, contrastive, trainer. Holding out: fold, source, group."


def evaluate(
    model: Annotated[
        str,
        typer.Argument(
            help="Model folder, hub id or 'shipped'; 'recipe' trains one as scripts/train.py does."
        ),
    ],
    data: Annotated[
        list[Path],
        typer.Argument(
            help="What to measure on: Label Studio exports (.json), labelled rows (.jsonl), stand-off labels "
            "(.standoff.tsv)."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for report, figures and plots.")],
    train: Annotated[
        list[Path] | None, typer.Option(help="File that recipe and baselines learn from; repeat for more.")
    ] = None,
    hold_out: Annotated[
        str | None,
        typer.Option(help="Learn from the data itself but a part: fold, source or group, each in turn."),
    ] = None,
    only: Annotated[
        str | None, typer.Option(help="Of the parts held out, measure these alone, by name: a,b.")
    ] = None,
    whole: Annotated[
        str | None,
        typer.Option(
            help="Files that count as one source each, where sources are held out and in the report's table "
            "of them, by name without ending: a,b."
        ),
    ] = None,
    corpora: CorporaOption = None,
    baselines: Annotated[str | None, typer.Option(help="Baselines to train beside the model: a,b.")] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            help="Another model, or an earlier run on these sentences (or more): its folder, or "
            "FOLDER:SYSTEM for another than its first system; repeat for more."
        ),
    ] = None,
    behaviour: Annotated[bool, typer.Option("--behaviour", help="Run the behaviour suite too.")] = False,
    context: Annotated[
        bool,
        typer.Option(
            "--context/--no-context",
            help="Show the sentences before what is measured to models that look at them.",
        ),
    ] = True,
    base: Annotated[
        str | None,
        typer.Option(help="What recipe and baselines start from: a folder, a hub id or 'shipped'."),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            help="A setting of full training, which the recipe is then whatever the number of sentences: "
            "epochs=2; repeat for more."
        ),
    ] = None,
    labels_config: LabelsConfigOption = None,
    resamples: Annotated[int, typer.Option(min=100, help="Resamples of the bootstrap.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of folds and baselines.")] = 0,
    title: Annotated[str, typer.Option(help="Heading of the report.")] = "Evaluation",
    note: Annotated[str, typer.Option(help="What a reader must know: how the labels were made, say.")] = "",
    text: Annotated[bool, typer.Option("--text/--no-text", help="Show sentences in the report.")] = True,
) -> None:
    """Measure a model: report.html to read, result.json with every figure and its 95 % interval.

    Without --hold-out a model is measured as it is, and recipe and baselines learn from --train. With it,
    every system learns anew in each round, from what is not held out and --train: give 'recipe' as MODEL.
    """
    from conflict_events.annotations.label_config import read_label_config
    from conflict_events.errors import DataError
    from conflict_events.eval.baselines import NAMES
    from conflict_events.eval.checklist import read_suite
    from conflict_events.eval.earlier_run import find_run, read_behaviour, read_outcome
    from conflict_events.eval.evaluation import VIEWS, evaluate_systems, make_rounds
    from conflict_events.eval.report import write_report
    from conflict_events.output.folders import make_folder
    from conflict_events.printable import printable
    from conflict_events.training.data import check_corpora, read_examples
    from conflict_events.training.settings import settings_from

    labels = read_label_config(labels_config).labels
    others = compare or []
    run_of = {other: find_run(other) for other in others}
    runs = [found for found in map(run_of.get, others) if found]
    settings = settings_from(setting) if setting else None
    if RECIPE in (model, *others) and not train and hold_out is None:
        raise DataError("recipe has nothing to learn from; give it --train FILE, or --hold-out fold")
    if unknown := [name for name in _names(baselines) if name not in NAMES]:
        raise DataError(f"no baseline is named {unknown[0]!r}; there are {', '.join(NAMES)}")
    systems = [model, *(other for other in others if not run_of[other]), *_names(baselines)]
    _check_used(systems, train=bool(train), base=base is not None, setting=bool(setting))
    check_corpora([*data, *(train or ())], corpora)
    examples = read_examples(data, labels, corpora)
    more = read_examples(train, labels, corpora) if train else []
    learnt_from = more if hold_out is None else [*examples, *more]
    entrants = [_entrant(name, labels, base, settings, seed, learnt_from) for name in systems]
    if not context:
        entrants = [_without_context(entrant) for entrant in entrants]
        without = ", ".join(entrant.name for entrant in entrants)
        note = f"{note} Scored without the sentences before what is measured: {without}.".strip()
    rounds = make_rounds(
        examples,
        more,
        labels,
        hold_out=hold_out,
        only=_names(only),
        whole=_names(whole),
        seed=seed,
    )
    cases = read_suite(labels=labels) if behaviour else []

    def say(message: str) -> None:
        typer.echo(printable(message), err=True)

    make_folder(output)
    run = evaluate_systems(
        entrants,
        rounds,
        labels,
        earlier=lambda examples: [
            (
                read_outcome(folder, examples, labels, system),
                read_behaviour(folder, cases, system, say=say) if cases else None,
            )
            for folder, system in runs
        ],
        cases=cases,
        whole=_names(whole),
        resamples=resamples,
        title=title,
        view=VIEWS[hold_out] if hold_out else "",
        note=note,
        say=say,
    )
    page = write_report(run, output, show_text=text)
    _print_summary(run.systems)
    typer.echo(f"Report: {page}")


def _names(given: str | None) -> list[str]:
    return [name.strip() for name in (given or "").split(",") if name.strip()]


def _check_used(systems: Sequence[str], *, train: bool, base: bool, setting: bool) -> None:
    """Raise DataError for an option that is given and that none of the systems measured looks at."""
    from conflict_events.errors import DataError
    from conflict_events.eval.baselines import FIXED, FROM_BASE, NAMES

    learning = (RECIPE, *(name for name in NAMES if name not in FIXED))
    users = (
        ("--setting", setting, (RECIPE,)),
        ("--base", base, (RECIPE, *FROM_BASE)),
        ("--train", train, learning),
    )
    for option, given, names in users:
        if given and not set(names) & set(systems):
            raise DataError(
                f"{option} is of use to {', '.join(names)} only, and none of them is measured: leave it out, "
                "or give 'recipe' as MODEL"
            )


def _entrant(
    name: str,
    labels: Sequence[str],
    base: str | None,
    settings: Settings | None,
    seed: int,
    learnt_from: Sequence[Example],
) -> Entrant:
    """The recipe, a baseline or a trained model. Raises DataError for a model with other labels.

    `learnt_from` is all that there is to learn from: each round has less, and is trained as all would be.
    """
    from conflict_events.errors import DataError
    from conflict_events.eval.baselines import NAMES, make_system
    from conflict_events.eval.evaluation import Entrant
    from conflict_events.eval.models import FewShot, Recipe, TrainedModel
    from conflict_events.training.by_size import settings_by_size

    if name == RECIPE:
        chosen = settings or settings_by_size(learnt_from, labels, base)
        if chosen is None:
            description = "trained by this package's recipe for few sentences"
            return Entrant(name, description, lambda: FewShot(labels, base=base))
        description = f"trained in full by this package, epochs: {chosen.epochs}"
        return Entrant(name, description, lambda: Recipe(labels, base=base, settings=chosen))
    if name in NAMES:
        make_system(name, labels, base=base, seed=seed)  # whatever is wrong with it, before others learn
        return Entrant(name, NAMES[name], lambda: make_system(name, labels, base=base, seed=seed))
    trained = TrainedModel(name)
    if trained.labels != tuple(labels):
        raise DataError(
            f"{name}: its labels ({', '.join(trained.labels)}) are not those of the labelling config "
            f"({', '.join(labels)}); name the right one with --labels-config"
        )
    # Runs keep their model in folders of these names, which say nothing.
    path = Path(name).absolute()
    while path.name in ("model", "student"):
        path = path.parent
    return Entrant(path.name, f"model {trained.tagger.version}", lambda: trained, trained=True)


def _without_context(entrant: Entrant) -> Entrant:
    from conflict_events.eval.baselines import WithoutContext

    return replace(entrant, make=lambda: WithoutContext(entrant.make()))


def _print_summary(systems: Sequence[Measured]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from conflict_events.eval.report import OVERALL, overall_cells
    from conflict_events.printable import printable

    table = Table("")
    for system in systems:
        table.add_column(Text(printable(system.name)))  # of a folder or an earlier run: no markup of ours
    columns = [overall_cells(system) for system in systems]
    for measure, *cells in zip(OVERALL, *columns, strict=True):
        table.add_row(measure.heading, *("  ".join((cell.text, *cell.below)) for cell in cells))
    Console().print(table)


if __name__ == "__main__":
    from conflict_events.scripts.cli import main

    main(["evaluate", *sys.argv[1:]])
