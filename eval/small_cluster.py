"""A Ray cluster of several nodes on this machine, to be killed in parts: for trials and tests.

Its nodes are those of `ray.cluster_utils.Cluster`, on the loopback interface alone. The nodes live in this
process's children, but the process itself is no driver: what works on the cluster is a process of its own,
started with `environment`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self

# What Ray reads when it is imported: loopback alone, no reports of use, no files but in a folder of ours, and
# a token, without which nobody on this machine may use the cluster.
_SETTINGS = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": uuid.uuid4().hex,
}
_STORE_BYTES = 80 * 2**20
_TRIES = 5
_WORKER_SECONDS = 300


class SmallCluster:
    """A head without CPUs, and `nodes` nodes with `cpus` each; a context manager."""

    def __init__(self, nodes: int, cpus: int = 1) -> None:
        self._nodes = nodes
        self._cpus = cpus
        self._folder = ""
        self._cluster: Any = None
        self._workers: list[Any] = []

    def __enter__(self) -> Self:
        """Start the nodes.

        Raises:
            RuntimeError: Ray is already at work in this process, or will not start.
        """
        if "ray" in sys.modules and os.environ.get("RAY_AUTH_TOKEN") != _SETTINGS["RAY_AUTH_TOKEN"]:
            raise RuntimeError("Ray is already imported here, with other settings")
        # Short, for the paths of its sockets have a greatest length.
        self._folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
        os.environ.update(_SETTINGS | {"RAY_TMPDIR": self._folder})
        from ray.cluster_utils import Cluster

        head = {"include_dashboard": False, "include_log_monitor": False, "no_monitor": True}
        self._cluster = _patiently(
            lambda: Cluster(initialize_head=True, head_node_args=self._resources(0) | head)
        )
        for _ in range(self._nodes):
            self.add_node()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process of the cluster, and remove its files."""
        if self._cluster is not None:
            self._cluster.shutdown()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def address(self) -> str:
        """HOST:PORT of the head."""
        return str(self._cluster.address)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that is to work on the cluster."""
        return dict(os.environ)

    def add_node(self) -> None:
        """Let a node join."""
        self._workers.append(_patiently(lambda: self._cluster.add_node(**self._resources(self._cpus))))

    def restore(self, nodes: int) -> None:
        """Let nodes join until there are so many."""
        while len(self._workers) < nodes:
            self.add_node()

    def kill_node(self) -> list[int]:
        """Kill all processes of the newest node that has a worker; returns the workers' ids."""
        self._wait_for_workers()
        for node in reversed(self._workers):
            if workers := _workers_of(node):
                self._workers.remove(node)
                self._cluster.remove_node(node, allow_graceful=False)
                return workers
        raise RuntimeError("the workers ended by themselves")

    def kill_worker(self) -> int:
        """Kill a worker of the oldest node that has one; returns its process id."""
        worker = self._wait_for_workers()[0]
        os.kill(worker, signal.SIGKILL)
        return worker

    def worker_ids(self) -> list[int]:
        """The process ids of all workers, oldest node first."""
        return [worker for node in self._workers for worker in _workers_of(node)]

    def _wait_for_workers(self) -> list[int]:
        end = time.monotonic() + _WORKER_SECONDS
        while not (workers := self.worker_ids()):
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


def _patiently(start: Callable[[], Any]) -> Any:
    """Start something of Ray's; again where the machine was too busy for its time-outs."""
    import psutil

    before = psutil.Process().children(recursive=True)
    for _ in range(_TRIES):
        try:
            return start()
        except Exception as error:  # Ray raises nothing more special here.
            failure = error
        for process in psutil.Process().children(recursive=True):
            if process not in before:
                with suppress(psutil.Error):
                    process.kill()
    raise RuntimeError(f"Ray did not start in {_TRIES} tries: {failure}") from failure
