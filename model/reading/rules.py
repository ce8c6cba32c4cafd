r"""What furniture looks like: a table of named rules, each a reason and a pattern of a whole line.

To add a rule, add a line to `RULES` (or a phrase to phrases.py) and a case to
tests/reading/test_furniture.py. Rules err on the side of keeping: a pattern must not match what a person
could have written as a sentence of an article. Repetitions are bounded or of one class of characters, so
that matching takes linear time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .reasons import (
    ADVERTISEMENT,
    AGENCY,
    BYLINE,
    CAPTION,
    COOKIES,
    COPYRIGHT,
    CREDIT,
    DATE,
    DISCLAIMER,
    DUMP,
    LINK,
    NAVIGATION,
    NEWSLETTER,
    READING_TIME,
    SOCIAL,
    TAGS,
)
from .vocabulary import AGENCIES, NAMES, NETWORKS, OUTLET, POSTED, SHOWN, SILENT, SPEECH, TEASER

LONGEST = 320
"""Characters of the longest line or sentence that a rule is tried on."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A reason, the pattern of a whole line or sentence, and what it must hold in lower case to be tried."""

    reason: str
    pattern: re.Pattern[str]
    needs: str = ""


def _rule(reason: str, *patterns: str, needs: str = "", ignore_case: bool = True) -> Rule:
    options = "".join(f"|(?:{pattern})" for pattern in patterns)[1:]
    return Rule(reason, re.compile(f"(?i:{options})" if ignore_case else options), needs)


