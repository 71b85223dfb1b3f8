"""How people, companies, teams and field definitions look in an answer."""

from __future__ import annotations

from connectors.sandbox.definitions import CHOICE_TYPES, SWITCHES, offered
from connectors.sandbox.records import (
    FieldDefinition,
    FieldValue,
    Group,
    GroupMembership,
    Identity,
    Option,
    Organization,
    OrganizationMembership,
    User,
)
from connectors.sandbox.state import Desk
from connectors.sandbox.wire import Json, stamp


def user(record: User, base: str) -> Json:
    """A person as an admin sees them."""
    return {
        "id": record.id,
        "url": f"{base}/api/v2/users/{record.id}.json",
        "name": record.name,
        "email": record.email,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
        "time_zone": record.time_zone,
        "iana_time_zone": record.iana_time_zone,
        "phone": record.phone,
        "shared_phone_number": record.shared_phone,
        "photo": None,
        "locale_id": 1,
        "locale": record.locale,
        "organization_id": record.organization_id,
        "role": record.role,
        "role_type": 4 if record.role == "admin" else record.role_type,
        "custom_role_id": None,
        "verified": record.email is not None,
        "external_id": record.external_id,
        "tags": record.tags,
        "alias": record.alias or "",
        "active": record.active,
        "shared": False,
        "shared_agent": False,
        "last_login_at": None,
        "two_factor_auth_enabled": None,
        "signature": record.signature,
        "details": record.details or "",
        "notes": record.notes or "",
        "suspended": record.suspended,
        "moderator": record.staff,
        "ticket_restriction": None if record.staff else "requested",
        "only_private_comments": False,
        "restricted_agent": not record.staff,
        "default_group_id": record.default_group_id,
        "report_csv": False,
        "user_fields": record.user_fields,
    }


def organization(record: Organization, base: str) -> Json:
    """A company; ``deleted_at`` appears only once it is set, as in the export of the real desk."""
    answer: Json = {
        "id": record.id,
        "url": f"{base}/api/v2/organizations/{record.id}.json",
        "name": record.name,
        "shared_tickets": record.shared_tickets,
        "shared_comments": record.shared_comments,
        "external_id": record.external_id,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
        "domain_names": record.domain_names,
        "details": record.details or "",
        "notes": record.notes or "",
        "group_id": record.group_id,
        "tags": record.tags,
        "organization_fields": record.organization_fields,
    }
    if record.deleted_at is not None:
        answer["deleted_at"] = stamp(record.deleted_at)
    return answer


def group(record: Group, base: str) -> Json:
    """A team."""
    return {
        "id": record.id,
        "url": f"{base}/api/v2/groups/{record.id}.json",
        "name": record.name,
        "description": record.description,
        "default": record.default,
        "deleted": record.deleted,
        "is_public": record.is_public,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
    }


def membership(record: OrganizationMembership, desk: Desk, base: str) -> Json:
    """A person in a company."""
    company = desk.organizations.get(record.organization_id)
    return {
        "id": record.id,
        "url": f"{base}/api/v2/organization_memberships/{record.id}.json",
        "user_id": record.user_id,
        "organization_id": record.organization_id,
        "organization_name": company.name if company else None,
        "default": record.default,
        "view_tickets": False,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
    }


def group_membership(record: GroupMembership, base: str) -> Json:
    """An agent in a team."""
    return {
        "id": record.id,
        "url": f"{base}/api/v2/group_memberships/{record.id}.json",
        "user_id": record.user_id,
        "group_id": record.group_id,
        "default": record.default,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
    }


def identity(record: Identity, base: str) -> Json:
    """A way to reach a person."""
    return {
        "id": record.id,
        "url": f"{base}/api/v2/users/{record.user_id}/identities/{record.id}.json",
        "user_id": record.user_id,
        "type": record.type,
        "value": record.value,
        "verified": record.verified,
        "primary": record.primary,
        "deliverable_state": "deliverable",
        "undeliverable_count": 0,
        "verification_method": "none",
        "verified_at": stamp(record.created_at) if record.verified else None,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
    }


def field(record: FieldDefinition, base: str, path: str) -> Json:
    """A field's definition; ``path`` is the collection it belongs to."""
    description = record.extras.get("description", "")
    answer: Json = {
        "id": record.id,
        "url": f"{base}/api/v2/{path}/{record.id}.json",
        "type": record.type,
        "title": record.title,
        "raw_title": record.title,
        "description": description,
        "raw_description": description,
        "position": record.place,
        "active": record.active,
        "regexp_for_validation": record.extras.get("regexp_for_validation"),
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
    }
    answer |= _keyed(record) if record.key is not None else _of_tickets(record)
    if record.options or record.type in CHOICE_TYPES:
        name = "custom_field_options" if record.removable else "system_field_options"
        answer[name] = [option(one) for one in offered(record)]
    return answer


def _keyed(record: FieldDefinition) -> Json:
    answer: Json = {"key": record.key, "system": False}
    return {**answer, "tag": record.tag} if record.type == "checkbox" else answer


def _of_tickets(record: FieldDefinition) -> Json:
    title = record.extras.get("title_in_portal", record.title)
    return {
        **{name: record.extras.get(name, False) for name in SWITCHES},
        "title_in_portal": title,
        "raw_title_in_portal": title,
        "agent_description": record.extras.get("agent_description"),
        "tag": record.tag,
        "removable": record.removable,
        "sub_type_id": record.sub_type_id,
    }


def option(record: Option) -> Json:
    """A choice of a dropdown."""
    return {
        "id": record.id,
        "name": record.name,
        "raw_name": record.name,
        "value": record.value,
        "default": record.default,
    }


def readable(value: FieldValue) -> str:
    """A field's value for a person."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
