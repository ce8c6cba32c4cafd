"""The labelling config: Label Studio's XML, and the only place where the label set is defined."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from conflict_events.errors import AnnotationError

# No config of a real project comes near these.
LONGEST_XML = 2**20
DEEPEST_XML = 100
MOST_LABELS = 1000
LONGEST_LABEL = 200
SHIPPED = Path(__file__).with_name("labeling_config.xml")


@dataclass(frozen=True)
class LabelConfig:
    """What a labelling config says of the labels.

    `choice_name` and `text_name` are the names of its `Choices` and `Text` tags, which Label Studio calls
    `from_name` and `to_name`. `hints` holds the one-line description of each label that has one.
    """

    labels: tuple[str, ...]
    choice_name: str
    text_name: str
    hints: Mapping[str, str]
    path: Path
    xml: str


def read_label_config(path: str | Path | None = None) -> LabelConfig:
    """Read a labelling config; `None` is the shipped one.

    Raises AnnotationError for a file that is missing, is not a Label Studio config, or does not ask for any
    number of choices on the text `$sentence`.
    """
    path = SHIPPED if path is None else Path(path)
    try:
        xml = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise AnnotationError(f"{path}: cannot read the labelling config ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise AnnotationError(f"{path}: the labelling config is not UTF-8 text") from error
    return parse_label_config(xml, path)


def parse_label_config(xml: str, path: str | Path) -> LabelConfig:
    """Understand the XML of a labelling config; `path` names its origin in errors."""
    path = Path(path)
    choices, text = _choices_and_text(_parse(xml, path), path)
    labels: list[str] = []
    hints: dict[str, str] = {}
    for choice in choices.iter("Choice"):
        # Label Studio exports the alias, where there is one, in place of the value.
        label = (choice.get("alias") or choice.get("value") or "").strip()
        if not label:
            raise AnnotationError(f"{path}: a Choice has no value; give it one")
        if not label.isprintable() or len(label) > LONGEST_LABEL:
            raise AnnotationError(f"{path}: labels are names of up to {LONGEST_LABEL} printable characters")
        if label in labels:
            raise AnnotationError(f"{path}: the label '{label}' stands there twice; keep one")
        labels.append(label)
        if hint := choice.get("hint"):
            hints[label] = " ".join(hint.split())
        if len(labels) > MOST_LABELS:
            raise AnnotationError(f"{path}: more than {MOST_LABELS:,} labels; a labelling config has fewer")
    if not labels:
        raise AnnotationError(f"{path}: the Choices tag holds no Choice; add one for each label")
    return LabelConfig(tuple(labels), choices.attrib["name"], text.attrib["name"], hints, path, xml)


def presented_xml(config: LabelConfig) -> str:
    """The config as annotators get it: each label in its colour, with its hint beside it.

    Label Studio itself shows a Choice's hint only under the mouse pointer, and its colour not at all.
    """
    root = _parse(config.xml, config.path)
    for choice in root.iter("Choice"):
        label, hint, color = (choice.get(name, "") for name in ("value", "hint", "color"))
        if not choice.get("html"):
            style = f' style="color: {escape(color)}"' if color else ""
            choice.set("html", f"<b{style}>{escape(label)}</b> {escape(hint)}".rstrip())
    return ElementTree.tostring(root, encoding="unicode")


def _parse(xml: str, path: Path) -> ElementTree.Element:
    # Entities could blow a small file up to gigabytes, and no labelling config needs them.
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise AnnotationError(f"{path}: a labelling config must not declare a DOCTYPE or entities")
    if len(xml) > LONGEST_XML:
        raise AnnotationError(f"{path}: longer than the {LONGEST_XML:,} characters of a labelling config")
    builder = _Builder(path)
    try:
        parser = ElementTree.XMLParser(target=builder)
        parser.feed(xml)
        return parser.close()
    except (ElementTree.ParseError, UnicodeEncodeError) as error:
        raise AnnotationError(f"{path}: the labelling config is not well-formed XML ({error})") from error


class _Builder(ElementTree.TreeBuilder):
    """Builds the tree, and refuses one so deep that what walks it later would fail."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ElementTree.Element:
        self._depth += 1
        if self._depth > DEEPEST_XML:
            raise AnnotationError(f"{self._path}: the labelling config is nested deeper than {DEEPEST_XML}")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ElementTree.Element:
        self._depth -= 1
        return super().end(tag)


def _choices_and_text(
    root: ElementTree.Element, path: Path
) -> tuple[ElementTree.Element, ElementTree.Element]:
    found = list(root.iter("Choices"))
    if len(found) != 1:
        raise AnnotationError(f"{path}: needs exactly one Choices tag, has {len(found)}")
    choices = found[0]
    if choices.get("choice") != "multiple":
        raise AnnotationError(f'{path}: the Choices tag needs choice="multiple"')
    if not choices.get("name"):
        raise AnnotationError(f"{path}: the Choices tag needs a name")
    target = choices.get("toName")
    text = next((tag for tag in root.iter("Text") if target and tag.get("name") == target), None)
    if text is None or text.get("value") != "$sentence":
        raise AnnotationError(f'{path}: toName of Choices must name a Text tag with value="$sentence"')
    return choices, text
