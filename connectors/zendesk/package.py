"""The app that an admin uploads into the account: a manifest, its words, and logos that are drawn here.

The page itself comes from the installation; the package holds no script and no secret.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from connectors.zendesk.signed import LOCATIONS

LOGOS = {"assets/logo.png": 320, "assets/logo-small.png": 128}
"""The sizes that the vendor asks for, in pixels."""

WORDS: Mapping[str, str] = {
    "en": "Who this customer is, how to sound and where to answer.",
    "de": "Wer das ist, welcher Ton passt und auf welchem Weg man antwortet.",
    "fr": "Qui est ce client, quel ton adopter et par quel canal répondre.",
    "es": "Quién es este cliente, con qué tono hablarle y por dónde responder.",
    "pt": "Quem é este cliente, que tom usar e por onde responder.",
    "ja": "このお客様について、適した口調と返信方法を示します。",
    "ar": "من هو هذا العميل، وبأي نبرة وعبر أي قناة يكون الرد.",
}
"""What the app says of itself, by language."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Equal packages are equal files."""
_BLUE, _WHITE, _CLEAR = (31, 115, 183, 255), (255, 255, 255, 255), (31, 115, 183, 0)
_FINE = 3
"""Points in a row of one pixel: their average is its colour, so that edges are smooth."""

Colour = tuple[int, int, int, int]


def package(address: str, version: str) -> bytes:
    """The zip to upload, for an installation that others reach at ``address``.

    Raises ValueError for an address that the vendor refuses: it takes https, and http on localhost.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname != "localhost":
        raise ValueError("the help desk frames https pages only, and http://localhost for trying")
    files: dict[str, bytes] = {"manifest.json": _json(_manifest(address.rstrip("/"), version))}
    for language, text in WORDS.items():
        words = {"name": "Deskcue", "short_description": text}
        files[f"translations/{language}.json"] = _json({"app": words})
    for name, size in LOGOS.items():
        files[name] = _png(size, square=name == "assets/logo.png")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _manifest(address: str, version: str) -> dict[str, object]:
    page = {"url": f"{address}/zendesk/sidebar", "flexible": True}
    return {
        "name": "Deskcue",
        "author": {"name": "Deskcue"},
        "defaultLocale": "en",
        "private": True,
        "location": {"support": dict.fromkeys(LOCATIONS, page)},
        "version": version,
        "frameworkVersion": "2.0",
        "signedUrls": True,
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def _png(size: int, *, square: bool) -> bytes:
    """The logo as a picture of that many pixels each way; not ``square`` has round and clear corners."""
    raw = b"".join(b"\x00" + bytes(_row(size, y, square=square)) for y in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _row(size: int, y: int, *, square: bool) -> Iterator[int]:
    steps = [(step + 0.5) / _FINE for step in range(_FINE)]
    for x in range(size):
        points = [_at((x + dx) / size, (y + dy) / size, square=square) for dx in steps for dy in steps]
        yield from (round(sum(point[part] for point in points) / len(points)) for part in range(4))


def _at(x: float, y: float, *, square: bool) -> Colour:
    """A speech bubble with a cue's three lines, on a tile; both coordinates run from 0 to 1."""
    if not square and not _rounded(x, y, 0, 0, 1, 1, 0.2):
        return _CLEAR
    lines = any(_rounded(x, y, 0.28, top, right, top + 0.07, 0.035) for top, right in _LINES)
    tail = 0.66 <= y <= 0.84 and 0.3 <= x <= 0.3 + (0.84 - y)
    bubble = _rounded(x, y, 0.16, 0.18, 0.84, 0.68, 0.12) or tail
    return _WHITE if bubble and not lines else _BLUE


_LINES = ((0.29, 0.72), (0.4, 0.6), (0.51, 0.66))


def _rounded(x: float, y: float, left: float, top: float, right: float, bottom: float, radius: float) -> bool:
    if not (left <= x <= right and top <= y <= bottom):
        return False
    dx = max(left + radius - x, x - right + radius, 0)
    dy = max(top + radius - y, y - bottom + radius, 0)
    return dx * dx + dy * dy <= radius * radius
