"""Bring pages that stand elsewhere in the repository into the site, and make the links between them work.

A page may link to any file of the repository by its relative path, as on a code host. Documents and pictures
below `SHOWN` become pages of the site at the same path; links to other files (code, say) lose their address
and keep their text, for the site does not hold them.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Literal

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("training", "annotations", "eval", "scripts")
SHOWN = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "annotations/*.md",
    "annotations/*.png",
    "eval/behaviour/*.md",
    "eval/results/**/*.html",
    "eval/results/**/*.json",
    "eval/results/**/*.md",
    "eval/results/**/*.png",
    "eval/results/**/*.svg",
    "model/weights/README.md",
)

_LINK = re.compile(
    r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)(?P<title>\s+\"[^\"]*\")?\)"
)
# A list right below a line of text: lists on code hosts, but not to the Markdown that builds the site.
_TIGHT_LIST = re.compile(r"^(?![ \t]*[-*|>#]|[ \t]+|\d+\. )(.+)\n(?=- )", re.MULTILINE)
_FENCE = re.compile(r"^(?:```|~~~)", re.MULTILINE)


def on_startup(command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Link the folders under their import name, where the reader of docstrings looks (mkdocs.yml).

    At startup, because the plugin that reads docstrings resolves its paths before a hook sees the
    configuration, and leaves out what is not there yet.
    """
    linked = ROOT / "build" / "api" / "conflict_events"
    linked.mkdir(parents=True, exist_ok=True)
    wanted = {path.name: path for path in (ROOT / "model").iterdir()} | {
        name: ROOT / name for name in PACKAGES
    }
    for old in linked.iterdir():
        old.unlink()
    for name, path in wanted.items():
        (linked / name).symlink_to(path)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents that stand outside the documentation's folder."""
    for pattern in SHOWN:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            if files.get_file_from_path(name) is None:
                files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links at the site's pages; take the address from links to files that the site does not hold."""
    source = page.file.src_uri
    written = source if _from_repository(page.file) else f"docs/{source}"

    def pointed(match: re.Match[str]) -> str:
        target, _, anchor = match["target"].partition("#")
        if not target or ":" in target or target.startswith("/"):
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(written), target))
        if path.startswith(".."):
            return match[0]
        inside = path.removeprefix("docs/") if path.startswith("docs/") else path
        for candidate in (inside, f"{inside}/README.md"):
            if files.get_file_from_path(candidate) is not None:
                address = posixpath.relpath(candidate, posixpath.dirname(source) or ".")
                address += f"#{anchor}" if anchor else ""
                return f"{match['image']}[{match['text']}]({address}{match['title'] or ''})"
        if (ROOT / path).exists() and not match["image"]:
            return match["text"]
        return match[0]  # a dead link: `--strict` reports it

    parts = _FENCE.split(markdown)
    fences = _FENCE.findall(markdown)
    parts[::2] = [_TIGHT_LIST.sub(r"\1\n\n", _LINK.sub(pointed, part)) for part in parts[::2]]
    return "".join(part + fence for part, fence in zip(parts, [*fences, ""], strict=True))


def _from_repository(file: File) -> bool:
    return file.generated_by is not None
