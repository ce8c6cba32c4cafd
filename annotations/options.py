"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

CorporaOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder of your downloads, from which stand-off labels (.tsv) get their text.",
        show_default=False,
    ),
]

LabelsConfigOption = Annotated[
    Path | None, typer.Option(help="Label Studio labelling config that names the labels.")
]
