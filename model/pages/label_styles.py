"""How a label looks on every page and plot: two letters, a colour for light and dark, a kind of underline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# (on light, on dark): each has a contrast of at least 4.5 to 1 with the paper and with the text of a badge
# (WCAG 2.2, 1.4.3). Neighbours also differ in lightness, for people who see few colours.
_COLOURS = (
    ("#1b5e9e", "#82bcff"),
    ("#b3361a", "#ff9d80"),
    ("#6b3a99", "#cda6f5"),
    ("#0f6b58", "#5fd1b3"),
    ("#8a5300", "#e8b55a"),
    ("#a3245f", "#ff94c2"),
    ("#46556b", "#b3bfd1"),
    ("#566300", "#bfcf5f"),
)
_UNDERLINES = ("solid", "dashed", "double", "dotted")


@dataclass(frozen=True, slots=True)
class LabelStyle:
    """The look of one label; `underline` is a CSS border style."""

    label: str
    name: str
    code: str
    on_light: str
    on_dark: str
    underline: str


def label_styles(labels: Sequence[str]) -> tuple[LabelStyle, ...]:
    """Return a style for each label, in their order; colours and underlines repeat after eight labels."""
    codes: list[str] = []
    for label in labels:
        codes.append(_code(label, codes))
    return tuple(
        LabelStyle(
            label=label,
            name=label.replace("_", " "),
            code=code,
            on_light=_COLOURS[index % len(_COLOURS)][0],
            on_dark=_COLOURS[index % len(_COLOURS)][1],
            underline=_UNDERLINES[index % len(_UNDERLINES)],
        )
        for index, (label, code) in enumerate(zip(labels, codes, strict=True))
    )


def _code(label: str, taken: Sequence[str]) -> str:
    """Return two letters of the label, its first and the earliest other that makes them unique."""
    letters = [*filter(str.isalnum, label)] or ["?"]
    for second in [*letters[1:], *"123456789"]:
        code = f"{letters[0].upper()}{second.lower()}"
        if code not in taken:
            return code
    return f"{len(taken) + 1}"
