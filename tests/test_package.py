"""The package as a whole: what may import what, what an import costs, what is public, what is shipped."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import conflict_events

ROOT = Path(__file__).resolve().parent.parent
# From left to right; a package may import itself and what stands left of it.
LAYERS = {
    "model": "conflict_events",
    "annotations": "conflict_events.annotations",
    "training": "conflict_events.training",
    "eval": "conflict_events.eval",
    "scripts": "conflict_events.scripts",
}
COMMANDS = ("tag", "report", "train", "annotate", "evaluate", "benchmark", "card", "clean")
HEAVY = {
    "accelerate",
    "cleanlab",
    "datasets",
    "evaluate",
    "ftfy",
    "jinja2",
    "label_studio_sdk",
    "matplotlib",
    "numpy",
    "openvino",
    "pyarrow",
    "rich",
    "sklearn",
    "tokenizers",
    "torch",
    "trafilatura",
    "transformers",
}


def layer_of(module: str) -> int:
    """Return the layer that an absolute module name belongs to, by its longest prefix."""
    names = list(LAYERS.values())
    return max(
        (index for index, name in enumerate(names) if module == name or module.startswith(f"{name}.")),
        key=lambda index: len(names[index]),
    )


def imports_of(path: Path) -> Iterator[str]:
    """Yield the absolute names of this package's modules that a file imports, anywhere in it."""
    folder = path.relative_to(ROOT).parent
    package = [*LAYERS[folder.parts[0]].split("."), *folder.parts[1:]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{start}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "conflict_events")


def loaded_after(code: str) -> set[str]:
    """Return the top-level modules that are loaded once `code` has run in a fresh interpreter."""
    report = "import sys, json; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, encoding="utf-8", check=True
    )
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize("folder", LAYERS)
def test_imports_point_one_way(folder: str) -> None:
    own = layer_of(LAYERS[folder])
    # `python -m conflict_events` is a command, though its file must stand in the package.
    files = sorted(path for path in (ROOT / folder).rglob("*.py") if path.name != "__main__.py")
    assert files
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imports_of(path)
        if layer_of(name) > own
    ]
    assert wrong == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import conflict_events") & HEAVY == set()


def test_reading_articles_loads_no_model_runtime() -> None:
    heavy = loaded_after("from conflict_events import read_articles, split_article")
    assert heavy & {"torch", "transformers", "openvino", "pyarrow", "trafilatura"} == set()


def test_listing_the_commands_loads_none_of_them() -> None:
    code = (
        "from conflict_events.scripts import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "import sys; assert not [m for m in sys.modules if m.startswith('conflict_events.scripts.t')]"
    )
    assert loaded_after(code) & (HEAVY - {"rich"}) == set()


def test_the_public_names() -> None:
    assert sorted(conflict_events.__all__) == [
        "AnnotationError",
        "Article",
        "Columns",
        "ConflictEventsError",
        "DataError",
        "EventTagger",
        "Furniture",
        "InputError",
        "MissingExtraError",
        "ModelError",
        "Sentence",
        "TaggedArticle",
        "TaggedSentence",
        "TaggedText",
        "__version__",
        "read_articles",
        "split_article",
        "split_sentences",
        "to_arrow",
        "to_dataset",
        "to_pandas",
        "to_polars",
    ]
    for name in conflict_events.__all__:
        assert getattr(conflict_events, name) is not None


def test_the_version_is_that_of_the_distribution() -> None:
    assert conflict_events.__version__ == metadata.version("conflict-events")


def test_every_package_is_listed_for_installation() -> None:
    listed = set(_setuptools()["packages"])
    folders = {path.parent for folder in LAYERS for path in (ROOT / folder).rglob("__init__.py")}
    names = {
        ".".join([LAYERS[parts[0]], *parts[1:]])
        for parts in (path.relative_to(ROOT).parts for path in folders)
    }
    assert listed == names


def test_type_hints_are_announced() -> None:
    assert (Path(conflict_events.__file__).parent / "py.typed").is_file()


@pytest.mark.integration
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs_both_ways(command: str, tmp_path: Path) -> None:
    script = [sys.executable, str(ROOT / "scripts" / f"{command}.py"), "--help"]
    installed = [sys.executable, "-m", "conflict_events.scripts.cli", command, "--help"]
    first, second = (
        subprocess.run(arguments, capture_output=True, encoding="utf-8", cwd=tmp_path, check=True)
        for arguments in (script, installed)
    )
    assert first.stdout == second.stdout
    assert f"conflict-events {command}" in first.stdout


def test_the_commands_are_those_tested_here() -> None:
    from conflict_events.scripts.cli import COMMANDS as registered

    assert tuple(registered) == COMMANDS


def _setuptools() -> dict[str, list[str]]:
    settings: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
        "setuptools"
    ]
    return settings
