from __future__ import annotations

import subprocess
import sys

import pytest

# A script that looks at the first article and ends, while the model still works on the others.
SCRIPT = """
from conflict_events import Article, EventTagger
texts = (f"The army took hill {n}. Nine people were killed near bridge {n}." for n in range(3000))
articles = (Article(str(n), text) for n, text in enumerate(texts))
tagged = EventTagger.from_pretrained().tag_articles(articles)
print(next(tagged).article.id)
"""


@pytest.mark.integration
def test_a_script_may_end_in_the_midst_of_a_stream() -> None:
    result = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout, result.stderr) == (0, "0\n", "")
