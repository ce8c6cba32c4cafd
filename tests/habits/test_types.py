"""What a user's type checker sees of the package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Each line that asks has its answer beside it.
SCRIPT = """
from conflict_events import EventTagger, TaggedText, read_articles, to_pandas

tagger = EventTagger.from_pretrained("model")
reveal_type(tagger.tag("text"))  # conflict_events.tagged_text.TaggedText
reveal_type(tagger.tag("text")[0].labels)  # tuple[str, ...]
reveal_type(tagger.labels)  # tuple[str, ...]
reveal_type(tagger(["text"]))  # dict[str, list[Any]]
reveal_type(tagger.push_to_hub("anna/events"))  # str
for article in tagger.tag_articles(read_articles("inbox/")):
    reveal_type(article)  # conflict_events.articles.TaggedArticle
shown: TaggedText = tagger.tag("text")
to_pandas([shown.article], tagger.labels)
tagger.tag(3)  # error
tagger.scores  # error
"""


@pytest.mark.integration
def test_a_users_script_is_checked(tmp_path: Path) -> None:
    packages = tmp_path / "typed" / "conflict_events"
    packages.mkdir(parents=True)
    for path in (ROOT / "model").iterdir():
        (packages / path.name).symlink_to(path)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    settings = tmp_path / "mypy.ini"
    settings.write_text(f"[mypy]\nstrict = True\nmypy_path = {packages.parent}\nfollow_imports = silent\n")
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", settings, "--cache-dir", tmp_path / "cache", script],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    messages = {
        int(line.split(":")[1]): line
        for line in result.stdout.splitlines()
        if line.startswith(str(script)) or line.startswith("script.py")
    }
    for number, line in enumerate(SCRIPT.splitlines(), start=1):
        _, _, expected = line.partition("  # ")
        if expected == "error":
            assert ": error:" in messages[number]
        elif expected:
            assert f'Revealed type is "{expected}"' in messages[number].replace("builtins.", "")
        else:
            assert number not in messages, result.stdout
