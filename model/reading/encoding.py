"""Bytes to text, and text to sound text.

Encodings are detected, mojibake is mended with ftfy, characters that break tools are removed. Only damage is
mended: quotes, ligatures, widths and normalisation stay as the author left them.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftfy import TextFixerConfig

# Encodings of news that is not UTF-8; detection among all that Python knows takes short texts for exotic
# ones.
_LEGACY = [
    "cp1252",
    "cp1256",
    "cp1251",
    "cp1250",
    "cp1254",
    "cp1255",
    "koi8_u",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_jp",
    "euc_kr",
]
# What browsers read for names that pages declare (WHATWG Encoding Standard): the larger set of each pair.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF", "a PDF file"),
    (b"PK\x03\x04", "a zip archive (or .docx, .xlsx, .epub)"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "an SQLite database"),
)
_HIGH = re.compile(rb"[\x80-\xff]")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Control characters, marks of byte order, and halves of surrogate pairs, which no encoder takes.
_UNSOUND = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]")
SURROGATE = re.compile("[\ud800-\udfff]")
# A line whose characters are all of these is no mojibake, which saves asking ftfy (30 times the rest of the
# reading).
_ODD = re.compile("[^\x00-\x7f\xa0£§«°·»\u0590-\u06ff\u2000-\u200f‐-―‘’“”•…‹›€\u3000-\u9fff\uac00-\ud7a3]")


def binary_kind(data: bytes) -> str | None:
    """What sort of binary file starts with `data`; None for text of any encoding."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if any(data.startswith(mark) for mark, _ in _MARKS) or _utf16_without_mark(data):
        return None
    sample = data[:65536]
    return "a binary file" if 20 * len(_CONTROL.findall(sample)) > len(sample) else None


def decode(data: bytes, declared: str | None = None) -> str:
    """Decode by the byte order mark, as UTF-8, as `declared`, or by what the bytes look like; never fails."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace").removeprefix("\ufeff")
    if utf16 := _utf16_without_mark(data):
        return data.decode(utf16, "replace")
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data)
        # A last character cut in two by whoever cut the file is dropped, if others show that it is UTF-8.
        if not text.isascii() or len(text) == len(data):
            return text
    except UnicodeDecodeError:
        pass
    if declared is not None:
        try:
            name = codecs.lookup(declared).name
            return data.decode(_SUPERSETS.get(name, name))
        except (UnicodeDecodeError, LookupError):
            pass
    lines = data.splitlines(keepends=True)
    if len(lines) > 1 and any(_is_utf8(line) and not line.isascii() for line in lines):
        # Files joined of several sources: each line has its own encoding.
        return "".join(line.decode("utf-8") if _is_utf8(line) else _decode_legacy(line) for line in lines)
    return _decode_legacy(data)


def mend(text: str) -> str:
    """Mend mojibake and remove what is no text: control characters go, lone surrogates become U+FFFD."""
    if _UNSOUND.search(text):
        if SURROGATE.search(text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        text = _UNSOUND.sub("", text)
    if text.isascii() or not _ODD.search(text):
        return text
    return "".join(_mend_line(line) if _ODD.search(line) else line for line in text.splitlines(keepends=True))


def _utf16_without_mark(data: bytes) -> str | None:
    sample = data[:4096]
    half = len(sample) // 2
    if half < 2:
        return None
    if 10 * sample[1::2].count(0) > 4 * half > 10 * 4 * sample[::2].count(0):
        return "utf-16-le"
    if 10 * sample[::2].count(0) > 4 * half > 10 * 4 * sample[1::2].count(0):
        return "utf-16-be"
    return None


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode_legacy(data: bytes) -> str:
    sound = data.decode("utf-8", "ignore")
    if 4 * (len(data) - len(sound.encode())) < len(sound.encode()) - len(sound.encode("ascii", "ignore")):
        # UTF-8 with a few damaged bytes.
        return data.decode("utf-8", "replace")
    # Latin letters with accents, and quotes, are few among ASCII; other scripts fill the text.
    if 10 * len(_HIGH.findall(data)) > len(data):
        from charset_normalizer import from_bytes

        best = from_bytes(data[: 2**20], cp_isolation=_LEGACY).best()
        if best is not None:
            return data.decode(best.encoding, "replace")
    return data.decode("cp1252", "replace")


def _mend_line(line: str) -> str:
    from ftfy import fix_encoding

    return fix_encoding(line, _ftfy_config())


@lru_cache(maxsize=1)
def _ftfy_config() -> TextFixerConfig:
    from ftfy import TextFixerConfig

    return TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        remove_control_chars=False,
        normalization=None,
        explain=False,
    )
