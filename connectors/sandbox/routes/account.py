"""The account's settings, as far as clients look at them."""

from __future__ import annotations

from connectors.sandbox.call import Answer, Call, Row, ok


def settings(call: Call) -> Answer:
    """What the account uses; read only, for agents."""
    trouble = call.desk.trouble
    tagging = not trouble.strikes("user tagging off")
    rated = "plan without ratings" not in trouble.rates
    return ok(
        settings={
            "active_features": {
                "business_hours": True,
                "customer_satisfaction": rated,
                "light_agents": True,
                "on_hold_status": True,
                "organization_access_enabled": True,
                "ticket_forms": False,
                "ticket_tagging": True,
                "user_org_fields": True,
                "user_tagging": tagging,
            },
            "api": {"accepted_api_agreement": True, "api_token_access": "true"},
            "localization": {"locale_ids": [1]},
            "tickets": {"agent_collision": True, "status_hold": True, "tagging": True},
            "user": {"multiple_organizations": False, "tagging": tagging, "time_zone_selection": True},
        }
    )


ROWS = (Row("GET", "/api/v2/account/settings", settings),)
