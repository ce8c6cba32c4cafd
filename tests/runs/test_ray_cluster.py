"""A real cluster of several nodes on this machine: equal to the local engine, also when parts of it die."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from conflict_events.eval.benchmark.material import read_material, write_repeated
from conflict_events.eval.cluster_trial import COMMAND, NODE, WORKER, Parts, tag_locally, try_cluster
from conflict_events.eval.small_cluster import SmallCluster

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="Ray has clusters of several nodes on Linux"),
]
ARTICLES = 160


@pytest.fixture(scope="module")
def cluster() -> Iterator[SmallCluster]:
    pytest.importorskip("ray")  # with settings that are not the cluster's, as any other test may import it
    with SmallCluster(2) as started:
        yield started


@pytest.fixture(scope="module")
def articles(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    material = read_material([str(seeds)])
    return write_repeated(material.articles, ARTICLES, tmp_path_factory.mktemp("in") / "articles.jsonl")


@pytest.fixture(scope="module")
def reference(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return tag_locally(articles, tmp_path_factory.mktemp("local") / "out")


def test_the_cluster_listens_on_the_loopback_interface_alone(cluster: SmallCluster) -> None:
    import psutil

    processes = psutil.Process().children(recursive=True)
    listening = [
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections(kind="inet")
        if connection.status == "LISTEN"
    ]
    assert len(listening) > 3
    # Ray's processes choose between 127.0.0.1 and ::1 by what the machine offers: both are loopback.
    assert [one for one in listening if not ip_address(one.removeprefix("::ffff:")).is_loopback] == []


def test_a_cluster_ends_with_the_process_that_began_it() -> None:
    import psutil

    pytest.importorskip("ray")
    program = (
        "import time\n"
        "from conflict_events.eval.small_cluster import SmallCluster\n"
        "if __name__ == '__main__':\n"
        "    with SmallCluster(0) as cluster:\n"
        "        print(cluster.environment['RAY_TMPDIR'], flush=True)\n"
        "        time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        nodes = psutil.Process(owner.pid).children(recursive=True)
        assert any("gcs_server" in process.name() for process in nodes)
        assert folder.is_dir()
        owner.kill()
    _, alive = psutil.wait_procs(nodes, timeout=30)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    assert not folder.exists()


def test_an_undisturbed_cluster_writes_what_one_machine_writes(
    cluster: SmallCluster, articles: Path, reference: Parts, tmp_path: Path
) -> None:
    outcome = try_cluster(cluster, articles, tmp_path / "out", (), reference)
    assert outcome.articles == ARTICLES
    assert outcome.good, outcome


def test_nothing_is_lost_and_nothing_twice_when_a_worker_a_node_and_the_command_die(
    cluster: SmallCluster, articles: Path, reference: Parts, tmp_path: Path
) -> None:
    outcome = try_cluster(cluster, articles, tmp_path / "out", (WORKER, NODE, COMMAND), reference)
    assert len(outcome.killed) >= 3
    assert outcome.articles == ARTICLES
    assert outcome.good, outcome
