"""Which sentences are quotations whose speaker only the text before them names."""

from __future__ import annotations

import pytest

from conflict_events.quotations import names_no_speaker


@pytest.mark.parametrize(
    ("sentence", "before"),
    [
        ('"We shall not answer it."', "The envoy spoke."),
        ("“We shall not answer it.”", "The envoy spoke."),
        ("« Nous refusons. »", "The envoy spoke."),
        ('"We shall not answer it.', "The envoy spoke."),  # goes on in the next
        ('We shall not answer it."', 'The envoy spoke. "It is an insult.'),
        ('We shall not answer it," he said.', 'The envoy spoke. "It is an insult.'),
        ('"It is an insult," she added, "and we refuse."', "The envoy spoke."),
        ("We shall not answer it.", 'The envoy spoke. "It is an insult.'),
        ("We shall not answer it.", "The envoy spoke. “It is an insult."),
        ("It is the army's, and theirs.", '"We took the town.'),
    ],
)
def test_quotations_that_name_no_speaker(sentence: str, before: str) -> None:
    assert names_no_speaker(sentence, before)


@pytest.mark.parametrize(
    ("sentence", "before"),
    [
        ("The army took the town.", "The envoy spoke."),
        ("The army took the town.", '"It is an insult," the envoy said.'),
        ("The army took the town.", 'The envoy spoke. "It is an insult."'),
        ('"It is an insult," the envoy said.', "The envoy spoke."),
        ('The envoy called it "an insult".', "Talks went on."),
        ('Asked about the offer, he said: "No."', "The envoy spoke."),
        ('The "truce" held.', 'He called it "a truce'),
        ('It measured 12" across.', "The envoy spoke."),
        ('The rocket was 12".', "The envoy spoke."),
        ('The minister gave a speech."', "The envoy spoke."),
        ('"We fight on—", the minister said.', "The envoy spoke."),
        ('""', "The envoy spoke."),
        ("...", '"It is an insult.'),
        ("", ""),
    ],
)
def test_all_else(sentence: str, before: str) -> None:
    assert not names_no_speaker(sentence, before)
