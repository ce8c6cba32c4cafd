"""Parts of patterns: who signs news, and the words that tell prose from furniture."""

from __future__ import annotations

AGENCIES = (
    r"(?:Getty(?: Images)?|Reuters|REUTERS|AFP|AP|EPA(?:-EFE)?|EFE|Anadolu(?: Agency)?|AA|DPA|Xinhua|TASS"
    r"|RIA Novosti|Sputnik|SANA|IRNA|ISNA|Fars|Tasnim|UPI|PA|NurPhoto|ANHA|Al[ -]?Jazeera|AL JAZEERA"
    r"|PTI|ANI|IANS|Interfax|Ukrinform|Kyodo|Yonhap|(?:The )?Associated Press|Agence France-Presse"
    r"|Alamy|Shutterstock|(?:[Nn]ews )?[Aa]gencies)"
)
NETWORKS = (
    r"(?:Facebook|Twitter|X\b|Instagram|YouTube|Telegram|WhatsApp|LinkedIn|TikTok|Threads|Bluesky"
    r"|Google News|Google\+|RSS|Pinterest|Reddit|Messenger|VK|Flipboard|social media)"
)
_NAME = r"(?:[A-Z][\w.'’-]{0,30}|al-[A-Z]\w{0,30}|el-[A-Z]\w{0,30}|de|van|von|bin|ibn|der|la|le)"
NAMES = rf"{_NAME}(?: {_NAME}){{0,4}}"
_KINDS_OF_OUTLET = r"(?:News|Agency|Agencies|Times|Post|Press|TV|Online|Network|Staff|Desk)"
OUTLET = rf"(?:{AGENCIES}|(?:[A-Z][\w.'’&-]{{0,30}} ){{0,4}}{_KINDS_OF_OUTLET})"

POSTED = r"(?:last )?(?:updated|published|posted|modified)"

SPEECH = (
    r"\b(?:said|says|told|wrote|tweeted|added|urged|called|warned|reads|asked|announced|claimed"
    r"|pleaded)\b"
)
"""How sentences report what somebody said."""
SILENT = rf"(?:(?!{SPEECH})[^.?!])"
"""A character of a phrase in which nobody is quoted."""
TEASER = r"(?:.{0,250}[^.]|.{0,247}\.\.\.)?"
"""A headline: the full stop at its end tells a sentence from it."""
SHOWN = r"(?!.*\b(?:show(?:s|ed|n|ing)?|depict(?:s|ed)?|said|says|captured?|appears?|appeared|purport\w*)\b)"
"""Nothing is told of what a picture shows, as it is in sentences that begin like a credit."""
