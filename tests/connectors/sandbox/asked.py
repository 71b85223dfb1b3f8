"""One request for every route of users, organizations, tickets and what belongs to them.

Rows are method, path of the route, what is asked (see ``known`` in the tests), and the body. They run in
this order on one desk, so what a row makes or deletes is there, or gone, for those after it.
"""

from __future__ import annotations

from typing import Any

Asked = tuple[str, str, str, Any]


def reads(*paths: str) -> tuple[Asked, ...]:
    """Routes without ids that are read as they are and by cursor."""
    return tuple(
        ("GET", f"/api/v2/{path}", f"/api/v2/{path}{query}", None)
        for path in paths
        for query in ("", "?page%5Bsize%5D=2")
    )


def one(method: str, path: str, target: str, body: Any = None) -> Asked:
    return method, f"/api/v2/{path}", f"/api/v2/{target}", body


PERSON = {"user": {"name": "Cleo", "email": "cleo@else.example", "phone": "+15550001", "tags": ["new"]}}
COMPANY = {"organization": {"name": "Else", "domain_names": ["else.example"]}}
IDENTITY, COMMENT = "users/{id}/identities/{identity}", "tickets/{id}/comments/{comment}"
DRAFT = {"subject": "Many", "comment": {"body": "Broken"}}

