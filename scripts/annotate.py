"""`conflict-events annotate`: Label Studio and the model, from raw articles to annotations and back."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from conflict_events.scripts.annotate_offline import (
    ConfigOption,
    ModelOption,
    agree,
    audit,
    say,
    standoff,
    suggest,
)

PROJECT = "Conflict events"

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
for command in (suggest, agree, audit, standoff):
    app.command()(command)

ProjectOption = Annotated[str, typer.Option("--project", help="Title or number of the project.")]
ArticlesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="ARTICLES...",
        help="Articles as for `conflict-events tag`, or JSON files of tasks from suggest, agree or audit.",
    ),
]


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 8080,
    home: Annotated[
        Path | None,
        typer.Option(
            help="Folder for Label Studio's own environment. Default: in the user's data folder, or where "
            "CONFLICT_EVENTS_LABEL_STUDIO_HOME says."
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder for the database. Default: `data` in that folder.")
    ] = None,
    allow_local_backends: Annotated[
        bool,
        typer.Option(
            "--allow-local-backends",
            help="Let the server call `annotate backend` on this machine; weakens its guard against forged "
            "requests, so not for a server that others reach.",
        ),
    ] = False,
) -> None:
    """Run a Label Studio server on this machine, installing it on first use (1 GB, some minutes).

    It listens on 127.0.0.1 alone. Stop it with Ctrl-C; data and token are there the next time.
    """
    from conflict_events.annotations.server import default_home, install, is_installed, running

    home = (home or default_home()).absolute()
    if not is_installed(home):
        typer.echo(f"Installing Label Studio in {home} (about 1 GB, some minutes) ...")
        install(home)
    typer.echo("Starting Label Studio ...")
    _end_like_interrupted()
    data_folder = (data or home / "data").absolute()
    with running(home, data_folder, port, local_backends=allow_local_backends) as server:
        typer.echo(
            f"Label Studio is at {server.url}\n"
            f"  to log in: {server.email}, with the password in {server.password_file}\n"
            f"  for the other commands, in their shell: source {server.settings}\n"
            "  to stop it: Ctrl-C",
        )
        sys.stdout.flush()
        status = server.process.wait()
    from conflict_events.errors import AnnotationError

    raise AnnotationError(f"Label Studio ended by itself (status {status}); its log is {server.log}")


@app.command()
def push(
    articles: ArticlesArgument,
    project: ProjectOption = PROJECT,
    config: ConfigOption = None,
    predict: Annotated[
        bool, typer.Option("--predict", help="Add the model's labels and certainty as suggestions.")
    ] = False,
    uncertain_first: Annotated[
        bool,
        typer.Option("--uncertain-first", help="Give annotators what the model is least certain of first."),
    ] = False,
    annotators: Annotated[
        int, typer.Option(min=1, help="How many people shall annotate each sentence (of a new project).")
    ] = 1,
    model: ModelOption = None,
) -> None:
    """Make each sentence of the articles a task, once: pushing again changes nothing.

    With --predict, sentences that are there already get the suggestions of a model version new to them.
    The server's address and token come from LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY.
    """
    from conflict_events.annotations.connection import connect
    from conflict_events.annotations.gather import add_predictions, gather_tasks, load_tagger
    from conflict_events.annotations.label_config import read_label_config
    from conflict_events.annotations.project import find_or_make_project, find_project, show_predictions
    from conflict_events.annotations.push import push_tasks
    from conflict_events.errors import AnnotationError
    from conflict_events.printable import printable

    if uncertain_first and not predict:
        raise AnnotationError("--uncertain-first goes by the model's certainty: give --predict, too")
    label_config = read_label_config(config)
    connection = connect()
    # Before the work, so that a project with other labels stops it; a new one is made when all else is well.
    find_project(connection, project, label_config)
    tasks = gather_tasks(articles)
    tagger = load_tagger(model, label_config) if predict else None
    if tagger is not None:
        add_predictions(tasks, label_config, tagger)
    destination = find_or_make_project(connection, project, label_config, annotators=annotators)
    with _progress(len(tasks)) as progress:
        result = push_tasks(connection, destination, tasks, progress)
    if tagger is not None:
        show_predictions(connection, destination, tagger.version, uncertain_first=uncertain_first)
    title = printable(destination.title)
    if result.added or result.predictions_added:
        suggested = (
            f" ({result.predictions_added} of these got suggestions)" if result.predictions_added else ""
        )
        typer.echo(
            f"{title}: {result.added} sentences added{' with suggestions' if predict else ''}, "
            f"{result.present} were there before{suggested}"
        )
    else:
        typer.echo(f"{title}: nothing to do, all {result.present} sentences are there already")
    typer.echo(f"{connection.url}/projects/{destination.id}/")


@app.command()
def pull(
    output: Annotated[Path, typer.Argument(metavar="FILE", help="The JSON file to write.")],
    project: ProjectOption = PROJECT,
    config: ConfigOption = None,
) -> None:
    """Write a project's JSON export to FILE, in a stable order and without what changes by itself.

    Training reads it as it is. Sentences that nobody annotated are in it too.
    """
    from conflict_events.annotations.connection import connect
    from conflict_events.annotations.export import annotated_sentences, majority
    from conflict_events.annotations.label_config import read_label_config
    from conflict_events.annotations.project import require_project
    from conflict_events.annotations.pull import pull_tasks
    from conflict_events.annotations.tasks import write_tasks
    from conflict_events.output.files import check_destination

    check_destination(output)
    label_config = read_label_config(config)
    connection = connect()
    origin = require_project(connection, project, label_config)
    tasks = pull_tasks(connection, origin)
    write_tasks(output, tasks)
    sentences = annotated_sentences(tasks, output, label_config)
    judged = [sentence.judgements for sentence in sentences if sentence.judgements]
    tied = sum(bool(majority(judgements, label_config.labels)[1]) for judgements in judged)
    say(
        f"{output}: {len(sentences)} sentences, {len(judged)} annotated ({sum(map(len, judged))} annotations)"
        + (f"; on {tied} the votes for some label are tied, and the label is not given" if tied else ""),
        output,
    )


@app.command()
def backend(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 9090,
    host: Annotated[str, typer.Option(help="Address to listen on; others than this machine need auth.")] = (
        "127.0.0.1"
    ),
    project: Annotated[
        str | None, typer.Option(help="Register with this project of the server in LABEL_STUDIO_URL.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="The address under which Label Studio reaches it, if another.")
    ] = None,
    config: ConfigOption = None,
    model: ModelOption = None,
) -> None:
    """Serve the model to Label Studio as a machine learning backend, until Ctrl-C.

    BASIC_AUTH_USER and BASIC_AUTH_PASS in the environment, where set, are asked of Label Studio.
    """
    import os
    import threading

    from conflict_events.annotations.backend import Backend
    from conflict_events.annotations.connection import connect
    from conflict_events.annotations.gather import load_tagger
    from conflict_events.annotations.label_config import read_label_config
    from conflict_events.annotations.project import register_backend, require_project
    from conflict_events.errors import AnnotationError

    label_config = read_label_config(config)
    user, password = os.environ.get("BASIC_AUTH_USER", ""), os.environ.get("BASIC_AUTH_PASS", "")
    if bool(user) != bool(password):
        raise AnnotationError("of BASIC_AUTH_USER and BASIC_AUTH_PASS one is not set; set both, or neither")
    credentials = (user, password) if user else None
    tagger = load_tagger(model, label_config)
    _end_like_interrupted()
    with Backend(tagger, host, port, credentials) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = url or f"http://{host}:{server.server_port}"
            if project is not None:
                connection = connect()
                target = require_project(connection, project, label_config)
                register_backend(connection, target, address, tagger.version, credentials)
            typer.echo(f"Served at {address}; its title in Label Studio must be {tagger.version}")
            sys.stdout.flush()
            thread.join()
        finally:
            server.shutdown()
            thread.join()


def _end_like_interrupted() -> None:
    """Have a plain `kill`, or a terminal that closes, stop what runs in the background as Ctrl-C does."""
    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Show on standard error how many of `total` tasks are dealt with."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("sentences", total=total)
        yield lambda done: bar.update(task, advance=done)


if __name__ == "__main__":
    from conflict_events.scripts.cli import main

    main(["annotate", *sys.argv[1:]])
