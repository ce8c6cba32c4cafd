"""What a release pins: the files agree with each other and with the project, and every file has its hash.

Where one of these fails after a dependency has changed: `python .ci/pins.py`.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOT_RELEASED = {"dev", "docs", "fuzz"}
HASHED = ("requirements-release.txt", "constraints-hashed.txt")
AGAIN = "made before the dependencies changed: python .ci/pins.py"


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def pins(file: str) -> dict[str, set[str]]:
    """The versions that a file pins, by name (several where they differ by Python version)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==([^\s;]+)", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE
    ):
        found.setdefault(name_of(name), set()).add(version)
    return found


def direct(extras: set[str]) -> set[str]:
    """What the project itself asks for, with these extras."""
    asked = list(PROJECT["dependencies"])
    for extra in extras:
        asked += PROJECT["optional-dependencies"][extra]
    return {name_of(requirement) for requirement in asked} - {"conflict-events", "torch"}


@pytest.mark.parametrize("file", HASHED)
def test_the_hashed_files_agree_with_the_constraints(file: str) -> None:
    pinned, constraints = pins(file), pins("constraints.txt")
    both = pinned.keys() & constraints.keys()
    assert len(both) > 10
    assert {name: pinned[name] for name in both} == {name: constraints[name] for name in both}, AGAIN


def test_the_hashed_files_hold_what_the_project_needs() -> None:
    core, whole = pins("requirements-release.txt"), pins("constraints-hashed.txt")
    assert direct(set()) <= core.keys(), AGAIN
    assert direct(set(PROJECT["optional-dependencies"]) - NOT_RELEASED) <= whole.keys(), AGAIN
    for name, versions in core.items():
        assert versions <= whole.get(name, set()), f"{name}: {AGAIN}"


@pytest.mark.parametrize("file", HASHED)
def test_every_package_has_a_hash_and_no_file_an_address(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    for block in re.split(r"\n(?=\S)", text)[1:]:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", block), block
    assert not re.search(r"://|--(?:index|extra-index|find-links)|^-i |@", text, re.MULTILINE)


def test_the_bill_of_materials_lists_what_is_pinned() -> None:
    bill = json.loads((ROOT / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed: dict[str, set[str]] = {}
    for component in bill["components"]:
        assert component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}"
        listed.setdefault(name_of(component["name"]), set()).add(component["version"])
    pinned = pins("constraints-hashed.txt") | {"torch": pins("constraints.txt")["torch"]}
    assert listed == pinned, AGAIN
    required = {name_of(c["name"]) for c in bill["components"] if c["scope"] == "required"}
    assert required == pins("requirements-release.txt").keys(), AGAIN


def test_the_bill_of_materials_can_be_made_again_byte_by_byte() -> None:
    text = (ROOT / "sbom.cdx.json").read_text(encoding="utf-8")
    assert "timestamp" not in text
    assert "serialNumber" not in text
    assert not re.search(r"/simple/|files\.|://pypi\.", text)