PEOPLE: tuple[Asked, ...] = (
    *reads("users", "users/count", "users/me", "groups", "groups/count", "groups/assignable"),
    *reads("groups/default", "group_memberships", "group_memberships/assignable", "organization_memberships"),
    *reads("organizations", "organizations/count", "deleted_users", "deleted_users/count"),
    one("POST", "users", "users", PERSON),
    one("POST", "users/create_or_update", "users/create_or_update", PERSON),
    one("GET", "users/search", "users/search?query=ana"),
    one("GET", "users/autocomplete", "users/autocomplete?name=an"),
    one("POST", "users/autocomplete", "users/autocomplete", {"name": "an"}),
    one("GET", "users/show_many", "users/show_many?ids={owner},{person}"),
    one("GET", "users/{id}", "users/{person}?include=organizations,groups,identities"),
    one("PUT", "users/{id}", "users/{person}", {"user": {"notes": "Kind", "email": "more@else.example"}}),
    one("GET", "users/{id}/related", "users/{person}/related"),
    one("GET", "users/{id}/organizations", "users/{person}/organizations"),
    one("GET", "users/{id}/organizations/count", "users/{person}/organizations/count"),
    one("GET", "users/{id}/groups", "users/{owner}/groups"),
    one("GET", "users/{id}/groups/count", "users/{owner}/groups/count"),
    one("GET", "users/{id}/identities", "users/{person}/identities"),
    one(
        "POST", "users/{id}/identities", "users/{person}/identities",
        {"identity": {"type": "email", "value": "third@else.example"}},
    ),
    one("GET", "users/{id}/identities/{identity}", "users/{person}/identities/{identity}"),
    one(
        "PUT", "users/{id}/identities/{identity}", "users/{person}/identities/{identity}",
        {"identity": {"verified": True}},
    ),
    *(
        one("PUT", f"{IDENTITY}/{verb}", f"users/{{person}}/identities/{{identity}}/{verb}")
        for verb in ("make_primary", "verify", "request_verification")
    ),
    one("DELETE", "users/{id}/identities/{identity}", "users/{person}/identities/{identity}"),
    *(
        one("GET", f"users/{{id}}/tickets/{kind}{end}", f"users/{{person}}/tickets/{kind}{end}")
        for kind in ("requested", "assigned", "ccd", "followed")
        for end in ("", "/count")
    ),
    one("GET", "users/{id}/organization_memberships", "users/{person}/organization_memberships"),
    one("GET", "users/{id}/organization_memberships/{membership}",
        "users/{person}/organization_memberships/{membership}"),
    one("PUT", "users/{id}/organization_memberships/{membership}/make_default",
        "users/{person}/organization_memberships/{membership}/make_default"),
    one("PUT", "users/{id}/organizations/{organization}/make_default",
        "users/{person}/organizations/{company}/make_default"),
    one("GET", "organization_memberships/{id}", "organization_memberships/{membership}"),
    one("DELETE", "users/{id}/organization_memberships/{membership}",
        "users/{person}/organization_memberships/{membership}"),
    one("POST", "users/{id}/organization_memberships", "users/{person}/organization_memberships",
        {"organization_membership": {"organization_id": "{company}"}}),
    one("DELETE", "users/{id}/organizations/{organization}", "users/{person}/organizations/{company}"),
    one("POST", "organization_memberships", "organization_memberships",
        {"organization_membership": {"user_id": "{person}", "organization_id": "{company}"}}),
    one("DELETE", "organization_memberships/{id}", "organization_memberships/{next_membership}"),
    one("POST", "organization_memberships/create_many", "organization_memberships/create_many",
        {"organization_memberships": [{"user_id": "{person}", "organization_id": "{company}"}]}),
    one("DELETE", "organization_memberships/destroy_many", "organization_memberships/destroy_many?ids=1"),
    one("GET", "users/{id}/group_memberships", "users/{owner}/group_memberships"),
    one("GET", "users/{id}/group_memberships/{membership}", "users/{owner}/group_memberships/{seat}"),
    one("PUT", "users/{id}/group_memberships/{membership}/make_default",
        "users/{owner}/group_memberships/{seat}/make_default"),
    one("POST", "groups", "groups", {"group": {"name": "Night shift"}}),
    one("POST", "users/{id}/group_memberships", "users/{owner}/group_memberships",
        {"group_membership": {"group_id": "{next_group}"}}),
    one("DELETE", "users/{id}/group_memberships/{membership}", "users/{owner}/group_memberships/{next_seat}"),
    one("POST", "group_memberships", "group_memberships",
        {"group_membership": {"user_id": "{owner}", "group_id": "{next_group}"}}),
    one("GET", "group_memberships/{id}", "group_memberships/{seat}"),
    one("DELETE", "group_memberships/{id}", "group_memberships/{seat}"),
    one("GET", "groups/{id}", "groups/{next_group}"),
    one("PUT", "groups/{id}", "groups/{next_group}", {"group": {"description": "After ten"}}),
    one("GET", "groups/{id}/users", "groups/{next_group}/users"),
    one("GET", "groups/{id}/users/count", "groups/{next_group}/users/count"),
    one("GET", "groups/{id}/memberships", "groups/{next_group}/memberships"),
    one("GET", "groups/{id}/memberships/assignable", "groups/{next_group}/memberships/assignable"),
    one("GET", "groups/autocomplete", "groups/autocomplete?name=nig"),
    one("DELETE", "groups/{id}", "groups/{next_group}"),
    one("POST", "organizations", "organizations", COMPANY),
    one("POST", "organizations/create_or_update", "organizations/create_or_update",
        {"organization": {"id": "{company}", "notes": "Old friends"}}),
    one("GET", "organizations/search", "organizations/search?name=else"),
    one("GET", "organizations/autocomplete", "organizations/autocomplete?name=el"),
    one("GET", "organizations/show_many", "organizations/show_many?ids={company}"),
    one("GET", "organizations/{id}", "organizations/{company}"),
    one("PUT", "organizations/{id}", "organizations/{company}", {"organization": {"details": "Big"}}),
    *(
        one("GET", f"organizations/{{id}}/{part}", f"organizations/{{company}}/{part}")
        for part in (
            "related", "users", "users/count", "tickets", "tickets/count", "organization_memberships",
        )
    ),
    one("POST", "users/create_many", "users/create_many", {"users": [{"name": "Dee"}]}),
    one("POST", "users/create_or_update_many", "users/create_or_update_many", {"users": [{"name": "Dee"}]}),
    one("PUT", "users/update_many", "users/update_many?ids={person}", {"user": {"notes": "x"}}),
    one("DELETE", "users/destroy_many", "users/destroy_many?ids={stranger}"),
    one("POST", "organizations/create_many", "organizations/create_many", {"organizations": [{"name": "N"}]}),
    one("PUT", "organizations/update_many", "organizations/update_many?ids={company}",
        {"organization": {"notes": "x"}}),
    one("DELETE", "organizations/destroy_many", "organizations/destroy_many?ids=999"),
)  # fmt: skip

