"""Installed apps, for admins: which there are, and the public key of each."""

from __future__ import annotations

from connectors.sandbox.apps import APP, INSTALLATION
from connectors.sandbox.call import Answer, Call, Row, listing
from connectors.sandbox.refusals import not_found
from connectors.sandbox.wire import stamp


def installations(call: Call) -> Answer:
    """The app that the ticket pages frame, if there is one."""
    app = call.desk.app
    if app is None:
        return listing("installations", [])
    at = stamp(app.installed_at)
    shown = {
        "id": INSTALLATION,
        "app_id": APP,
        "product": "support",
        "enabled": True,
        "collapsible": True,
        "settings": {"name": "Deskcue", "title": "Deskcue"},
        "settings_objects": [],
        "created_at": at,
        "updated_at": at,
    }
    return listing("installations", [shown])


def public_key(call: Call) -> Answer:
    """The key itself, which is no JSON."""
    app = call.desk.app
    if app is None or call.id() != APP:
        raise not_found()
    return Answer(200, app.public_key.encode())


ROWS = (
    Row("GET", "/api/v2/apps/installations", installations, admin=True),
    Row("GET", "/api/v2/apps/{id}/public_key.pem", public_key, admin=True),
)
