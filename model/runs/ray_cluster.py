"""A Ray cluster to work on, named or made of this machine's cores, and how workers fit on its nodes."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from conflict_events.errors import MissingExtraError
from conflict_events.runs.errors import RunError

MOST_CPUS = 4
"""CPUs of a worker, at most, if nothing else is said: with more, a lost worker takes more work with it."""

_CONNECT_SECONDS = 10
# Ray then takes the loopback address for this machine's own, where it otherwise listens on all interfaces.
_LOOPBACK_ALONE = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"


@dataclass(frozen=True, slots=True)
class Workers:
    """How many workers at the start, and what each has; `most` is None where they grow with the cluster."""

    at_start: int
    most: int | None
    cpus: int
    gpus: float


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Be the driver of a Ray cluster for as long as the block lasts.

    `address` is HOST:PORT of the head node, or "auto" for the cluster that this machine is a node of; None
    for what RAY_ADDRESS says and, without it, for a cluster of this machine alone, which nobody else can
    reach and which ends with the block. A program that is connected already stays so, whatever `address`.

    Raises:
        MissingExtraError: Ray is not installed.
        RunError: there is no such cluster, or it does not take this driver (another version of Ray or Python,
            a token that is missing).
    """
    address = address or os.environ.get("RAY_ADDRESS") or None
    if "ray" not in sys.modules and address is None:
        os.environ[_LOOPBACK_ALONE] = "0"  # read by Ray when it is imported
    try:
        import ray
    except ImportError:
        raise MissingExtraError("--engine ray", "cluster") from None
    if ray.is_initialized():
        yield
        return
    if address is None and os.environ.get(_LOOPBACK_ALONE) != "0":
        raise RunError("Ray is imported but not connected: call ray.init first, or name a cluster")
    _check_address(address)
    with _signals_kept():
        try:
            _connect(address)
        # Ray raises what it happens upon; all of it says that there is no cluster to work on.
        except (RuntimeError, ValueError, OSError, TimeoutError) as error:
            ray.shutdown()
            reason = " ".join(str(error).split()) or type(error).__name__
            raise RunError(f"no Ray cluster at {address or 'this machine'}: {reason}") from error
    try:
        yield
    finally:
        ray.shutdown()


def fit_workers(
    nodes: Sequence[Mapping[str, float]], *, workers: int | None, cpus: int | None, gpus: float
) -> Workers:
    """Size the workers for nodes, each given by its resources ("CPU", "GPU").

    Where `cpus` is not given a worker gets what leaves the fewest GPUs, then CPUs, without work, at most
    `MOST_CPUS`. Without `workers` there are as many as there is room for, also when nodes join later.

    Raises:
        RunError: not one worker fits, and `workers` does not say that nodes are to come.
    """
    sizes = [cpus] if cpus else range(1, MOST_CPUS + 1)
    room = {size: sum(_room(node, size, gpus) for node in nodes) for size in sizes}
    enough = {size: count for size, count in room.items() if count >= (workers or 1)} or room
    best = max(enough, key=lambda size: (bool(gpus) * enough[size], enough[size] * size, size))
    if not room[best] and workers is None:
        having = "no CPUs" if not any(node.get("CPU") for node in nodes) else "too few CPUs or GPUs"
        asked = f"{best} CPUs" + (f" and {gpus:g} GPUs" if gpus else "")
        raise RunError(
            f"no worker with {asked} fits on a node: the cluster's nodes have {having}; ask for less "
            "(--cpus-per-worker, --gpus-per-worker), or, if nodes are to come, say how many (--workers)"
        )
    return Workers(max(1, min(room[best], workers or room[best])), workers, best, gpus)


def living_nodes() -> list[Mapping[str, float]]:
    """The resources of the nodes that are alive."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def _room(node: Mapping[str, float], cpus: int, gpus: float) -> int:
    by_cpus = int(node.get("CPU", 0) // cpus)
    # Several workers may share a GPU, but none has parts of two.
    per_gpu = int(1 // gpus) if 0 < gpus < 1 else 0
    by_gpus = int(node.get("GPU", 0)) * per_gpu if per_gpu else int(node.get("GPU", 0) // (gpus or 1))
    return min(by_cpus, by_gpus) if gpus else by_cpus


def _connect(address: str | None) -> None:
    import ray

    options: dict[str, Any] = {"address": address or "local", "log_to_driver": False}
    if address is None:
        options["include_dashboard"] = False
    # What happens to workers is told by what they hand back; Ray's own messages fill screens.
    ray.init(**options, logging_level=logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)


def _check_address(address: str | None) -> None:
    """Refuse, at once, an address at which nothing listens: Ray itself would go on trying for minutes."""
    if address is None or address in ("auto", "local"):
        return
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdigit():
        raise RunError(
            f"--ray-address {address}: give HOST:PORT of the head node, or auto; this command runs on a node "
            "of the cluster"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise RunError(f"--ray-address {address}: nothing answers there ({error})") from error


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Keep this program's answer to SIGTERM, which Ray replaces by its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
