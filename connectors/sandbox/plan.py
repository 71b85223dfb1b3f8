"""What the account's plan includes: addresses of features that it may lack, and how their lack answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from connectors.sandbox.refusals import RefusedError, forbidden, unknown_endpoint
from connectors.sandbox.state import Desk


class Feature(NamedTuple):
    """Everything below ``path`` belongs to a feature that ``fault`` takes away."""

    path: str
    fault: str
    refusal: Callable[[], RefusedError]


FEATURES = (
    Feature("/api/v2/slas/", "plan without service levels", forbidden),
    Feature("/api/v2/satisfaction_ratings", "plan without ratings", forbidden),
    Feature("/api/v2/guide/survey_responses", "plan without ratings", unknown_endpoint),
    Feature("/api/v2/custom_statuses", "plan without custom statuses", unknown_endpoint),
    Feature("/api/v2/webhooks", "webhooks not offered", unknown_endpoint),
)
"""Some lacks answer as a role that is too low, some as an address that does not exist."""


def check_plan(desk: Desk, path: str) -> None:
    """Refuse an address whose feature the account does not have."""
    for feature in FEATURES:
        if path.startswith(feature.path) and desk.trouble.strikes(feature.fault):
            raise feature.refusal()
