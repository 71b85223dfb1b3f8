"""YAML → Policy: every fault at its line and column, all at once; what the values mean is checked elsewhere.

Only a plain part of YAML 1.2 is read: no tags, anchors, aliases or merge keys, no key twice. Scalars are
texts unless they are quite clearly a whole number, true, false or null: ``NO``, ``010``, ``1.10`` stay texts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.scanner import Scanner

from policies import (
    advice,
    boosts,
    guard,
    manner,
    openings,
    own_words,
    references,
    segments,
    stages,
    steps,
    tables,
    waiting,
)
from policies.documents import Document, merged
from policies.faults import Fault, Finding, Path, Place, PolicyError, clipped
from policies.model import AS_ASKED, Channel, Policy, PolicyFile, Waiting
from policies.shape import shaped
from policies.wording import in_words

STARTER: FilePath = FilePath(str(resources.files("policies"))) / "packs" / "starter.yaml"
"""The shipped policy that is useful on any desk."""

LARGEST = 256 * 1024
"""Bytes of all files of one policy together."""
DEEPEST = 32
MOST_NODES = 20_000

_TOO_DEEP = f"more than {DEEPEST} levels"
_SMALLER = "Make the policy smaller or flatter."

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def load(paths: Sequence[FilePath]) -> Policy:
    """The policy in these files, joined in their order. Raises PolicyError with all faults."""
    return located(paths)[0]


def located(paths: Sequence[FilePath]) -> tuple[Policy, Document]:
    """The same, with the place in the files of everything that was read. Raises PolicyError."""
    texts = [(_content(path), path.name) for path in paths]
    rows, faults = _beside(paths, texts)
    if rows:
        texts.append((tables.document(rows), paths[0].name))
    return _policy("\n---\n".join(text for text, _ in texts), texts, faults)


def load_text(text: str, name: str) -> Policy:
    """The policy in ``text`` (several files as documents); ``name`` stands for the file in faults."""
    return _policy(text, [(text, name)])[0]


def plain(path: FilePath) -> list[Document]:
    """The plain values of any other file in the same part of YAML. Raises PolicyError with all faults."""
    reader = _Reader(_content(path), path.name)
    documents = reader.documents()
    if reader.faults:
        raise PolicyError(reader.faults)
    for document in documents:
        document.places.setdefault((), Place(path.name, 1, 1))
    return documents


def _beside(
    paths: Sequence[FilePath], texts: Sequence[tuple[str, str]]
) -> tuple[dict[str, dict[str, str]], list[Fault]]:
    """The rows of the CSV files that lookup tables name, each beside the policy file that names it."""
    rows: dict[str, dict[str, str]] = {}
    faults: list[Fault] = []
    for path, (text, name) in zip(paths, texts, strict=True):
        documents = _Reader(text, name).documents() if len(text) <= LARGEST else []
        for table, file in (named for document in documents for named in tables.files(document.tree)):
            rows[table], wrong = tables.read(path.parent / file)
            faults += wrong
    return rows, faults


def _content(path: FilePath) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1).decode("utf-8-sig")
    except OSError as error:
        remedy = "Check the name of the file and who may read it."
        raise PolicyError([Fault(path.name, 1, 1, f"cannot be opened: {error.strerror}", remedy)]) from None
    except UnicodeDecodeError:
        raise PolicyError([Fault(path.name, 1, 1, "is not UTF-8 text", "Save the file as UTF-8.")]) from None


def _policy(
    whole: str, texts: Sequence[tuple[str, str]], faults: Sequence[Fault] = ()
) -> tuple[Policy, Document]:
    if len(whole.encode("utf-8", "replace")) > LARGEST:
        raise PolicyError([Fault(texts[0][1], 1, 1, "the policy is larger than 256 kB", "Make it smaller.")])
    readers = [_Reader(text, name) for text, name in texts]
    read = [document for reader in readers for document in reader.documents()]
    faults = [*faults, *(fault for reader in readers for fault in reader.faults)]
    if any(reader.broken for reader in readers):
        raise PolicyError(faults)
    document = merged(read, Place(texts[0][1], 1, 1))
    file, findings = shaped(document.tree)
    policy = _complete(file, whole) if file else None
    later = _unfollowed(_checked(policy) if policy else [], findings)
    faults += [document.fault(finding) for finding in later if finding.severity == "error"]
    faults += [*document.faults, *map(document.fault, findings)]
    if faults or not policy:
        raise PolicyError(faults)
    return _warned(policy, [document.fault(finding) for finding in later]), document


def _warned(policy: Policy, warnings: Sequence[Fault]) -> Policy:
    """The policy with its warnings; one without any stays the same, with all that is remembered of it."""
    if not warnings:
        return policy
    ordered = sorted(warnings, key=lambda fault: (fault.file, fault.line, fault.column))
    return replace(policy, warnings=tuple(ordered))


def _unfollowed(later: list[Finding], misfits: list[Finding]) -> list[Finding]:
    """What is wrong besides: not what follows from a misfit that was left out further below."""
    return [
        found
        for found in later
        if not any(misfit.path[: len(found.path)] == found.path for misfit in misfits)
    ]


def _checked(policy: Policy) -> list[Finding]:
    checks = (references, segments, guard, advice, boosts, own_words, manner, openings, steps, waiting)
    return [_written(finding) for room in checks for finding in room.check(policy)]


def _written(finding: Finding) -> Finding:
    """The finding at its place in the file: a situation made of a step or of waiting has none of its own."""
    section, *rest = finding.path or ("",)
    if section == "stages" and rest:
        return replace(finding, path=stages.written(finding.path))
    name = str(rest[0]) if section == "situations" and rest else ""
    if name.startswith(steps.HOLD):
        return replace(finding, path=("next_steps", name.removeprefix(steps.HOLD)))
    return replace(finding, path=("waiting",)) if "-" in name else finding


def _complete(file: PolicyFile, text: str) -> Policy:
    canonical = "\n".join(text.splitlines()).strip()
    return Policy(
        name=file.policy,
        goal=file.goal,
        owner=file.owner,
        metric=file.metric,
        review_by=file.review_by,
        traits={
            name: trait.model_copy(update={"label": trait.label or in_words(name)})
            for name, trait in file.traits.items()
        },
        segments=file.segments,
        stages=file.stages,
        situations=file.situations | waiting.situations(_steps(file)) | steps.holds(file.next_steps),
        tones=file.tones,
        channels={AS_ASKED: Channel(label="The channel they wrote in"), **file.channels},
        channel_advice=file.channel_advice,
        service_levels=file.service_levels,
        calendars=file.calendars,
        word_lists=file.word_lists,
        next_steps=file.next_steps,
        floor=file.floor,
        most_high=file.most_high,
        house=file.house,
        tables={name: table.rows or file.file_rows.get(name, {}) for name, table in file.tables.items()},
        imports=file.imports,
        text=text,
        version=hashlib.sha256(canonical.encode()).hexdigest()[:12],
    )


def _steps(file: PolicyFile) -> tuple[Waiting, ...]:
    return file.waiting if isinstance(file.waiting, tuple) else (file.waiting,)


class _StopError(Exception):
    """A limit is passed: nothing more is read."""


class _Scanner(Scanner):
    """Looks ahead once for every bracket that is open, so that their number has to be bounded here."""

    def fetch_flow_collection_start(self, TokenClass: Any, to_push: str) -> None:  # noqa: N803 - its parent's word
        """Refuse what ``_Reader`` would refuse for its depth, before it becomes slow."""
        if len(self.flow_context) > DEEPEST:
            raise _DeepError(problem_mark=self.reader.get_mark())
        super().fetch_flow_collection_start(TokenClass, to_push)


class _DeepError(MarkedYAMLError):
    """More open brackets than a policy may have levels."""


class _Reader:
    """The documents of one text; reading stops at the first limit, other faults are collected."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.places: dict[Path, Place] = {}
        self.nodes = 0
        self.broken = False
        parser = YAML(typ="safe", pure=True)
        parser.Scanner = _Scanner
        self.events: Iterator[Event] = iter(parser.parse(text))

    def documents(self) -> list[Document]:
        """Every document that is not empty."""
        found: list[Document] = []
        try:
            starts = (event for event in self.events if isinstance(event, DocumentStartEvent))
            found.extend(map(self._document, starts))
        except _StopError:
            self.broken = True
        except (YAMLError, ValueError) as error:
            self.broken = True
            self.faults.append(_unreadable(error, self.file))
        return [document for document in found if document.tree]

    def _document(self, start: DocumentStartEvent) -> Document:
        if start.version or start.tags:
            self._refuse(start, "a % directive", "Take the line out.")
        self.places = {}
        first = next(self.events)
        tree = self._node(first, (), 1)
        if tree is not None and not isinstance(tree, dict):
            self._refuse(first, "the file is not a list of keys", "Begin with policy: and a name.")
        return Document(tree if isinstance(tree, dict) else {}, self.places)

    def _node(self, event: Event, path: Path, depth: int) -> object:
        self.nodes += 1
        if self.nodes > MOST_NODES or depth > DEEPEST:
            self._refuse(
                event, _TOO_DEEP if depth > DEEPEST else f"more than {MOST_NODES:,} values", _SMALLER
            )
            raise _StopError
        self._admit(event)
        if isinstance(event, MappingStartEvent):
            return self._mapping(path, depth)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path, depth)
        return _scalar(event) if isinstance(event, ScalarEvent) else None

    def _admit(self, event: Event) -> None:
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            self._refuse(event, "anchors and aliases are not read", "Write the value out.")
        elif getattr(event, "tag", None) is not None:
            self._refuse(event, "tags such as !!str are not read", "Take the tag out.")
        elif isinstance(event, ScalarEvent) and _UNPRINTABLE.search(event.value):
            self._refuse(event, "a character that cannot be printed", "Take the character out.")

    def _mapping(self, path: Path, depth: int) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._node(event, path, depth + 1)
            if not isinstance(event, ScalarEvent):
                self._refuse(
                    event,
                    f"a key that is not a word: {clipped(key)}",
                    "Write a plain name; put texts with braces in quotes.",
                )
                self._node(next(self.events), path, depth + 1)
                continue
            inner = (*path, event.value)
            if event.value == "<<":
                self._refuse(event, "merge keys are not read", "Write the values out.")
            first = self.places.get(inner)
            if event.value in mapping and first:
                message = f"{clipped(event.value)} is written twice, first on line {first.line}"
                self._refuse(event, message, "Keep one of the two.")
            self.places.setdefault(inner, self._place(event))
            mapping[event.value] = self._node(next(self.events), inner, depth + 1)
        return mapping

    def _sequence(self, path: Path, depth: int) -> tuple[object, ...]:
        items: list[object] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            inner = (*path, len(items))
            self.places[inner] = self._place(event)
            items.append(self._node(event, inner, depth + 1))
        return tuple(items)

    def _place(self, event: Event) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refuse(self, event: Event, message: str, remedy: str) -> None:
        place = self._place(event)
        self.faults.append(Fault(place.file, place.line, place.column, message, remedy))


def _unreadable(error: Exception, file: str) -> Fault:
    mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if isinstance(error, _DeepError):
        return Fault(file, line, column, _TOO_DEEP, _SMALLER)
    problem = clipped(error.problem, 120) if isinstance(error, MarkedYAMLError) else "a character or escape"
    remedy = "Check the indentation, colons, quotes and characters there."
    return Fault(file, line, column, f"this is not YAML: {problem}", remedy)


def _scalar(event: ScalarEvent) -> object:
    text: str = event.value
    plain = event.implicit[0] and not event.style
    if plain and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return int(text) if plain and _NUMBER.fullmatch(text) else text
