"""A tree of plain values → the policy model, with every misfit named in words and by its path."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from policies.faults import Finding, Path, clipped, nearest
from policies.model import Block, PolicyFile


def shaped(tree: Mapping[str, object]) -> tuple[PolicyFile | None, list[Finding]]:
    """The model of what fits in ``tree``, if that makes a whole, and a finding for every misfit.

    A model beside findings is good for looking for more faults, and for nothing else.
    """
    findings: list[Finding] = []
    for _ in range(2):
        try:
            return PolicyFile.model_validate(tree), findings
        except ValidationError as error:
            findings = findings or [_finding(tree, misfit) for misfit in error.errors(include_url=False)]
            tree = _without(tree, [finding.path for finding in findings])
    return None, findings


def _without(tree: Any, paths: Sequence[Path]) -> Any:
    """A copy of ``tree`` in which nothing stands at ``paths``."""
    if isinstance(tree, dict):
        inner = {key: [path[1:] for path in paths if path[:1] == (key,)] for key in tree}
        return {key: _without(value, inner[key]) for key, value in tree.items() if () not in inner[key]}
    if isinstance(tree, tuple):
        places = [[path[1:] for path in paths if path[:1] == (index,)] for index in range(len(tree))]
        return tuple(
            _without(value, inner) for value, inner in zip(tree, places, strict=True) if () not in inner
        )
    return tree


def _finding(tree: object, misfit: ErrorDetails) -> Finding:
    path = _within(tree, misfit["loc"])
    where = ".".join(map(str, path)) or "the file"
    message, remedy = _WORDS.get(misfit["type"], _other)(path, where, misfit)
    return Finding(path, message, remedy)


def _missing(path: Path, where: str, misfit: ErrorDetails) -> tuple[str, str]:
    return f"{misfit['loc'][-1]} is missing in {where}", f"Add {misfit['loc'][-1]}."


def _extra(path: Path, where: str, misfit: ErrorDetails) -> tuple[str, str]:
    name = str(misfit["loc"][-1])
    return f"{name} is not a key here", _keys_remedy(path[:-1], name)


def _literal(path: Path, where: str, misfit: ErrorDetails) -> tuple[str, str]:
    given = clipped(misfit["input"])
    known = re.findall(r"'([^']*)'", misfit["ctx"]["expected"])
    return f"{where}: {given} is not known", nearest(given, known, f"Use {', '.join(known)}.")


def _value(path: Path, where: str, misfit: ErrorDetails) -> tuple[str, str]:
    return f"{where}: {misfit['ctx']['error']}", "Correct the value, or take it out."


def _pattern(path: Path, where: str, misfit: ErrorDetails) -> tuple[str, str]:
    remedy = "Names have a-z, 0-9 and _, beginning with a letter; texts have no line breaks."
    return f"{where}: {clipped(misfit['input'])} has characters that do not belong there", remedy


def _text(path: Path, where: str, misfit: ErrorDetails) -> tuple[str, str]:
    return f"{where} must be a text", "Put it into quotes if it looks like something else."


def _other(path: Path, where: str, misfit: ErrorDetails) -> tuple[str, str]:
    return f"{where}: {misfit['msg']}", "Correct the value."


_WORDS: dict[str, Callable[[Path, str, ErrorDetails], tuple[str, str]]] = {
    "missing": _missing,
    "extra_forbidden": _extra,
    "literal_error": _literal,
    "value_error": _value,
    "string_pattern_mismatch": _pattern,
    "string_type": _text,
}
"""Message and remedy by pydantic's own name of the misfit."""


def _within(tree: object, loc: tuple[int | str, ...]) -> Path:
    """The part of ``loc`` that exists in the file: pydantic adds words of its own, and what is missing."""
    path: list[str | int] = []
    for part in loc:
        known: Collection[str | int] = ()
        if isinstance(tree, dict):
            known = tree.keys()
        elif isinstance(tree, tuple):
            known = range(len(tree))
        if part in known:
            tree = tree[part]  # type: ignore[index]  # only a dict or a tuple has known parts
            path.append(part)
    return tuple(path)


def _keys_remedy(path: Path, name: str) -> str:
    kind: Any = PolicyFile
    for part in path:
        kind = _child(kind, part)
    block = _block(kind)
    if block is None:
        return "Take it out."
    keys = [field.alias or key for key, field in block.model_fields.items()]
    return nearest(name, keys, f"Keys here are {', '.join(keys)}.")


def _child(kind: Any, part: str | int) -> Any:
    """The type of what stands under ``part`` of a value of type ``kind``."""
    block = _block(kind)
    if block is not None:
        return next(
            (field.annotation for key, field in block.model_fields.items() if part in (field.alias, key)),
            None,
        )
    inner = [argument for argument in get_args(kind) if argument is not Ellipsis]
    if get_origin(kind) in (dict, tuple) and inner:
        return inner[-1]
    alternatives = (_child(alternative, part) for alternative in _alternatives(kind))
    return next((found for found in alternatives if found is not None), None)


def _block(kind: Any) -> type[Block] | None:
    if isinstance(kind, type) and issubclass(kind, Block):
        return kind
    return next((block for other in _alternatives(kind) if (block := _block(other))), None)


def _alternatives(kind: Any) -> list[Any]:
    """The types behind an annotation or a union."""
    if get_origin(kind) is Annotated:
        return [get_args(kind)[0]]
    if get_origin(kind) in (Union, UnionType):
        return [other for other in get_args(kind) if other is not NoneType]
    return []
