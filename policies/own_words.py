"""Rule G-10: what somebody wrote in their own words is read only for words that the policy declares."""

from __future__ import annotations

from collections.abc import Iterator

from policies.catalogue import Definition
from policies.faults import Finding, Path, clipped
from policies.flow import rules_of, texts_of
from policies.language import Condition
from policies.model import Policy
from policies.names import is_free_text
from policies.rules import compiled


def check(policy: Policy) -> list[Finding]:
    """Every condition that looks for something in free text which no word list of the policy holds."""
    written = {name for name, found in compiled(policy).definitions.items() if _is_free(policy, found)}
    declared = {word.casefold() for words in policy.word_lists.values() for word in words}
    findings = []
    for path, condition in _conditions(policy):
        read = next((name for name in condition.reads if name in written), None)
        undeclared = [text for text in texts_of(condition) if text.strip("%").casefold() not in declared]
        if read is not None and undeclared:
            findings.append(_finding(path, read, undeclared[0]))
    return findings


def _finding(path: Path, read: str, text: str) -> Finding:
    return Finding(
        path,
        f"{read} is free text, and no word list holds {clipped(text)}",
        "Declare the words under word_lists, so that everybody sees what is looked for.",
        code="FREE_TEXT",
    )


def _is_free(policy: Policy, definition: Definition) -> bool:
    trait = policy.traits[definition.name]
    if definition.type != "text" or definition.aggregate or trait.open_because:
        return False
    headings = (one.heading for one in definition.imported)
    return any(map(is_free_text, (definition.field or definition.column or "", definition.name, *headings)))


def _conditions(policy: Policy) -> Iterator[tuple[Path, Condition]]:
    for name, definition in compiled(policy).definitions.items():
        yield from ((("traits", name), condition) for condition in definition.conditions)
    for section, rule, _ in rules_of(policy):
        yield from (((section, rule.name, "when"), line.condition) for line in rule.lines)
