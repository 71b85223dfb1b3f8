"""A policy whose traits are said instead of computed: for trying what would be so if they were so.

Each such trait is read from a field of the customer, so that every statement stays the one that decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from policies.model import Policy, Trait
from policies.rules import compiled
from policies.standing import Value
from policies.vocabulary import Type


def given(policy: Policy, names: Collection[str]) -> Policy:
    """The policy in which these customer traits are fields of the customer under their own names."""
    definitions = compiled(policy).definitions
    said = {
        name: Trait.model_validate(
            {
                "from": f"customer.fields.{name}",
                "type": definitions[name].type,
                "label": policy.traits[name].label,
                "sensitivity": policy.traits[name].sensitivity,
            }
        )
        for name in names
    }
    return replace(policy, traits={**policy.traits, **said})


def fields(policy: Policy, values: Mapping[str, Value]) -> dict[str, object]:
    """The fields that hold these values for ``given``; what is not known is left out."""
    definitions = compiled(policy).definitions
    return {
        name: _written(definitions[name].type, value) for name, value in values.items() if value is not None
    }


def _written(type_: Type, value: Value) -> object:
    if type_ == "date" and isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return value
