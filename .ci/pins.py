"""Make anew what a release pins: two requirement files with hashes, and the bill of materials.

    python .ci/pins.py

Needs `uv` and `cyclonedx-py` (pip install uv cyclonedx-bom) and a package index. Versions of what
constraints.txt names are those that stand there; what these need in turn is taken at its newest.

requirements-release.txt   what `pip install conflict-events` needs, with the hashes of all its files
constraints-hashed.txt     the same for that and every extra which users install
sbom.cdx.json              both as CycloneDX: "required" without an extra, "optional" with one

PyTorch is in the bill of materials, but has no hashes: its builds for CPUs and for each version of CUDA share
a version and differ in their files, so that a list of hashes would name one of them. Its version is pinned in
constraints.txt; what its CUDA builds bring along (nvidia-*, cuda-*, triton) is left out with it.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
RELEASE = ROOT / "requirements-release.txt"
HASHED = ROOT / "constraints-hashed.txt"
BILL = ROOT / "sbom.cdx.json"
# Extras for those who work on the package, not for those who use it.
NOT_RELEASED = {"dev", "docs", "fuzz"}
TORCH = re.compile(r"torch$|triton$|nvidia-|cuda-")
PYTHON, SYSTEMS = "< '3.14'", ("linux", "darwin", "win32")


def main() -> None:
    """Write the three files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = sorted(set(project["optional-dependencies"]) - NOT_RELEASED)
    whole = resolved(extras, CONSTRAINTS)
    _write(HASHED, f"What the package needs with the extras {', '.join(extras)}; PyTorch aside.", whole)
    core = resolved([], HASHED)
    _write(RELEASE, "What the package needs without an extra.", core)
    torch = re.findall(r"^torch==\S+$", CONSTRAINTS.read_text(encoding="utf-8"), re.MULTILINE)
    bill = bill_of_materials([*whole, *torch], {_name(block) for block in core})
    BILL.write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def resolved(extras: list[str], constraints: Path) -> list[str]:
    """The packages that the project needs with `extras`, each as the lines of a requirements file."""
    environments = [f"python_version {PYTHON} and sys_platform == '{system}'" for system in SYSTEMS]
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "pyproject.toml"
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        settings = f"[tool.uv]\nenvironments = {json.dumps(environments)}\n"
        project.write_text(f"{text}\n{settings}", encoding="utf-8")
        done = subprocess.run(
            [
                *("uv", "pip", "compile", str(project), *(f"--extra={extra}" for extra in extras)),
                *("--constraint", str(constraints), "--universal", "--python-version", "3.11"),
                *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"),
            ],
            capture_output=True,
            encoding="utf-8",
            check=True,
            cwd=folder,
        )
    blocks = [_plain_marker(block) for block in re.split(r"\n(?=\S)", done.stdout.strip())]
    return [block for block in blocks if not TORCH.match(_name(block))]


def _plain_marker(block: str) -> str:
    """Without the part of a marker that says no more than where all of this holds."""
    block = re.sub(r"python_full_version < '3\.14' and (?=\()", "", block)
    everywhere = " or ".join(f"sys_platform == '{system}'" for system in sorted(SYSTEMS))
    block = block.replace(f" ; ({everywhere})", "").replace(f" ; {everywhere}", "")
    return block.replace("python_full_version < '3.14' and ", "")


def _name(block: str) -> str:
    return block.partition("==")[0]


def _write(path: Path, what: str, blocks: list[str]) -> None:
    head = f"# {what} Made by .ci/pins.py: do not edit.\n"
    path.write_text(head + "\n".join(blocks) + "\n", encoding="utf-8")


def bill_of_materials(blocks: list[str], core: set[str]) -> dict[str, object]:
    """CycloneDX of the packages, without times and serial numbers: the same pins give the same file."""
    lines = sorted({block.partition(" ")[0].strip() for block in blocks})
    done = subprocess.run(
        [
            *("cyclonedx-py", "requirements", "--output-reproducible", "--short-PURLs"),
            *("--pyproject", str(ROOT / "pyproject.toml"), "--mc-type", "library", "-"),
        ],
        input="\n".join(lines),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    bill: dict[str, object] = json.loads(done.stdout)
    components = bill["components"]
    assert isinstance(components, list)
    for component in components:
        # The address of an index, and the line of a file that nobody has.
        component.pop("externalReferences", None)
        component.pop("description", None)
        component["bom-ref"] = component["purl"]
        component["scope"] = "required" if component["name"] in core else "optional"
    components.sort(key=lambda component: component["purl"])
    metadata = bill["metadata"]
    assert isinstance(metadata, dict)
    for tool in metadata["tools"]["components"]:
        tool.pop("externalReferences", None)  # addresses of the program that wrote this
    bill["dependencies"] = [{"ref": component["purl"]} for component in components]
    return bill


if __name__ == "__main__":
    main()
