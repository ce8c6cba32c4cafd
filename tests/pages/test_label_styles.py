from __future__ import annotations

import pytest

from conflict_events.pages.label_styles import label_styles

PAPER, DARK_PAPER = "#fdfcf9", "#15171a"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("style", label_styles([f"label_{number}" for number in range(8)]))
def test_colours_can_be_read(style):
    assert contrast(style.on_light, PAPER) >= 4.5
    assert contrast(style.on_light, "#ffffff") >= 4.5
    assert contrast(style.on_dark, DARK_PAPER) >= 4.5


def test_labels_differ_without_colour():
    styles = label_styles(["advance", "airstrike", "casualty_report", "diplomatic_statement"])
    assert [style.code for style in styles] == ["Ad", "Ai", "Ca", "Di"]
    assert len({style.underline for style in styles}) == 4


def test_codes_stay_apart_for_labels_that_look_alike():
    codes = [style.code for style in label_styles(["aaa", "aa", "a", "aaaa", "???", "", "ال", "الا"])]
    assert len(set(codes)) == len(codes)
