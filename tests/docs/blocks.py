"""The code blocks of the documentation's pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

# A mark before a block, of which the reason tells why the block cannot be run here.
_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^>]+) -->\n)?"
    r"^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    line, fence: where it begins, with a mark before its fence, and where the fence is. title: what its fence
    says. not_run: the mark's reason, "" where there is none.
    """

    page: Path
    line: int
    fence: int
    language: str
    title: str
    code: str
    not_run: str

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"{self.page.relative_to(ROOT)}, line {self.line}"


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, match.start()) + 1,
            text.count("\n", 0, match.start("language")) + 1,
            match["language"],
            match["title"] or "",
            match["code"],
            match["reason"] or "",
        )
        for match in _BLOCK.finditer(text)
    ]


def bare_fences(page: Path) -> list[int]:
    """The lines of fences that open a block which `blocks_of` passes over: without a language, say."""
    lines = page.read_text(encoding="utf-8").splitlines()
    fences = [
        number for number, line in enumerate(lines, start=1) if line.lstrip().startswith(("```", "~~~"))
    ]
    known = {block.fence for block in blocks_of(page)}
    return [number for number in fences[::2] if number not in known]


def commands(code: str) -> list[str]:
    """The lines of a shell block, those that go on joined, without comments and prompts of loops."""
    lines = code.replace("\\\n", " ").splitlines()
    return [line for line in map(str.strip, lines) if line and not line.startswith("#")]
