"""What the command line says on standard error."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from conflict_events.printable import printable


def print_error(error: BaseException) -> None:
    """Print an error in one line; control characters that came with the input cannot steer the terminal."""
    print(f"conflict-events: error: {printable(str(error))}", file=sys.stderr, flush=True)


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return '; did you mean "x"?' when one of `known` is close to `name`, else an empty string."""
    import difflib

    close = difflib.get_close_matches(name, known, n=1)
    return f'; did you mean "{close[0]}"?' if close else ""
