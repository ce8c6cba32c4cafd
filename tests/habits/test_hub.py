"""Saving, pushing, and the card."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conflict_events import EventTagger, ModelError
from conflict_events.hub import read_card
from conflict_events.model_folder import SHIPPED, load_model_folder

from .conftest import COMMIT, Hub

SENTENCES = ["The army took the town.", "Air strikes killed nine.", "It rained."]
PUSH = """
from conflict_events import EventTagger, ModelError
try:
    print(EventTagger.from_pretrained(device="cpu").push_to_hub("anna/events", private=True))
except ModelError as error:
    print("ModelError:", error)
"""
LOAD = """
from conflict_events import EventTagger
print(EventTagger.from_pretrained("anna/events", device="cpu").version)
"""

COPY = """
from conflict_events import EventTagger
from conflict_events.scripts.cli import main
EventTagger.from_pretrained("anna/events", device="cpu").save_pretrained("{folder}")
main(["card", "anna/events"])
"""


def with_hub(code: str, address: str, token: str, home: Path) -> str:
    """Run code in a process for which the hub stands at `address`; return all that it says."""
    environment = {
        **os.environ,
        "HF_ENDPOINT": address,
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(home),
        "HF_TOKEN": token,
        "HF_DEBUG": "",
    }
    process = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return process.stdout


def test_a_saved_model_is_the_same_model(tagger: EventTagger, tmp_path: Path) -> None:
    saved = tagger.save_pretrained(tmp_path / "new" / "model")
    again = EventTagger.from_pretrained(saved, device="cpu")
    assert again.version == tagger.version
    assert (again.score(SENTENCES) == tagger.score(SENTENCES)).all()
    assert read_card(again.folder) == read_card(tagger.folder)


def test_saving_leaves_out_what_is_not_the_model(tmp_path: Path) -> None:
    trained = shutil.copytree(SHIPPED, tmp_path / "trained")
    (trained / "checkpoint.pt").write_bytes(b"")
    saved = EventTagger.from_pretrained(trained, device="cpu").save_pretrained(tmp_path / "saved")
    assert {path.name for path in saved.iterdir()} == {path.name for path in SHIPPED.iterdir()}


def test_saving_a_model_onto_itself_keeps_it(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "model")
    tagger = EventTagger.from_pretrained(folder, device="cpu")
    tagger.save_pretrained(folder)
    assert load_model_folder(folder).version == tagger.version


def test_saving_where_a_file_stands(tagger: EventTagger, tmp_path: Path) -> None:
    (tmp_path / "model").write_text("a file")
    with pytest.raises(ModelError, match=r"model: the model cannot be saved there"):
        tagger.save_pretrained(tmp_path / "model")


def test_a_folder_that_changed_meanwhile_is_not_passed_off_as_the_model(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "model")
    tagger = EventTagger.from_pretrained(folder, device="cpu")
    config = folder / "config.json"
    advance = f'"advance": {tagger.thresholds["advance"]}'
    config.write_text(config.read_text().replace(advance, '"advance": 0.99'))
    with pytest.raises(ModelError, match="it has changed"):
        tagger.save_pretrained(tmp_path / "saved")


@pytest.mark.integration
def test_push_and_load_again(hub: Hub, tagger: EventTagger, tmp_path: Path) -> None:
    said = with_hub(PUSH, hub.address, hub.token, tmp_path)
    assert f"/anna/events/commit/{COMMIT}" in said
    assert hub.token not in said
    assert hub.created[0]["visibility"] == "private"
    assert hub.files == {path.name: path.read_bytes() for path in SHIPPED.iterdir()}
    assert with_hub(LOAD, hub.address, hub.token, tmp_path).splitlines()[-1] == tagger.version


@pytest.mark.integration
def test_a_model_from_the_hub_has_its_card_and_licence(hub: Hub, tmp_path: Path) -> None:
    hub.files = {path.name: path.read_bytes() for path in SHIPPED.iterdir()} | {"checkpoint.pt": b"0"}
    hub.files["LICENSE"] = b"Do what you like.\n"
    said = with_hub(COPY.format(folder=tmp_path / "copy"), hub.address, hub.token, tmp_path / "home")
    assert said.endswith((SHIPPED / "README.md").read_text(encoding="utf-8"))
    del hub.files["checkpoint.pt"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "copy").iterdir()} == hub.files


@pytest.mark.integration
def test_a_refused_push_says_what_to_do_and_not_the_token(hub: Hub, tmp_path: Path) -> None:
    said = with_hub(PUSH, hub.address, "hf_wrong", tmp_path)
    assert "ModelError: anna/events: not pushed to the hub (" in said
    assert "hf auth login" in said
    assert "hf_wrong" not in said
    assert hub.files == {}


@pytest.mark.integration
def test_a_push_without_a_network(tmp_path: Path) -> None:
    said = with_hub(PUSH, "http://127.0.0.1:9", "hf_secret", tmp_path)
    assert "ModelError: anna/events: not pushed to the hub (" in said


def test_the_hub_reads_the_card() -> None:
    from huggingface_hub import ModelCard

    card = ModelCard.load(SHIPPED / "README.md").data
    assert (card.license, card.pipeline_tag, card.library_name) == (
        "apache-2.0",
        "text-classification",
        "transformers",
    )
    assert card.base_model == "sentence-transformers/all-MiniLM-L6-v2"
    assert [result.metric_type for result in card.eval_results or ()] == ["f1"]
