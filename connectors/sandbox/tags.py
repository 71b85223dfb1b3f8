"""How tags are understood, and how dropdown fields and tags follow one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.sandbox.records import FieldDefinition, FieldValue


def split(value: object) -> list[str]:
    """Tags from a list or a text: lower case, parted at spaces, each once, in the order given."""
    words = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    parts = (part for word in words if isinstance(word, str) for part in word.lower().split())
    return list(dict.fromkeys(parts))


def joined(tags: Iterable[str], more: Iterable[str]) -> list[str]:
    """The tags and those of ``more`` that are new."""
    return list(dict.fromkeys([*tags, *more]))


def without(tags: Iterable[str], fewer: Iterable[str]) -> list[str]:
    """The tags that are not in ``fewer``."""
    gone = set(fewer)
    return [tag for tag in tags if tag not in gone]


def couple(
    fields: Iterable[FieldDefinition],
    before: Iterable[str],
    tags: Iterable[str],
    wished: Mapping[int, FieldValue],
) -> tuple[list[str], dict[int, FieldValue]]:
    """Tags and field values after each field made of tags and its tags have followed one another.

    A wished value brings its tags and takes the field's other tags away. Without a wish a tag that is new
    sets the field, and a tag that is gone empties it: of one dropdown never two tags stay.
    """
    known, result, values = set(before), list(tags), dict(wished)
    for field in fields:
        choices = _choices(field)
        if not choices or not field.active:
            continue
        if field.id in wished:
            kept = _wished(field, wished[field.id])
        else:
            kept = _meant(field, known, [tag for tag in result if tag in choices])
            if field.type != "checkbox" or (field.tag in known) != bool(kept):
                values[field.id] = _value(field, kept)
        result = [tag for tag in result if tag not in choices or tag in kept]
        result = joined(result, kept)
    return result, values


def _choices(field: FieldDefinition) -> set[str]:
    """The tags a field is made of; none for most."""
    if field.type == "checkbox":
        return {field.tag} if field.tag else set()
    return {option.value for option in field.options} if field.type in ("tagger", "multiselect") else set()


def _wished(field: FieldDefinition, value: FieldValue) -> list[str]:
    if field.type == "checkbox":
        return [field.tag] if value is True and field.tag else []
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]


def _meant(field: FieldDefinition, known: set[str], present: list[str]) -> list[str]:
    """What a ticket's tags say of a field; of a dropdown the newest counts."""
    if field.type != "tagger":
        return present
    fresh = [tag for tag in present if tag not in known]
    return fresh[-1:] or present[:1]


def _value(field: FieldDefinition, kept: list[str]) -> FieldValue:
    if field.type == "checkbox":
        return bool(kept)
    if field.type == "tagger":
        return kept[0] if kept else None
    return [option.value for option in field.options if option.value in kept] or None