RULES = (
    _rule(
        LINK,
        # A colon, bar or arrow tells the teaser from "Read more slowly, he said."
        r"[\[(*>•·»\s]*(?:(?:read|see|watch) (?:more|also|next|the full (?:story|article|report))"
        rf"|also (?:read|see|watch)|click here)(?: (?:on|about) [^:.?!]{{1,40}})?\s*[:|>»→]{TEASER}",
        r"(?:related|further reading|must read|more on this|don['’]t miss|editor['’]?s['’]? picks?)"
        r"(?: (?:article|story|stories|news|link|topic|content|coverage|post|reading"
        rf"|video)s?)?\s*[:|>»→]{TEASER}",
        r"read (?:more|also|next|the full (?:story|article|report))(?: here)?[ .…>»→]{0,5}",
        r"(?:click|tap) here (?:to|for) (?:read|see|view|watch|more|the|our|subscribe|sign|join"
        rf"|download)\b{SILENT}{{0,150}}\.?",
        r"(?:click|tap) to (?:print|enlarge|expand|e-?mail|view|play|unmute)\b[^.?!,]{0,60}",
        r"https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}",
    ),
    _rule(
        LINK,
        r"(?:READ MORE|READ ALSO|ALSO READ|SEE ALSO|WATCH MORE)\b.{0,200}[^.!?\"”']",
        r"More (?:on|from)(?: [A-Z][\w-]{1,30}){1,4}",
        ignore_case=False,
    ),
    _rule(
        CREDIT,
        rf"{SHOWN}(?:image|photo|picture|photograph|video|graphic|map|illustration|cover)s? ?"
        r"(?:credit|courtesy|source|copyright)s?\s*(?:[:/|–-]|of\b|by\b).{1,200}",
        r"(?:image|photo|media) (?:source|copyright|credit),? .{1,100}[^.]",
        r"credits?\s*:.{1,100}[^.]",
        r"(?:file )?(?:photo|image|picture|photograph|illustration)\s*[:/|].{1,120}",
        r"(?:file|handout) (?:photo|image|picture)\.?",
        r"[([](?:photo|image|picture|file)\b[^()\[\]]{0,120}[)\]]",
        rf"[(\[]?{AGENCIES}(?:/[\w .-]{{1,40}}){{1,3}}[)\]]?",
    ),
    _rule(
        CREDIT,
        rf"{SHOWN}(?:File )?(?:Photo|Image|Picture|Photograph|PHOTO|IMAGE)s? (?:by|BY) [A-Z].{{0,100}}[^.]",
        r"\(?(?:AP|AFP|Reuters|EPA|File|FILE) (?:[Pp]hoto|PHOTO)(?:\s?[/:].{1,80})?\)?",
        ignore_case=False,
    ),
    _rule(
        CAPTION,
        # A mark after a full stop signs a sentence of the article; a caption has none before its mark.
        r"[^\[\]]{3,250}[^.!?\"”'’\s\[\]]\s*\[(?:(?:[Ff]ile|[Pp]hoto)(?: photo| by)?\s*:?\s*)?"
        rf"(?:[\w .'’-]{{1,60}}[/|,]\s?)?{AGENCIES}"
        r"(?:[/,| ][\w .'’-]{1,60})?\]",
        needs="]",
        ignore_case=False,
    ),
    _rule(CAPTION, r"(?:Image|Media) caption[,:]? [A-Z].{3,250}", ignore_case=False),
    _rule(
        CAPTION,
        r"[^()]{3,250}[^.!?\"”'’\s()]\s*\((?:[Ff]ile photo|Getty(?: Images)?|[Pp]hotos?\s?(?:by|:)[^()]{1,60}"
        r"|(?:AP|AFP|EPA|Reuters) [Pp]hoto(?:/[^()]{1,60})?"
        rf"|(?:[\w .'’-]{{1,60}}/){{1,3}}{AGENCIES}|{AGENCIES}(?:/[\w .'’-]{{1,60}}){{1,3}})\)",
        needs=")",
        ignore_case=False,
    ),
    _rule(
        COPYRIGHT,
        r"(?:©|\(c\) ?copyright|&copy;).{0,200}",
        r"(?:\(c\)|copyright(?:ed)?)\s*(?:©|\(c\)|:|\d{4}(?! (?:was|saw|is)\b)).{0,200}",
        r"all rights reserved(?:\s*[.,;:|/(©–-].{0,100})?",
        r"this material may not be published, .{0,80}",
    ),
    _rule(COPYRIGHT, rf"Copyright {AGENCIES}(?: \d{{4}})?", ignore_case=False),
    _rule(COPYRIGHT, r"[^.!?]{0,60}(?:\d{4}|[,|–-]) ?all rights reserved\.?", needs="rights reserved"),
    _rule(
        READING_TIME,
        r"(?:about )?\d{1,3}[ -]?min(?:ute)?s?\.?(?: to)? read(?:ing)?(?: time)?\.?",
        r"(?:estimated )?reading time\s*:?(?: about)?\s*\d[^.?!]{0,20}\.?",
        r"(?:video )?duration:? \d[\d:]{0,7}(?: minutes?(?: \d{1,2} seconds?)?)?",
    ),
    _rule(
        DATE,
        rf"(?:{POSTED}\s*:?\s*)?\d{{1,3}} (?:second|minute|min|hour|hr|day|week|month|year)s? ago",
        rf"{POSTED} (?:at )?\d{{1,2}}[.:]\d\d ?(?:[ap]m)?(?: [a-z]{{2,4}})?",
        r"this (?:article|story) is (?:more than|over) \d{1,2} (?:year|month)s? old\.?",
    ),
    _rule(
        NAVIGATION,
        r"(?:\d[\d.,]{0,9}k? )?(?:views?|shares?|comments?|likes?|retweets?)(?:\s*:?\s*\d[\d.,]{0,9}k?)?",
        r"(?:page )?\d{1,4} of \d{1,4}|page \d{1,4}(?:/\d{1,4})?|comments? \(\d{1,6}\)",
        r"list (?:of \d{1,2} items?|\d{1,2} of \d{1,2})|end of list",
        r"(?:you are here: )?home(?:\s*[>»›/|]\s*[\w &-]{1,30}){1,6}",
        r"(?:share|tweet|print|e-?mail|save|pin|whatsapp|facebook|twitter|telegram|reddit|linkedin|copy link"
        r"|font size|[\s|/•·,&]){2,40}",
        r"(?:leave|post|add|write) a (?:comment|reply)(?: below| here| on this (?:story|article))?",
        r"(?:skip|back|jump|go) to (?:main content|content|top|homepage|home|navigation|article|footer)",
    ),
    _rule(
        NAVIGATION,
        rf"{SILENT}{{0,80}}\b(?:enable javascript|javascript is disabled){SILENT}{{0,80}}\.?",
        needs="javascript",
    ),
    _rule(NAVIGATION, r"your browser does not support .{2,60}"),
    _rule(
        SOCIAL,
        rf"(?:follow|like|find|join|connect with|visit) (?:us|our page|the author|@\w{{1,30}})(?: live)?"
        rf" (?:on|via)[\s:]{{1,3}}"
        rf"{NETWORKS}{SILENT}{{0,120}}\.?",
        rf"follow @?[\w.-]{{1,30}}(?: [\w.-]{{1,30}}){{0,3}} on {NETWORKS}"
        rf"(?:(?:,? and |,? or |, )(?:on )?{NETWORKS}){{0,5}}(?:[\s:,]{{1,3}}@\w{{1,30}})?\.?",
        rf"follow (?:@\w{{1,30}}|our {NETWORKS} (?:channel|page|account|feed))",
        rf"for (?:more|the latest){SILENT}{{0,60}}, follow (?:us|our)\b{SILENT}{{0,120}}\.?",
        rf"(?:click to )?(?:share|tweet|post) (?:this|it|on|via|to)(?: (?:article|story|post|news|page|on"
        rf"|via|to|with)){{0,5}}"
        rf"(?: {NETWORKS})?(?: \(opens in new window\))?",
        r"(?:[#@][\w-]{1,60}[\s,]{0,3}){1,20}",
        rf"subscribe (?:to )?[\w .-]{{1,40}} on {NETWORKS}{SILENT}{{0,200}}\.?",
        rf"join our (?:telegram|whatsapp|viber|facebook|youtube)\b{SILENT}{{0,100}}\.?",
    ),
    _rule(
        NEWSLETTER,
        r"(?:sign up|subscribe|register)(?: now| today| here| free)? (?:for|to) (?:our|the|get"
        rf"|receive|breaking)\b{SILENT}{{0,80}}"
        r"\b(?:newsletters?|inbox|alerts?|updates|mailing list|channel|briefing|e-?mails?)\b"
        rf"{SILENT}{{0,60}}[.!]?",
        rf"(?:get|receive) {SILENT}{{0,80}}\b(?:delivered|sent|straight|direct(?:ly)?) (?:to|into) your"
        rf" (?:inbox|e-?mail)\b{SILENT}{{0,60}}[.!]?",
        r"enter your e-?mail(?: address)?\b[^.?!]{0,60}[.!]?",
        r"your e-?mail address(?: will not be published\b.{0,60})?",
    ),
    _rule(
        COOKIES,
        rf"(?:we|this (?:web)?site|our (?:web)?site|our partners|we and our partners) uses?"
        rf" cookies\b{SILENT}{{0,280}}[.!]?",
        rf"by (?:continuing|using|browsing|clicking)\b{SILENT}{{0,60}}\b(?:site|website|page|app|services?"
        rf"|accept|continue|button)\b{SILENT}{{0,80}}\byou (?:agree|accept|consent)\b{SILENT}{{0,150}}\.?",
        r"(?:accept|reject|manage|allow) (?:all )?cookies(?: settings| preferences)?",
    ),
    _rule(ADVERTISEMENT, r"[-—\s]{0,9}(?:story|article) continues (?:below|after)\b[^.?!]{0,60}"),
    _rule(TAGS, r"(?:tags?|keywords?|topics?|filed under|categor(?:y|ies)|hashtags?)\s*:[^.?!]{0,300}"),
    _rule(
        BYLINE,
        rf"(?:By|BY|Written by|Author:) {NAMES}(?:(?:,| and| &| \||,? in| of| for| with) {NAMES}){{0,5}}",
        rf"(?:By|BY) {OUTLET}(?: (?:and|with) {OUTLET}){{0,2}}",
        rf"{NAMES}, {OUTLET}",
        ignore_case=False,
    ),
    _rule(
        AGENCY,
        r"[([](?:Additional |With )?(?:[Rr]eporting|[Ww]riting|[Ee]diting|[Cc]ompiled|[Tt]ranslated|[Ee]dited"
        r"|[Ww]ritten|[Ii]nputs?) (?:by|from) [A-Z].{0,280}[)\]]\.?",
        r"[([](?:With )?[Aa]gencies[)\]]\.?",
        r"(?!.*\b(?:is|was|are|were|has|had|have|not)\b)"
        r"(?:Reporting|Writing|Editing|Additional reporting) by [A-Z][^.?!;]{2,150}; ?(?:[Aa]dditional )?"
        r"(?:[Rr]eporting|[Ww]riting|[Ee]diting)\b[^?!]{0,150}",
        rf"(?:Reporting|Writing|Editing|Additional reporting|Edited|Translated) by:? {NAMES}"
        rf"(?:(?:,| and| in|, [Ww]riting by|, [Ee]diting by) {NAMES}){{0,5}}",
        r"Editor: [a-z]{2,20}",
        rf"\(?(?:(?:With )?(?:[Ff]iles|[Ii]nputs?) from (?:the )?{OUTLET}|[Ww]ith agency inputs)\)?\.?",
        r"\(?(?:Except for the headline, )?[Tt]his story has not been edited by .{2,150}",
        r"Our Standards: ?The Thomson Reuters Trust Principles\.?",
        r"[-–(#\s]{0,4}ENDS?[-–)#\s]{0,4}(?:/\d{4})?",
        r"\((?:Sources?|Via): [^()]{1,80}\)(?: ?(?:Twitter|Facebook))?\.?",
        rf"Sources?:? {NAMES}(?:, {NAMES})? and agencies\.?",
        rf"(?:Sources?|Via|SOURCES?)\s*:\s*{OUTLET}(?:(?:,|/| and| \+| &)\s?{OUTLET}){{0,4}}\.?",
        rf"[-–—(\[\s]{{0,4}}(?:With )?{AGENCIES}(?:(?:,|/| and| \+| &)\s?{AGENCIES}){{0,4}}[)\]]?",
        r"This (?:article|story|piece) (?:was |has been )?(?:first |originally )?(?:published|appeared(?! to)"
        r"|updated(?! by)|republished)\b[^?!:;]{0,150}",
        ignore_case=False,
    ),
    _rule(
        AGENCY,
        rf"[^?!]{{0,100}}\b(?:{AGENCIES}|Press|writers?|reporters?|correspondents?|staff"
        rf"|bureau)\b[^?!]{{0,80}}"
        r" contributed (?:reporting )?to this (?:report|story|article)\.?",
        needs="contributed",
        ignore_case=False,
    ),
    _rule(
        DISCLAIMER,
        r"(?:disclaimer:? ?)?(?:the )?(?:views|opinions) expressed (?:in this (?:article|piece)|here"
        rf"|are those of the author|by the author){SILENT}{{0,250}}\.?",
    ),
    # The initials of who wrote and edited: "S/SH 11", "SSH 11", "rev/ab (AFP, Reuters)".
    _rule(
        AGENCY, rf"[a-z]{{2,3}}/[a-z]{{2,3}}(?: \({AGENCIES}(?:, {AGENCIES}){{0,4}}\))?", ignore_case=False
    ),
    _rule(
        AGENCY, r"[A-Z]{1,4}(?:/[A-Z]{1,4}){1,4}(?: \d{1,4})?|[A-Z]{2,4} (?:- )?\d{1,3}", ignore_case=False
    ),
    _rule(
        DUMP,
        r"[\"'][\w-]{1,60}[\"']\s*:\s*(?:\"[^\"]{0,250}\"|'[^']{0,250}'|-?\d[\d.]{0,20}|true|false|null|[\[{].{0,250})"
        r"[\s,\]}]{0,9}",
        r"</?[a-z][^<>]{0,300}>|<(?:script|style|iframe)\b.{0,290}>",
        r"\[/?(?:caption|embed|gallery|video|audio|ad_\d)\b[^\]]{0,200}\].{0,200}",
        r"\{[{%][^{}]{0,200}[%}]\}|(?:&(?:nbsp|amp|#\d{1,5});\s{0,3}){1,20}",
        r"[.#@][\w-]{1,60}[^{}.?!]{0,80}\{[^{}]{0,200}[:{][^{}]{0,200}\}[\s}]{0,9}",
        r"<!--.{0,300}-->",
    ),
)

