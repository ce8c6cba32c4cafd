"""`python -m conflict_events.eval.card_figures`: evaluation runs of a model told of in its card."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from conflict_events.errors import DataError
from conflict_events.eval.bootstrap import Estimate
from conflict_events.eval.checklist import TOO_OFTEN, fails_too_often
from conflict_events.eval.command import error_in_a_line
from conflict_events.eval.earlier_run import DAMAGE, not_a_run, read_result
from conflict_events.eval.report import OVERALL, estimate_cell
from conflict_events.eval.run import FORMAT, RESULT
from conflict_events.hub import read_card
from conflict_events.model_folder import CARD, load_model_folder
from conflict_events.pages.whole_file import write_whole

HEADING = "## Measured with `conflict-events evaluate`"
_LIMITS = re.compile(r"^## Limits *$", re.MULTILINE)
_SECTION = re.compile(rf"^{re.escape(HEADING)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
SHOWN = ("micro F1", "macro F1", "mean average precision", "calibration error", "false alarms per 1,000")


def figures_section(version: str, runs: Mapping[str, Path]) -> str:
    """The section of a card on evaluation runs of the model with this version, by what their text is.

    Raises DataError for a run that is of another model, or none.
    """
    shown = [measure for measure in OVERALL if measure.heading in SHOWN]
    rows, suite = [], ""
    for text, folder in runs.items():
        result, name = read_result(folder)
        if result.get("format") != FORMAT:
            raise DataError(
                f"{folder / RESULT}: measured by another version of this package; measure it again"
            )
        try:
            system = result["systems"][0]
            description, overall = system["description"], system["overall"]
            cells = [_shown(_estimate(overall[each.row][each.name]), each.factor) for each in shown]
            rows.append([text, f"{result['sentences']:,}", *cells])
            if system["behaviour"] and not suite:
                suite = "\n\n" + _suite(system["behaviour"])
        except DAMAGE as error:
            raise not_a_run(folder, error) from None
        if description != f"model {version}":
            raise DataError(
                f"{folder / RESULT}: its first system is {name}, {description}, and the card is that of "
                f"model {version}; evaluate this model"
            )
    header = ["text", "sentences", *(measure.heading for measure in shown)]
    lines = [header, ["---"] * len(header), *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return (
        f"{HEADING}\n\n{table}\n\nIn per cent, but for false alarms: of 1,000 sentences without a label, how "
        "many are given one. In brackets: 95 % intervals from a bootstrap over groups. The calibration error "
        "is that of the labels pooled. The scores are those of `EventTagger` on the machine that measured; "
        f"elsewhere a last digit may differ.{suite}"
    )


def _suite(behaviour: Mapping[str, Any]) -> str:
    rules = behaviour["rules"].values()
    often = sum(fails_too_often(rule["cases"], rule["failures"]) for rule in rules)
    rate = _shown(_estimate(behaviour["rate"]), 100)
    return (
        f"Of the {behaviour['cases']:,} cases of the behaviour suite {len(behaviour['failed']):,} fail, "
        f"{rate} %; {often} of its {len(rules)} rules fail in {100 * TOO_OFTEN:.0f} % of their cases or more."
    )


def _estimate(figure: Mapping[str, float | None]) -> Estimate:
    """A figure as it stands in result.json, where null is what is undefined."""
    value, low, high = (
        math.nan if number is None else number for number in map(figure.get, ("value", "low", "high"))
    )
    return Estimate(value, low, high)


def _shown(estimate: Estimate, factor: float) -> str:
    cell = estimate_cell(estimate, factor)
    return " ".join((cell.text, *(f"[{interval.replace(' to ', ', ')}]" for interval in cell.below)))


def with_section(card: str, section: str) -> str:
    """The card with the section before its limits, or at its end, in place of the one that it has."""
    card = _SECTION.sub("", card)
    limits = _LIMITS.search(card)
    cut = limits.start() if limits else len(card)
    return f"{card[:cut].rstrip()}\n\n{section}\n" + (f"\n{card[cut:]}" if limits else "")


@error_in_a_line
def card_figures(
    model: Annotated[str, typer.Argument(help="Model folder, whose README.md is the card.")],
    runs: Annotated[
        list[str], typer.Argument(help="What was measured, and the folder of its evaluation: 'news=FOLDER'.")
    ],
) -> None:
    """Write the figures of evaluation runs into a model's card, in place of those that it has."""
    named = _named(runs)
    folder = load_model_folder(model)
    path = folder.path / CARD
    write_whole(path, with_section(read_card(folder), figures_section(folder.version, named)))
    typer.echo(f"{path}")


def _named(runs: Sequence[str]) -> dict[str, Path]:
    named: dict[str, Path] = {}
    for run in runs:
        text, equals, folder = run.partition("=")
        if not equals or not text.strip() or not folder:
            raise DataError(f"{run}: say what was measured, too: 'news of 2001={run}'")
        if text in named:
            raise DataError(f"{text}: two runs are named so; give each a name of its own")
        if "|" in text or len(text.splitlines()) > 1:
            raise DataError(f"{text!r}: cannot stand in a table; leave out bars and line breaks")
        named[text] = Path(folder)
    return named


if __name__ == "__main__":
    typer.run(card_figures)
