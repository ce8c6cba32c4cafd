"""A Ray cluster of several nodes on this machine, to be killed in parts: for trials and tests.

Its nodes are those of `ray.cluster_utils.Cluster`, on the loopback interface alone. They are the children of
a process of its own, since Ray reads its settings when it is imported, which may have happened here already;
that process is no driver either: what works on the cluster is another one, started with `environment`.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

# What Ray reads when it is imported: loopback alone, no reports of use, no files but in a folder of ours, and
# a token, without which nobody on this machine may use the cluster.
_SETTINGS = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
}
_STORE_BYTES = 80 * 2**20
_TRIES = 5
_WORKER_SECONDS = 300

_Result = TypeVar("_Result")


class SmallCluster:
    """A head without CPUs, and `nodes` nodes with `cpus` each; a context manager."""

    def __init__(self, nodes: int, cpus: int = 1) -> None:
        self._count = nodes
        self._cpus = cpus
        self._settings: dict[str, str] = {}
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        """Start the nodes.

        Raises:
            RuntimeError: Ray will not start.
        """
        with ExitStack() as opened:
            # Short, for the paths of its sockets have a greatest length.
            folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
            opened.callback(shutil.rmtree, folder, ignore_errors=True)
            self._settings = _SETTINGS | {"RAY_AUTH_TOKEN": uuid.uuid4().hex, "RAY_TMPDIR": folder}
            spawned = multiprocessing.get_context("spawn")
            self._host = opened.enter_context(
                ProcessPoolExecutor(1, spawned, _Nodes.begin, (self._settings, self._cpus))
            )
            opened.callback(self._end)
            self._do(_Nodes.start_head)
            self.restore(self._count)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process of the cluster, and remove its files."""
        self._opened.close()

    @property
    def address(self) -> str:
        """HOST:PORT of the head."""
        return self._do(_Nodes.address)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that is to work on the cluster."""
        return os.environ | self._settings

    def add_node(self) -> None:
        """Let a node join."""
        self._do(_Nodes.add)

    def restore(self, nodes: int) -> None:
        """Let nodes join until there are so many."""
        for _ in range(self._do(_Nodes.count), nodes):
            self.add_node()

    def kill_node(self) -> list[int]:
        """Kill all processes of the newest node that has a worker; returns the workers' ids."""
        return self._do(_Nodes.kill_node)

    def kill_worker(self) -> int:
        """Kill a worker of the oldest node that has one; returns its process id."""
        return self._do(_Nodes.kill_worker)

    def _end(self) -> None:
        with suppress(BrokenProcessPool):  # the host is gone, and its nodes with it
            self._do(_Nodes.end)

    def _do(self, what: Callable[[_Nodes], _Result]) -> _Result:
        return self._host.submit(_Nodes.do, what).result()


class _Nodes:
    """The nodes, in the process that starts them."""

    _here: ClassVar[_Nodes]

    def __init__(self, cpus: int) -> None:
        self._cpus = cpus
        self._cluster: Any = None
        self._workers: list[Any] = []

    @classmethod
    def begin(cls, settings: dict[str, str], cpus: int) -> None:
        """Be the host: heed no Ctrl-C, which is for its parent, and end with that."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.environ.update(settings)
        cls._here = cls(cpus)
        threading.Thread(target=cls._end_with_parent, args=[settings["RAY_TMPDIR"]], daemon=True).start()

    @classmethod
    def _end_with_parent(cls, folder: str) -> None:
        parent = multiprocessing.parent_process()
        assert parent is not None
        parent.join()
        _kill_children()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    @classmethod
    def do(cls, what: Callable[[_Nodes], _Result]) -> _Result:
        return what(cls._here)

    def start_head(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"include_dashboard": False, "include_log_monitor": False, "no_monitor": True}
        self._cluster = _patiently(
            lambda: Cluster(initialize_head=True, head_node_args=self._resources(0) | head)
        )

    def end(self) -> None:
        if self._cluster is not None:
            self._cluster.shutdown()

    def address(self) -> str:
        return str(self._cluster.address)

    def count(self) -> int:
        return len(self._workers)

    def add(self) -> None:
        self._workers.append(_patiently(lambda: self._cluster.add_node(**self._resources(self._cpus))))

    def kill_node(self) -> list[int]:
        self._wait_for_workers()
        for node in reversed(self._workers):
            if workers := _workers_of(node):
                self._workers.remove(node)
                self._cluster.remove_node(node, allow_graceful=False)
                return workers
        raise RuntimeError("the workers ended by themselves")

    def kill_worker(self) -> int:
        worker = self._wait_for_workers()[0]
        os.kill(worker, signal.SIGKILL)
        return worker

    def _wait_for_workers(self) -> list[int]:
        end = time.monotonic() + _WORKER_SECONDS
        while not (workers := [worker for node in self._workers for worker in _workers_of(node)]):
            if time.monotonic() > end:
                raise RuntimeError("no node has a worker")
            time.sleep(0.1)
        return workers

    def _resources(self, cpus: int) -> dict[str, Any]:
        # With ports that are known a node need not wait for its agents, which a busy machine starts slowly.
        ports = (
            "metrics_agent_port",
            "metrics_export_port",
            "runtime_env_agent_port",
            "dashboard_agent_listen_port",
        )
        return {
            "num_cpus": cpus,
            "node_ip_address": "127.0.0.1",
            "object_store_memory": _STORE_BYTES,
            **dict(zip(ports, _free_ports(len(ports)), strict=True)),
        }


def _workers_of(node: Any) -> list[int]:
    import psutil

    found = []
    for process in node.all_processes["raylet"]:
        for child in psutil.Process(process.process.pid).children(recursive=True):
            try:
                command = " ".join(child.cmdline())
            except psutil.Error:
                continue
            if command.startswith("ray::") and "TagUnits" in command:
                found.append(child.pid)
    return found


def _free_ports(count: int) -> list[int]:
    with ExitStack() as opened:
        sockets = [opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def _kill_children(but: Sequence[Any] = ()) -> None:
    import psutil

    for process in psutil.Process().children(recursive=True):
        if process not in but:
            with suppress(psutil.Error):
                process.kill()


def _patiently(start: Callable[[], Any]) -> Any:
    """Start something of Ray's; again where the machine was too busy for its time-outs."""
    import psutil

    before = psutil.Process().children(recursive=True)
    for _ in range(_TRIES):
        try:
            return start()
        except Exception as error:  # Ray raises nothing more special here.
            failure = error
        _kill_children(but=before)
    raise RuntimeError(f"Ray did not start in {_TRIES} tries: {failure}") from failure