ANY = re.compile("|".join(rule.pattern.pattern for rule in RULES if not rule.needs))
"""Matches what any rule matches that is always worth trying: one call instead of twenty."""

TAIL = re.compile(
    r"(?:(?<=[.!?\"”’')\]])|(?<=\s)|^)(?:©|&copy;|Copyright ©|\([cC]\) \d{4})[^.!?]{0,120}(?:\. ?All rights"
    r" reserved)?\.?$"
    r"|(?:(?<=[.!?\"”’')\]])|(?<=[.!?\"”’')\]]\s))All rights reserved\.?$"
    r"|Post navigation$"
)
"""Furniture glued to the end of a line of prose."""

TAIL_SIGNS = ("©", "&copy;", "Copyright", "(c)", "(C)", "reserved", "Post navigation")
"""Without any of these near the end of a line, `TAIL` need not be searched."""

DATA = re.compile(r"(?:string\(\d{1,9}\)\s{0,3}\")?\[?\{\s{0,3}\"\w{1,40}\"\s{0,3}:\s{0,3}[\"\d\[{tfn-]")
"""Where JSON (or PHP's dump of it) begins in a line; it reaches to the last bracket."""

CODE = re.compile(
    r"(?:(?:array|string|int|float)\([\d.]{1,20}\)|bool\((?:true|false)\)|object\(\w{1,60}\)#)"
    r"|(?:var|let|const) \w{1,60}\s{0,3}=.{0,300};|\(?function\s{0,3}\w{0,60}\s{0,3}\([\w, ]{0,99}\)\s{0,3}\{"
    r"|(?:window|document|googletag|adsbygoogle|jQuery|\$)(?:\.\w{1,40}){1,5}(?:\s{0,3}=|\()"
    r"|(?:jQuery|\$)\((?:document|window|function|this|[\"'])|<!\[CDATA"
)
"""How a line of program code begins."""

COMMENT_RULE = re.compile(
    r"(?=.{0,600}\b(?:comments|commenting|commenters?|moderat(?:es all|ed|ion|ors?)|guidelines|profanity"
    r"|vulgarity)\b)"
    rf"(?!.*{SPEECH})"
    r"(?=.{0,600}\b(?:our|your|we|us|all comments)\b)[^\"“”]{1,600}",
    re.IGNORECASE,
)
"""A line of a site's rules for comments, recognised as such only below a heading such as "Comments"."""

SAYS_WHEN = re.compile(rf"(?:first )?{POSTED}\b", re.IGNORECASE)
"""What a date line says of its date."""
