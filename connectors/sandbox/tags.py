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
    """Tags and field values after each dropdown and its tags have followed one another.

    A wished value brings its tag and takes the field's other tags away. Without a wish a tag that is new
    sets the field, and a tag that is gone empties it: of one dropdown never two tags stay.
    """
    known, result, values = set(before), list(tags), dict(wished)
    for field in fields:
        if field.type != "tagger":
            continue
        choices = {option.value for option in field.options}
        present = [tag for tag in result if tag in choices]
        if field.id in wished:
            kept = wished[field.id]
        else:
            fresh = [tag for tag in present if tag not in known]
            kept = fresh[-1] if fresh else next(iter(present), None)
        values[field.id] = kept
        result = [tag for tag in result if tag not in choices or tag == kept]
        if isinstance(kept, str):
            result = joined(result, [kept])
    return result, values
