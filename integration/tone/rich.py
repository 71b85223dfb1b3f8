"""A draft from an editor that writes HTML, as the text that the customer will read."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_LINES = frozenset({"br", "div", "p", "li", "ul", "ol", "blockquote", "pre", "tr", "h1", "h2", "h3", "h4"})
_APART = frozenset({"p", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "h4"})
_SILENT = frozenset({"script", "style", "title"})


def text_of(html: str) -> str:
    """Lines and paragraphs as they are seen; whatever the markup is, no text is lost."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._silent += tag in _SILENT
        if tag == "li":
            self.parts.append("\n- ")
        elif tag in _LINES:
            self.parts.append("\n\n" if tag in _APART else "\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0
        if tag in _APART:
            self.parts.append("\n\n")
        elif tag == "div":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # What breaks a line here is told by the tags alone.
            self.parts.append(re.sub(r"\s+", " ", data))
