"""Files of a model folder, which may come from anybody: what is refused before anything is done with them.

A folder is data. It names no code to run, no other folder to load from, and nothing beyond itself to copy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conflict_events.errors import ModelError

# Several times what the largest models have; more is damage, or an attempt to fill the memory.
LONGEST_CONFIG = 4 * 2**20
LONGEST_TOKENIZER = 256 * 2**20
# By these transformers fetches kernels (native code) or other weights than the folder's. `auto_map`, which
# names Python files, is not among them: it is never followed (trust_remote_code is False throughout).
_LEADING_ELSEWHERE = (
    "attn_implementation",
    "_attn_implementation",
    "experts_implementation",
    "_experts_implementation",
    "kernel_config",
    "quantization_config",
)
_BUILT_IN = ("eager", "sdpa", None)
ADAPTER = "adapter_config.json"


def read_object(file: Path) -> dict[str, Any]:
    """The JSON object in a file of settings.

    Raises:
        ModelError: it cannot be read, is longer than `LONGEST_CONFIG`, is nested too deeply, or is no object.
    """
    check_size(file, LONGEST_CONFIG)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ModelError(f"{file}: not valid JSON ({error}); fetch the model folder again") from error
    except RecursionError:
        raise ModelError(f"{file}: nested too deeply; fetch the model folder again") from None
    if not isinstance(found, dict):
        raise ModelError(f"{file}: holds no JSON object")
    return found


def check_size(file: Path, longest: int) -> None:
    """Raise ModelError if a file has more than `longest` bytes."""
    try:
        size = file.stat().st_size
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror})") from error
    if size > longest:
        raise ModelError(
            f"{file}: {size:,} bytes, more than the {longest:,} that such a file may have; "
            "fetch the model folder again"
        )


def check_leads_nowhere(config: Mapping[str, Any], folder: Path) -> None:
    """Raise ModelError if the folder would have transformers load code, or weights that are not in it."""
    if (folder / ADAPTER).exists():
        raise ModelError(
            f"{folder / ADAPTER}: adapters load the model that they name, from elsewhere; merge it into one "
            "folder of weights"
        )
    for key in _LEADING_ELSEWHERE:
        value = config.get(key)
        if not (value is None or (isinstance(value, str) and value in _BUILT_IN)):
            raise ModelError(
                f"{folder / 'config.json'}: {key!r} can have code or kernels loaded, and is not allowed; "
                "remove it"
            )


def check_inside(folder: Path, name: str) -> None:
    """Raise ModelError if a file of the folder is a link that leads out of it.

    What is copied and uploaded must be the model's: a link could name any file of the user's. The hub's own
    cache, whose folders link to the `blobs` beside them, is as it should be.
    """
    real, inside = (folder / name).resolve(), folder.resolve()
    if real.is_relative_to(inside):
        return
    if inside.parent.name == "snapshots" and real.parent == inside.parent.parent / "blobs":
        return
    raise ModelError(f"{folder / name}: is a link to {real}, outside the folder; put the file itself there")
