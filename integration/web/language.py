"""In which language a request is answered."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Scope

from integration.words import Words, speaking

DESK = "locale"
"""Where a request's state holds the locale of the desk's setting."""

_MOST = 10
"""Of the languages that a browser names."""


def spoken(scope: Scope) -> Words:
    """What the address asks for, else what the browser prefers, else the desk's setting, else English.

    Whatever a request brings is answered: what is no locale, or none of ours, is passed over.
    """
    preferred = _preferred(Headers(scope=scope).get("accept-language", ""))
    return speaking(*_asked(scope), *preferred, *_set(scope))


def _asked(scope: Scope) -> list[str]:
    try:
        return parse_qs(scope.get("query_string", b"").decode("ascii")).get("locale", [])[:1]
    except ValueError:
        return []


def _preferred(header: str) -> list[str]:
    """``de-AT,de;q=0.9,en;q=0.8``, best first; a weight that is none counts as a refusal."""
    weighed = []
    for part in header[:400].replace(" ", "").split(",")[:_MOST]:
        tag, _, weight = part.partition(";q=")
        weighed.append((_weight(weight), tag))
    return [tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight > 0]


def _weight(text: str) -> float:
    try:
        return min(float(text), 1.0) if text else 1.0
    except ValueError:
        return 0.0


def _set(scope: Scope) -> list[str]:
    return [scope["state"][DESK]] if DESK in scope.get("state", {}) else []
