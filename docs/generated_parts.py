"""Fill the places of pages that are made from the repository when the site is built.

`<!-- commands -->` becomes every command with its arguments and options, `<!-- results -->` a list of what is
in eval/results, `<!-- include: PATH -->` a file of the repository, and `<!-- include if there: PATH -->` one
that may not have been made yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "eval" / "results"

_INCLUDE = re.compile(r"^<!-- include(?P<optional> if there)?: (?P<path>\S+) -->$", re.MULTILINE)
_SKIPPED = {"help", "install_completion", "show_completion"}


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the marks."""
    markdown = _INCLUDE.sub(_included, markdown)
    if "<!-- results -->" in markdown:
        markdown = markdown.replace("<!-- results -->", "\n".join(result_list()))
    if "<!-- commands -->" in markdown:
        markdown = markdown.replace("<!-- commands -->", "\n".join(command_reference()))
    return markdown


def command_reference() -> Iterator[str]:
    """Every command as Markdown: its help, and a table of its arguments and options."""
    from conflict_events.scripts.cli import COMMANDS

    for name in COMMANDS:
        module = import_module(f"conflict_events.scripts.{name}")
        if hasattr(module, "app"):
            group = typer.main.get_command(module.app)
            for part, command in sorted(group.commands.items()):  # type: ignore[attr-defined]  # a click group
                yield from _command(f"{name} {part}", command)
        else:
            single = typer.Typer(add_completion=False)
            single.command(name)(getattr(module, name))
            yield from _command(name, typer.main.get_command(single))


def result_list() -> Iterator[str]:
    """A Markdown list of the documents and reports in eval/results, each by its heading or folder."""
    texts = [path for path in sorted(RESULTS.rglob("*.md")) if path.name != "outlets.md"]
    reports = sorted(RESULTS.rglob("report.html"))
    for path in (*texts, *reports):
        where = path.relative_to(RESULTS)
        title = _heading(path) or where.parent.as_posix()
        kind = ", report" if path.suffix == ".html" else ""
        yield f"- [{title}](../{path.relative_to(ROOT).as_posix()}) (`{where.as_posix()}`{kind})"


def _included(match: re.Match[str]) -> str:
    path = ROOT / match["path"]
    if path.is_file():
        # The page has a heading of its own.
        return re.sub(r"\A# .*\n", "", path.read_text(encoding="utf-8"))
    if match["optional"]:
        return ""
    raise PluginError(f"{match['path']}: no such file to include")


def _heading(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    match = re.search(r"<title>([^<]*)</title>" if path.suffix == ".html" else r"^# (.+)$", text, re.M)
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match[1]).strip() if match else ""


def _command(name: str, command: Any) -> Iterator[str]:
    yield f"### {name} {{ #{name.replace(' ', '-')} }}\n"
    yield f"{_plain(command.help)}\n"
    yield "| argument or option | what it is | default |"
    yield "|---|---|---|"
    for parameter in command.params:
        if parameter.name in _SKIPPED:
            continue
        if parameter.param_type_name == "argument":
            shown = f"`{parameter.metavar or parameter.name.upper()}`"
        else:
            shown = ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))
        default = (
            "" if parameter.default in (None, False, ()) or parameter.required else f"`{parameter.default}`"
        )
        yield f"| {shown} | {_plain(parameter.help or '')} | {default} |"
    yield ""


def _plain(text: str) -> str:
    """Text without line breaks and without what Markdown would take for a mark."""
    return " ".join(text.replace("\f", " ").split()).replace("|", "\\|").replace("<", "&lt;")
