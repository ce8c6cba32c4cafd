"""A safetensors file of weights: checked to be whole, hashed, read into numpy arrays.

Format: 8 bytes with the header's length (little endian), the header in JSON, then the tensors' bytes
(https://huggingface.co/docs/safetensors/index#format).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_events.errors import ModelError

NAME = "model.safetensors"
_PICKLES = (
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "model.pt",
    "model.pth",
    "model.ckpt",
    "model.pkl",
)
_BLOCK = 1 << 20
# The format's own limit (safetensors, MAX_HEADER_SIZE).
_LONGEST_HEADER = 100_000_000


def find_weights(folder: Path) -> Path:
    """The weights of a model folder.

    Raises:
        ModelError: there are none, or only pickled ones.
    """
    file = folder / NAME
    if file.is_file():
        return file
    for pickle in (folder / name for name in _PICKLES):
        if pickle.exists():
            raise ModelError(
                f"{pickle}: pickled weights are not loaded, since a pickle can run code; save them as {NAME} "
                "with save_pretrained"
            )
    raise ModelError(f"{folder}: {NAME} is missing; fetch or train the model again")


def weights_sha256(file: Path) -> str:
    """The sha256 of a weights file, once it is known to be whole.

    Raises:
        ModelError: the file cannot be read, is no safetensors file, or is cut short.
    """
    digest = hashlib.sha256()
    try:
        _check_whole(file)
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror})") from error
    return digest.hexdigest()


def read_weights(file: Path) -> dict[str, npt.NDArray[Any]]:
    """All tensors by name, in the file's own types.

    Raises:
        ModelError: a tensor is of a type that numpy lacks (bfloat16), or the file cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        weights = load_file(file)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{file}: cannot be read ({error}); fetch the model folder again") from error
    except (TypeError, AttributeError, KeyError) as error:
        raise ModelError(
            f"{file}: holds other types than float16 and float32; save it in one of them"
        ) from error
    odd = next(
        (name for name, values in weights.items() if values.dtype not in (np.float16, np.float32)), None
    )
    if odd is not None and weights[odd].dtype.kind != "i":
        raise ModelError(f"{file}: {odd} is {weights[odd].dtype}; save the weights in float16 or float32")
    return weights


def _check_whole(file: Path) -> None:
    size = file.stat().st_size
    damaged = ModelError(f"{file}: damaged, or no safetensors file; fetch the model folder again")
    with file.open("rb") as stream:
        header_size = int.from_bytes(stream.read(8), "little")
        if not 2 <= header_size <= min(size - 8, _LONGEST_HEADER):
            raise damaged
        try:
            header = json.loads(stream.read(header_size))
            ends = [int(entry["data_offsets"][1]) for name, entry in header.items() if name != "__metadata__"]
        except (
            *(ValueError, TypeError, KeyError, IndexError, AttributeError),
            *(OverflowError, RecursionError),  # an offset of infinity, lists in lists in lists
        ) as error:
            raise damaged from error
    expected = 8 + header_size + max(ends, default=0)
    if size != expected:
        raise ModelError(
            f"{file}: {size:,} bytes where its header says {expected:,}: cut short or damaged; "
            "fetch the model folder again"
        )
