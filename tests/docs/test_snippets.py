"""Every snippet of README and documentation: run, or, where it cannot be, checked for what it names."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from conflict_events.scripts.cli import COMMANDS

from .blocks import PAGES, ROOT, Block, bare_fences, blocks_of, commands

BLOCKS = [block for page in PAGES for block in blocks_of(page)]
SHELL = [block for block in BLOCKS if block.language == "sh"]
# What runs as it stands; the rest of a shell block is checked only: it changes the environment.
INSTALLS = ("pip install", "make")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _run_mark(page: Path) -> Any:
    """Pages with commands start processes, and take long; those of Python alone are quick."""
    slow = any(block.language == "sh" and not block.not_run for block in blocks_of(page))
    marks = [pytest.mark.integration] if slow or page.stem == "python" else []
    return pytest.param(page, id=_name(page), marks=marks)


RUN = [_run_mark(page) for page in PAGES if any(b.language in ("python", "sh") for b in blocks_of(page))]


def test_there_are_snippets() -> None:
    assert {block.language for block in BLOCKS} >= {"python", "sh", "xml", "json"}
    assert len(SHELL) > 20
    assert len(RUN) > 8


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_fence_tells_its_language(page: Path) -> None:
    assert bare_fences(page) == []


def test_a_fence_without_a_language_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh\nls\n```\n\n```\nls\n```\n\n~~~\nls\n~~~\n", encoding="utf-8")
    assert bare_fences(page) == [5, 9]


@pytest.mark.parametrize(
    "line", ["python scripts/train.py --epoch 3", "accelerate launch scripts/train.py --n 2"]
)
def test_a_wrong_option_is_found(line: str) -> None:
    with pytest.raises(Exception, match="No such option"):
        _check_words(line.split(), "page")


@pytest.mark.parametrize(
    "block", [b for b in BLOCKS if b.language == "python"], ids=lambda block: block.place
)
def test_python_compiles(block: Block) -> None:
    compile(block.code, block.place, "exec")


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.place)
def test_commands_name_what_exists(block: Block) -> None:
    for line in commands(block.code):
        for words in _simple_commands(line):
            _check_words(words, block.place)


@pytest.mark.parametrize("page", RUN)
def test_snippets_run(page: Path, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    printed, names = "", dict[str, Any]()
    for block in blocks_of(page):
        if block.title == "output":
            _assert_printed(block, printed)
        elif block.title:
            (desk / block.title).write_text(block.code, encoding="utf-8")
        elif block.language == "python" and not block.not_run:
            with contextlib.redirect_stdout(io.StringIO()) as output:
                exec(compile(block.code, block.place, "exec"), names)
            printed = output.getvalue()
        elif block.language == "sh" and not block.not_run:
            printed = _run_shell(block)


def _run_shell(block: Block) -> str:
    code = "\n".join(line for line in block.code.splitlines() if not line.startswith(INSTALLS))
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "80",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, f"{block.place}: exit code {done.returncode}\n{done.stderr}"
    return done.stdout


def _assert_printed(block: Block, printed: str) -> None:
    """Each line shown was printed, up to digits: scores change with the weights."""

    def masked(text: str) -> str:
        return re.sub(r"\d", "0", text)

    for line in block.code.splitlines():
        assert masked(line) in masked(printed), f"{block.place}: not printed: {line}"


def _simple_commands(line: str) -> list[list[str]]:
    """The commands of a line of shell: its parts between pipes and the like, each as words."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[list[str]] = [[]]
    for word in lexer:
        if set(word) <= set("|&;()"):
            found.append([])
        elif set(word) <= set("<>"):
            break  # what follows is a file
        else:
            found[-1].append(word)
    return [words for words in found if words]


def _check_words(words: list[str], place: str) -> None:
    if words[0] == "conflict-events":
        _check_call(words[1:], place)
    elif words[:2] == ["python", "-m"]:
        import_module(words[2])
    elif words[0] == "python":
        _check_script(words[1:], place)
    elif words[:2] == ["accelerate", "launch"]:
        _check_script(words[2:], place)
    elif words[:2] == ["pip", "install"]:
        _check_extras(words[2:], place)
    elif words[0] == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        for target in (word for word in words[1:] if "=" not in word):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{place}: no target {target}"


def _check_script(words: list[str], place: str) -> None:
    assert (ROOT / words[0]).is_file(), f"{place}: {words[0]}"
    _check_call([Path(words[0]).stem, *words[1:]], place)


def _check_extras(words: list[str], place: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in re.findall(r"\[([\w,-]+)\]", " ".join(words)):
        for name in extra.split(","):
            assert name in project["optional-dependencies"], f"{place}: no extra {name}"


def _check_call(words: list[str], place: str) -> None:
    """Parse the arguments as the command does, without running it."""
    if not words or words[0].startswith("-"):
        return
    assert words[0] in COMMANDS, f"{place}: no command {words[0]}"
    module = import_module(f"conflict_events.scripts.{words[0]}")
    arguments = words[1:]
    if hasattr(module, "app"):
        group: Any = typer.main.get_command(module.app)
        if arguments[0] == "--help":
            return
        assert arguments[0] in group.commands, f"{place}: no command {words[0]} {arguments[0]}"
        command: Any = group.commands[arguments[0]]
        arguments = arguments[1:]
    else:
        single = typer.Typer(add_completion=False)
        single.command(words[0])(getattr(module, words[0]))
        command = typer.main.get_command(single)
    if "--help" in arguments:
        return
    command.make_context(place, list(arguments))  # raises where an option or a value is unknown
