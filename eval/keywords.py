"""Keyword rules by the codebook: what an afternoon with regular expressions gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from conflict_events.errors import DataError
from conflict_events.eval.baselines import Scores, halves
from conflict_events.training.data import Example

_SEIZED = r"captur\w+|recaptur\w+|seiz\w+|retak\w+|retook|liberat\w+|overr[au]n\w*|storm(?:ed|ing)"
_PLACE = r"town|village|city|province|district|area|base|airport|hill|neighbou?rhood|territory|road|border"
_AIRCRAFT = r"warplanes?|jets?|helicopters?|drones?|aircraft|fighter planes?|bombers?"
_STRUCK = r"bomb|hit|str[iu]k|target|attack|pound|raid"
_COUNTED = (
    r"people|civilians?|soldiers?|fighters?|militants?|terrorists?|children|women|men|rebels"
    r"|\d+|dozens|hundreds|scores|several|many"
)
_SPEAKER = (
    r"minist(?:er|ry)|president|secretary|spokes(?:man|woman|person)|envoys?|ambassador|government|council"
    r"|united nations|u\.?n\.?|eu|kremlin|white house|state department|foreign|moscow|washington|ankara"
    r"|tehran|damascus|riyadh|officials?|opposition|nato|coalition"
)
_STATED = (
    r"condemn\w*|warn\w*|accus\w+|demand\w*|urg(?:e|es|ed|ing)|call(?:s|ed|ing)? (?:for|on)|vow\w*|reject\w*"
    r"|welcom\w+|den(?:y|ies|ied)|agree[ds]?|offer(?:s|ed)|stress\w*|reiterat\w+|support(?:s|ed)?|said"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A label is given where `pattern` is found, unless `unless` is found too."""

    pattern: re.Pattern[str]
    unless: re.Pattern[str]


def _rule(pattern: str, unless: str) -> Rule:
    return Rule(re.compile(rf"\b(?:{pattern})\b", re.I), re.compile(rf"\b(?:{unless})\b", re.I))


RULES = {
    "advance": _rule(
        rf"(?:{_SEIZED})|advanc(?:e[ds]?|ing)|(?:took|take[ns]?|taking|regain\w*|gain\w*) (?:full )?control"
        rf"|(?:enter|reach|approach|push|cross)(?:ed|es|ing)? (?:\w+ ){{0,4}}(?:{_PLACE})"
        r"|encircl\w+|surround(?:ed|ing)|(?:launch\w*|began|start\w*) (?:\w+ ){0,4}(?:offensive|assault)"
        r"|(?:driv\w+|drove|pushed) (?:\w+ ){0,3}(?:out|back)|cut(?:ting)? (?:\w+ ){0,3}road",
        r"plan\w* to|want\w* to|repel\w*|repuls\w*|foil\w*|thwart\w*|if|withdr\w+|would|could",
    ),
    "airstrike": _rule(
        r"air[- ]?(?:strikes?|raids?|campaign|attacks?|cover|bombardment|offensive)|barrel bombs?"
        r"|aerial (?:\w+ )?(?:bomb\w+|attacks?|strikes?)"
        rf"|(?:{_AIRCRAFT}) (?:\w+ ){{0,4}}(?:{_STRUCK}|fire|launch|carr)\w*"
        rf"|(?:{_STRUCK})\w* (?:\w+ ){{0,4}}by (?:\w+ ){{0,3}}(?:{_AIRCRAFT})",
        r"no[- ]fly|shot down|shoot down|crashed",
    ),
    "casualty_report": _rule(
        r"(?:was|were|been|being|have|has|had|left|leaving|least|including|and) (?:\w+ ){0,4}"
        r"(?:killed|wounded|injured|martyred|executed|assassinated|dead)"
        rf"|(?:kill|wound|injur|execut|assassinat|martyr|eliminat)(?:ed|ing|s) (?:\w+ ){{0,5}}(?:{_COUNTED})"
        rf"|(?:{_COUNTED}) (?:\w+ ){{0,3}}(?:killed|wounded|injured|dead|died|martyred)"
        r"|death toll|bodies|corpses|casualties|heavy losses|died|deaths",
        r"no (?:\w+ )?(?:casualties|injuries|deaths|one was)|nobody was|without casualties|risk of death",
    ),
    "diplomatic_statement": _rule(
        rf"(?:{_SPEAKER})\b.{{0,80}}\b(?:{_STATED})|(?:{_STATED})\b.{{0,40}}\b(?:{_SPEAKER})"
        r"|peace talks?|negotiat\w+|ceasefires?|cease-fires?|truces?|sanctions|resolutions?|summit|mediat\w+"
        r"|de-escalation|talks|diplomatic|diplomats?",
        r"observatory|monitor\w*|activists?|residents|medics?|doctors?|witness\w*|analysts?",
    ),
}


class KeywordRules:
    """Scores of 0 and 1 by the rules above; nothing is learned.

    Raises DataError for labels that there are no rules for.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        if unknown := [label for label in labels if label not in RULES]:
            raise DataError(f"there are no keyword rules for {', '.join(unknown)}; leave out this baseline")
        self._labels = tuple(labels)

    @property
    def thresholds(self) -> npt.NDArray[np.float32]:
        """One half: the rules give 0 or 1."""
        return halves(self._labels)

    def fit(self, examples: Sequence[Example]) -> None:
        """Do nothing: the rules are the codebook's."""

    def scores(self, examples: Sequence[Example]) -> Scores:
        """1 where a label's rule finds something, else 0; [n, labels]."""
        rules = [RULES[label] for label in self._labels]
        rows = [
            [
                bool(rule.pattern.search(example.text)) and not rule.unless.search(example.text)
                for rule in rules
            ]
            for example in examples
        ]
        return np.array(rows, dtype=np.float32).reshape(len(examples), len(rules))
