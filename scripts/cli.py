"""The command `conflict-events`: finds the sub-command, imports that one alone, and reports errors."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from conflict_events.ahead import THREAD_NAME
from conflict_events.errors import ConflictEventsError
from conflict_events.scripts.messages import print_error

# Each command lives in the module of its name: as the function of that name, or, for a group, as `app`.
# The help stands here too, so that listing the commands imports none of them.
COMMANDS = {
    "tag": "Tag the sentences of articles with the events they report.",
    "report": "Show what was tagged as one page: over time, by outlet, story by story.",
    "train": "Fine-tune a model on annotated sentences.",
    "annotate": "Annotate in Label Studio: push, pull, suggest, agree.",
    "evaluate": "Measure a model on annotated sentences.",
    "benchmark": "Measure how fast a model tags on this machine.",
    "card": "Print a model's card: what it is, was trained on and can do.",
    "clean": "Show which text of articles is kept and which is page furniture.",
}
SUMMARY = "Read news about armed conflict and say, sentence by sentence, which events it reports."
PROGRAM = "conflict-events"
USER_ERROR = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line (`argv` without the program's name; None: `sys.argv`) and exit."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _forget_scripts_folder()
    _replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows "?", and the work goes on
    status: str | int | None = 0
    try:
        _application(arguments or _words_to_complete())(args=arguments, prog_name=PROGRAM)
    except ConflictEventsError as error:
        print_error(error)
        status = USER_ERROR
    except KeyboardInterrupt:
        status = INTERRUPTED
    except SystemExit as ended:  # how typer ends, well or ill
        status = ended.code
    _leave(status)


def _application(arguments: Sequence[str]) -> typer.Typer:
    application = typer.Typer(
        epilog="Each command explains itself: conflict-events tag --help",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    application.callback(help=SUMMARY)(_global_options)
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, summary in COMMANDS.items():
        if name != named:
            application.command(name, help=summary)(_not_imported)
            continue
        module = import_module(f"conflict_events.scripts.{name}")
        if hasattr(module, "app"):
            application.add_typer(module.app, name=name, help=summary)
        else:
            application.command(name, epilog=getattr(module, "EPILOG", None))(getattr(module, name))
    return application


def _words_to_complete() -> list[str]:
    """Return the words after the program's name when a shell asks how to go on; none otherwise.

    Typer's completion scripts call the program without arguments: what was typed is in the environment.
    """
    if "_CONFLICT_EVENTS_COMPLETE" not in os.environ:
        return []
    typed = os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS", "")
    return typed.split()[1:]


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"conflict-events {version('conflict-events')}")
        raise typer.Exit


def _global_options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Take the options that stand before the command."""


def _not_imported() -> None:
    """Stand in the list of commands for one that was not asked for, and so is never run."""


def _leave(status: str | int | None) -> NoReturn:
    """Exit; at once where tagging is still at work ahead of us (Ctrl-C, a closed pipe, a full disk).

    A thread that is in native code when the interpreter ends in good order would abort the process. Ctrl-C
    comes too late by now: the interpreter, as it ends, would answer it with a traceback.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        sys.stdout.flush()
    except OSError:
        # Nobody reads it, or there is no room: the interpreter's own last flush must not fail aloud.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(status, int) and any(thread.name == THREAD_NAME for thread in threading.enumerate()):
        os._exit(status)
    sys.exit(status)


def _replace_closed_streams() -> None:
    """Open what the caller has closed (`<&-`, `>&-`) on nothing, before a file of ours gets its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def _forget_scripts_folder() -> None:
    """Undo what `python scripts/X.py` does to the import path: `evaluate.py` there hides the package."""
    folder = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if not entry or Path(entry).resolve() != folder]


if __name__ == "__main__":
    main()
