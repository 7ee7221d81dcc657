"""Read the text of a PDF that this product drew."""

import re
import zlib

_STREAM = re.compile(rb"/FlateDecode[^>]*>>\s*stream\n(.*?)\nendstream", re.DOTALL)
_MAP = re.compile(rb"begincmap(.*?)endcmap", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>")
_SHOWN = re.compile(rb"BT(.*?)ET", re.DOTALL)
_STRING = re.compile(rb"\(((?:\\.|[^\\)])*)\)\s*Tj", re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_CONTROLS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(pdf: bytes) -> str:
    """Return the pieces of text, one a line; glyphs of the fallback font are left out."""
    found = _MAP.search(pdf)
    assert found is not None, "The PDF names no characters."
    characters = {
        int(glyph, 16): bytes.fromhex(code.decode()).decode("utf-16-be")
        for glyph, code in _PAIR.findall(found[1])
    }
    pages = [text for text in map(zlib.decompress, _STREAM.findall(pdf)) if b" Tf" in text]
    pieces = [
        b"".join(_ESCAPE.sub(_plain, part) for part in _STRING.findall(shown))
        for page in pages
        for shown in _SHOWN.findall(page)
    ]
    return "\n".join(
        "".join(
            characters.get(int.from_bytes(piece[at : at + 2]), "") for at in range(0, len(piece), 2)
        )
        for piece in pieces
        if piece
    )


def _plain(found: re.Match[bytes]) -> bytes:
    return _CONTROLS.get(found[1], found[1])
