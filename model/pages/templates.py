"""Rendering of pages that hold all they need and can do nothing else.

Three things keep what an article says from becoming part of the page: Jinja2 escapes every value, data for
the script goes in as JSON that cannot end its element, and a Content-Security-Policy lets the browser run
the page's own script (by its hash) and reach no network.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conflict_events.errors import MissingExtraError

SHARED = Path(__file__).parent / "templates"
# What could end a script element, open a comment in it, or break a line of JavaScript.
_JSON_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def script_json(value: object) -> str:
    """Return `value` as JSON on one line that is safe inside a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_JSON_ESCAPES)


def render(
    template: str,
    values: dict[str, Any],
    *,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    folder: Path = SHARED,
) -> str:
    """Render `template` with `values`; files are looked up in `folder`, then among the shared ones.

    The template also sees `css` (the style sheets, templates too, joined in their order), `javascript` (the
    scripts joined, as they are) and `policy`, the Content-Security-Policy for exactly these two. Raises
    MissingExtraError where Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup
    except ModuleNotFoundError as error:
        raise MissingExtraError("An HTML page", "report") from error
    environment = Environment(
        loader=FileSystemLoader([folder, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = "\n".join(environment.get_template(name).render(values) for name in styles)
    javascript = "\n".join((SHARED / name).read_text(encoding="utf-8") for name in scripts)
    return environment.get_template(template).render(
        values, css=Markup(css), javascript=Markup(javascript), policy=_policy(css, javascript)
    )


def _policy(css: str, javascript: str) -> str:
    """Return a policy that allows this style sheet, this script and images held in the page, and no more.

    Trusted types forbid the script every call that turns text into markup (W3C, Trusted Types).
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hash_source(css)}",
            f"script-src {_hash_source(javascript)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _hash_source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
