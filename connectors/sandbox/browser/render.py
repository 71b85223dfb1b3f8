"""Pages from templates: escaped always, no undefined names, and headers that let nothing else in."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

TEMPLATES = Environment(
    loader=PackageLoader("connectors.sandbox", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    template: str, status: int = 200, *, frame: str | None = None, onward: str | None = None, **values: Any
) -> HTMLResponse:
    """A whole page; ``frame`` is the origin of the one page that may be framed in it.

    ``onward`` is the origin that a form's answer may lead to: browsers hold redirects to the rule, too.
    """
    nonce = secrets.token_urlsafe(16)
    html = TEMPLATES.get_template(template).render(nonce=nonce, **values)
    return HTMLResponse(html, status, headers=_headers(nonce, frame, onward))


def origin(address: str) -> str:
    """Scheme, host and port of an address, as browsers write an origin."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _headers(nonce: str, frame: str | None, onward: str | None) -> dict[str, str]:
    framed = frame or "'none'"
    sent = f"'self' {onward}" if onward else "'self'"
    rules = (
        "default-src 'none'",
        f"script-src 'nonce-{nonce}'",
        f"style-src 'nonce-{nonce}'",
        "img-src data:",
        f"frame-src {framed}",
        f"form-action {sent}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(rules),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
