"""The commands of `conflict-events annotate` that need no server: suggest, agree, audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conflict_events.annotations.options import CorporaOption

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="XML", help="Labelling config. Default: the one that comes with it."),
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="Model folder or hub id. Default: the model that comes with it."),
]


def say(message: str, output: Path | None) -> None:
    """Print a message: on standard error where standard output is what goes to `output`."""
    from conflict_events.output.files import STANDARD_OUTPUT

    typer.echo(message, err=str(output) == STANDARD_OUTPUT)


def suggest(
    pool: Annotated[list[str], typer.Argument(metavar="POOL...", help="Articles not annotated yet.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The JSON file of tasks.")],
    count: Annotated[int, typer.Option("--n", min=1, help="How many sentences to pick.")] = 200,
    known: Annotated[
        list[Path] | None,
        typer.Option(help="Export or tasks whose sentences are not wanted again; repeatable."),
    ] = None,
    config: ConfigOption = None,
    model: ModelOption = None,
) -> None:
    """Pick from a pool the sentences most worth annotating next, and write them as tasks to push.

    They are those of whose least certain label the model is least certain, unlike each other.
    """
    from conflict_events.annotations.gather import add_predictions, gather_tasks, load_tagger
    from conflict_events.annotations.label_config import read_label_config
    from conflict_events.annotations.suggest import suggest as pick
    from conflict_events.annotations.tasks import read_data, write_tasks
    from conflict_events.output.files import check_destination

    check_destination(output)
    label_config = read_label_config(config)
    tagger = load_tagger(model, label_config)
    old = [data for path in known or () for data in read_data(path)]
    old_ids = {data["sentence_id"] for data in old}
    gathered = gather_tasks(pool)
    tasks = [task for task in gathered if task["data"]["sentence_id"] not in old_ids]
    scores = add_predictions(tasks, label_config, tagger)
    picks = pick(
        [task["data"]["sentence"] for task in tasks],
        scores,
        [tagger.thresholds[label] for label in tagger.labels],
        count,
        known=[data["sentence"] for data in old],
    )
    write_tasks(output, [tasks[index] for index in picks])
    say(f"{output}: {len(picks)} of {len(tasks)} sentences, ready to push", output)


def agree(
    exports: Annotated[list[Path], typer.Argument(metavar="EXPORT...", help="Files that pull wrote.")],
    config: ConfigOption = None,
    annotator: Annotated[
        list[str] | None, typer.Option(help="Count this annotator alone; repeatable. Default: all.")
    ] = None,
    show: Annotated[int, typer.Option(min=0, help="How many disputed sentences to show.")] = 10,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write all disputed sentences as tasks to FILE."),
    ] = None,
) -> None:
    """Print how far annotators agree on each label, and the sentences on which they differ most.

    Annotators are those of one export, or of several (each export's annotators are then named after it).
    """
    from conflict_events.annotations.agree import describe, join_exports, measure_agreement
    from conflict_events.annotations.export import read_export
    from conflict_events.annotations.label_config import read_label_config
    from conflict_events.annotations.tasks import make_task, write_tasks
    from conflict_events.output.files import check_destination
    from conflict_events.printable import printable_lines

    if output is not None:
        check_destination(output)
    label_config = read_label_config(config)
    stems = [path.stem for path in exports]
    names = stems if len(set(stems)) == len(stems) else map(str, exports)
    exported = [read_export(path, label_config) for path in exports]
    sentences = join_exports(list(zip(names, exported, strict=True)))
    agreement = measure_agreement(sentences, label_config.labels, annotator or ())
    say(printable_lines(describe(agreement, show)), output)
    if output is not None:
        write_tasks(output, [make_task(dispute.sentence) for dispute in agreement.disputes])
        say(f"{output}: {len(agreement.disputes)} disputed sentences as tasks", output)


def audit(
    annotations: Annotated[
        list[Path],
        typer.Argument(
            metavar="ANNOTATIONS...",
            help="Exports, labelled rows or (with --corpora) stand-off labels, as for `train`.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The JSON file of tasks.")],
    folds: Annotated[int, typer.Option(min=2, help="Models to train, each on all but one part.")] = 5,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Passes over the data for each model, then trained in full.",
            show_default="as for train, which decides by the number of sentences",
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(help="Model to start from, as for `train`.", show_default="all-MiniLM-L6-v2"),
    ] = None,
    work: Annotated[Path, typer.Option(help="Folder for the models; what is there is used again.")] = Path(
        "runs/audit"
    ),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Train anew in a folder that holds models.")
    ] = False,
    show: Annotated[int, typer.Option(min=0, help="How many suspects to show.")] = 10,
    corpora: CorporaOption = None,
    config: ConfigOption = None,
) -> None:
    """Find probable label errors and write them as tasks for a second look, the likeliest first.

    Each sentence is judged by a model that was trained without its article and near-duplicates.
    """
    from conflict_events.annotations.audit import find_suspects, suspect_task
    from conflict_events.annotations.export import read_export
    from conflict_events.annotations.label_config import read_label_config
    from conflict_events.annotations.tasks import write_tasks
    from conflict_events.output.files import check_destination
    from conflict_events.printable import printable
    from conflict_events.training.data import read_examples
    from conflict_events.training.out_of_fold import out_of_fold_scores
    from conflict_events.training.settings import Settings

    check_destination(output)
    labels = read_label_config(config).labels
    examples = read_examples(annotations, labels, corpora)
    exports = [path for path in annotations if path.suffix == ".json"]
    exported = {sentence.id: sentence for path in exports for sentence in read_export(path)}
    settings = Settings(epochs=epochs) if epochs else None
    scores = out_of_fold_scores(
        examples,
        labels=labels,
        count=folds,
        base=base,
        settings=settings,
        folder=work,
        overwrite=overwrite,
    )
    suspects = find_suspects([example.labels for example in examples], scores, labels)
    doubted = [examples[suspect.index] for suspect in suspects]
    tasks = [
        suspect_task(suspect, example, exported.get(example.id))
        for suspect, example in zip(suspects, doubted, strict=True)
    ]
    write_tasks(output, tasks)
    for task in tasks[:show]:
        shown = (printable(str(task["data"][field])) for field in ("sentence_id", "sentence", "doubt"))
        say("{}  {}\n  {}".format(*shown), output)
    say(f"{output}: {len(suspects)} of {len(examples)} sentences have a label in doubt", output)


def standoff(
    rows: Annotated[Path, typer.Argument(metavar="ROWS", help="Labelled rows (.jsonl).")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The stand-off file (.tsv).")
    ],
    corpora: Annotated[
        Path | None,
        typer.Option(help="Folder with the documents, where offsets in them shall be noted."),
    ] = None,
) -> None:
    """Write labels without their text: ids, offsets and hashes, for text that may not be passed on.

    `train --corpora` joins them with a copy of the text again.
    """
    from conflict_events.annotations.standoff import standoff_of
    from conflict_events.output.files import open_stream

    text = standoff_of(rows, corpora)
    with open_stream(output) as stream:
        stream.write(text.encode())
    say(f"{output}: labels of {text.count(chr(10)) - 1:,} sentences, without their text", output)
