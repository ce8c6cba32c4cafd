"""The labelling config: what is read from it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from conflict_events.annotations.label_config import parse_label_config, presented_xml, read_label_config
from conflict_events.errors import AnnotationError

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")


def config(choices: str = '<Choice value="flood"/>', attributes: str = 'choice="multiple"') -> str:
    return (
        '<View><Text name="t" value="$sentence"/>'
        f'<Choices name="c" toName="t" {attributes}>{choices}</Choices></View>'
    )


def test_the_shipped_config_defines_the_four_labels_with_hints() -> None:
    shipped = read_label_config()
    assert shipped.labels == LABELS
    assert (shipped.choice_name, shipped.text_name) == ("events", "sentence")
    assert all(shipped.hints[label] for label in LABELS)


def test_hotkeys_of_the_shipped_config_are_those_of_the_codebook() -> None:
    assert [f'hotkey="{key}"' in read_label_config().xml for key in "ascd"] == [True] * 4


def test_the_codebook_has_a_chapter_for_every_label_and_its_hint() -> None:
    shipped = read_label_config()
    codebook = shipped.path.with_name("codebook.md").read_text(encoding="utf-8")
    for label in LABELS:
        assert f"\n## {label}\n" in codebook
        assert shipped.hints[label] in codebook


def test_adding_a_choice_adds_a_label(tmp_path: Path) -> None:
    path = tmp_path / "own.xml"
    path.write_text(config('<Choice value="flood"/><Choice value="fire" hint="it\n  burns"/>'))
    own = read_label_config(path)
    assert own.labels == ("flood", "fire")
    assert own.hints == {"fire": "it burns"}


def test_an_alias_is_the_label_since_label_studio_exports_it() -> None:
    assert parse_label_config(config('<Choice value="Flood!" alias="flood"/>'), "x").labels == ("flood",)


def test_annotators_see_hint_and_colour_beside_each_label() -> None:
    own = parse_label_config(config('<Choice value="a &amp; b" hint="x &lt; y" color="#123456"/>'), "x")
    shown = parse_label_config(presented_xml(own), "x")
    assert shown.labels == own.labels
    assert "&lt;b style=&quot;color: #123456&quot;&gt;a &amp;amp; b&lt;/b&gt; x &amp;lt; y" in shown.xml


@pytest.mark.parametrize(
    ("xml", "complaint"),
    [
        ("<View><Text", "not well-formed"),
        ("<View/>", "exactly one Choices"),
        (config(attributes='choice="single"'), 'choice="multiple"'),
        (config(choices=""), "no Choice"),
        (config('<Choice value="a"/><Choice value="a"/>'), "stands there twice"),
        (config('<Choice hotkey="a"/>'), "no value"),
        (config().replace("$sentence", "$text"), "$sentence"),
        (config().replace('toName="t"', 'toName="u"'), "toName"),
        ('<!DOCTYPE x [<!ENTITY a "b">]>' + config(), "DOCTYPE"),
    ],
)
def test_a_config_that_cannot_serve_is_refused_with_its_name(xml: str, complaint: str) -> None:
    with pytest.raises(AnnotationError, match=r"^own\.xml: ") as caught:
        parse_label_config(xml, "own.xml")
    assert complaint in str(caught.value)


def test_a_missing_config_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"nowhere\.xml: cannot read"):
        read_label_config(tmp_path / "nowhere.xml")