TICKETS: tuple[Asked, ...] = (
    *reads("tickets", "tickets/count", "ticket_audits", "ticket_metrics", "deleted_tickets", "problems"),
    *reads("tags", "tags/count", "locales", "locales/agent", "locales/public", "locales/current"),
    *reads("ticket_forms", "macros", "macros/active", "suspended_tickets", "sharing_agreements"),
    *reads("automations", "dynamic_content/items", "views", "views/active", "views/compact", "views/count"),
    one("GET", "job_statuses", "job_statuses"),
    one("POST", "tickets", "tickets", {"ticket": {**DRAFT, "email_ccs": [{"user_id": "{owner}"}]}}),
    one("GET", "tickets/show_many",
        "tickets/show_many?ids={open},{rated}&include=users,groups,organizations,comment_count"),
    one("GET", "tickets/{id}", "tickets/{rated}?include=metric_sets,users"),
    one("PUT", "tickets/{id}", "tickets/{open}",
        {"ticket": {"priority": "high", "tags": ["vip"], "comment": {"body": "Hello", "public": False}}}),
    *(
        one("GET", f"tickets/{{id}}/{part}", f"tickets/{{open}}/{part}")
        for part in (
            "comments", "comments/count", "audits", "audits/count", "metrics", "collaborators", "followers",
            "email_ccs", "incidents", "related",
        )
    ),
    one("GET", "tickets/{id}/audits/{audit}", "tickets/{open}/audits/{audit}"),
    one("PUT", f"{COMMENT}/make_private", "tickets/{open}/comments/{comment}/make_private"),
    one("GET", "ticket_metrics/{id}", "ticket_metrics/{open}"),
    one("POST", "imports/tickets", "imports/tickets", {"ticket": {**DRAFT, "description": "Long ago"}}),
    one("POST", "imports/tickets/create_many", "imports/tickets/create_many",
        {"tickets": [{"description": "Long ago"}]}),
    one("POST", "tickets/create_many", "tickets/create_many", {"tickets": [DRAFT]}),
    one("PUT", "tickets/update_many", "tickets/update_many?ids={open}", {"ticket": {"priority": "low"}}),
    one("PUT", "tickets/mark_many_as_spam", "tickets/mark_many_as_spam?ids=999"),
    one("POST", "tickets/{id}/merge", "tickets/{open}/merge", {"ids": ["{rated}"]}),
    one("GET", "autocomplete/tags", "autocomplete/tags?name=vi"),
    one("GET", "locales/{id}", "locales/en-US"),
    one("GET", "ticket_forms/{id}", "ticket_forms/47"),
    one("GET", "search", "search?query=type:ticket"),
    one("GET", "search", "search?query=type:user"),
    one("GET", "search/count", "search/count?query=type:ticket"),
    one("GET", "search/export", "search/export?query=status%3Copen&filter%5Btype%5D=ticket"),
    one("GET", "views/count_many", "views/count_many?ids=360003,360001"),
    one("GET", "views/search", "views/search?query=unsolved"),
    one("GET", "views/{id}", "views/360003"),
    *(one("GET", f"views/{{id}}/{part}", f"views/360003/{part}") for part in ("count", "tickets", "execute")),
    one("GET", "incremental/ticket_events", "incremental/ticket_events?start_time=0&include=comment_events"),
    one("GET", "incremental/{resource}/sample", "incremental/tickets/sample?start_time=0"),
    one("DELETE", "tickets/{id}", "tickets/{spare}"),
    one("PUT", "deleted_tickets/{id}/restore", "deleted_tickets/{spare}/restore"),
    one("PUT", "tickets/{id}/mark_as_spam", "tickets/{spare}/mark_as_spam"),
    one("PUT", "deleted_tickets/restore_many", "deleted_tickets/restore_many?ids={spare}"),
    one("DELETE", "tickets/destroy_many", "tickets/destroy_many?ids={spare}"),
    one("DELETE", "deleted_tickets/destroy_many", "deleted_tickets/destroy_many?ids=999"),
    one("DELETE", "deleted_tickets/{id}", "deleted_tickets/999"),
)  # fmt: skip

FAREWELLS: tuple[Asked, ...] = (
    one("PUT", "users/{id}/merge", "users/{stranger}/merge", {"user": {"id": "{person}"}}),
    one("DELETE", "users/{id}", "users/{person}"),
    one("GET", "deleted_users/{id}", "deleted_users/{person}"),
    one("DELETE", "deleted_users/{id}", "deleted_users/{person}"),
    one("GET", "users/{id}/compliance_deletion_statuses", "users/{person}/compliance_deletion_statuses"),
    one("DELETE", "organizations/{id}", "organizations/{company}"),
)
