"""The types of events a webhook can ask for, and the version each family is written in."""

from __future__ import annotations

PREFIX = "zen:event-type:"

FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ticket": (
        "2022-11-06",
        (
            "agent_assignment_changed", "brand_changed", "comment_added", "comment_made_private",
            "comment_redacted", "created", "csat_received", "csat_requested", "custom_field_changed",
            "custom_status_changed", "description_changed", "email_ccs_changed", "external_id_changed",
            "followers_changed", "form_changed", "group_assignment_changed", "marked_as_spam", "merged",
            "next_sla_breach_changed", "organization_changed", "permanently_deleted", "priority_changed",
            "problem_link_changed", "requester_changed", "schedule_changed", "sla_policy_changed",
            "soft_deleted", "status_changed", "subject_changed", "submitter_changed", "tags_changed",
            "type_changed", "undeleted",
        ),
    ),
    "user": (
        "2022-06-20",
        (
            "active_changed", "alias_changed", "created", "custom_field_changed", "custom_role_changed",
            "default_group_changed", "deleted", "details_changed", "external_id_changed",
            "group_membership_created", "group_membership_deleted", "identity_changed", "identity_created",
            "identity_deleted", "last_login_changed", "merged", "name_changed", "notes_changed",
            "only_private_comments_changed", "organization_membership_created",
            "organization_membership_deleted", "password_changed", "photo_changed", "role_changed",
            "suspended_changed", "tags_changed", "time_zone_changed",
        ),
    ),
    "organization": (
        "2022-06-20",
        (
            "created", "custom_field_changed", "deleted", "external_id_changed", "name_changed",
            "tags_changed",
        ),
    ),
}  # fmt: skip
"""Each family with its version and its events."""

TYPES = frozenset(f"{PREFIX}{family}.{event}" for family, (_, events) in FAMILIES.items() for event in events)
