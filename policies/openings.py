"""Opening lines as templates: what one may hold, checked when the file is loaded, and how it is filled in.

Both happen in the same sandbox: no loops, calls, attributes or assignments, a handful of filters of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from policies.faults import Finding, clipped, listed, nearest
from policies.model import Policy

NAMES = ("first_name", "subject", "reply_by")
"""What an opening line may ask for; each may be missing."""

MOST_NODES = 40
"""Parts of one template."""
LONGEST = 600
"""Characters of a filled line; a longer one is not shown."""


class _Missing(StrictUndefined):
    """A name without a value: it may be asked about by ``if`` and stood in for, never written out."""

    def __bool__(self) -> bool:  # type: ignore[override]  # strict in all but this
        return False


def _default(value: object, other: str) -> object:
    return other if isinstance(value, Undefined) or not value else value


def _capital(value: str) -> str:
    return value[:1].upper() + value[1:]


FILTERS: Mapping[str, Callable[..., object]] = {
    "default": _default,
    "upper": str.upper,
    "lower": str.lower,
    "capital": _capital,
}
"""The whole set: none of them reaches an attribute, repeats or pads."""


@lru_cache(maxsize=1)
def _sandbox() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(undefined=_Missing, autoescape=False)
    made.globals.clear()
    made.filters = dict(FILTERS)
    made.tests = {"defined": lambda value: not isinstance(value, Undefined)}
    return made


@lru_cache(maxsize=256)
def _template(text: str) -> Template:
    return _sandbox().from_string(text)


def filled(text: str, values: Mapping[str, str]) -> str | None:
    """An opening line as plain text, or None where it needs a value that is not there.

    Never raises: a text that no check has seen is refused by the sandbox and gives None, too.
    """
    try:
        line = _template(text).render(values).strip()
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError):
        return None
    return line if 0 < len(line) <= LONGEST else None


def check(policy: Policy) -> list[Finding]:
    """Every opening line that is not a template of this kind, and every tone that has none in English."""
    findings = [
        Finding(("tones", name, "opening"), "no English opening line", "Add en: it stands in for others.")
        for name, tone in policy.tones.items()
        if "en" not in tone.opening
    ]
    for name, tone in policy.tones.items():
        for language, text in tone.opening.items():
            findings += [
                Finding(("tones", name, "opening", language), message, remedy, code="TEMPLATE")
                for message, remedy in _faults(text)
            ]
    return findings


_PLACES = listed(f"{{{{ {name} }}}}" for name in NAMES)
_CHOICE = "{% if first_name %}…{% else %}…{% endif %}"


def _faults(text: str) -> Iterator[tuple[str, str]]:
    """What is wrong with one template: the first thing only, as the rest often follows from it."""
    try:
        tree = _sandbox().parse(text)
    except (TemplateError, RecursionError) as error:
        yield f"an opening line cannot be read: {clipped(str(error), 100)}", f"Places are {_PLACES}."
        return
    found = [tree, *tree.find_all(nodes.Node)]
    refused = next((node for node in found if not isinstance(node, _ADMITTED)), None)
    wrong = next(filter(None, map(_misnamed, found)), None)
    if "{#" in text:
        yield "a comment in an opening line", "Put comments into the file, after a #."
    elif refused is not None:
        what = type(refused).__name__.lower()
        yield f"an opening line may not hold this: {what}", f"Write places such as {_PLACES}, and {_CHOICE}."
    elif wrong is not None:
        yield wrong
    elif len(found) > MOST_NODES:
        yield f"an opening line of more than {MOST_NODES} parts", "Make it simpler."
    elif _stray(tree):
        yield "a brace that opens or closes nothing", f"Places are {_PLACES}."


_ADMITTED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.Test,
    nodes.If,
    nodes.CondExpr,
    nodes.Not,
    nodes.And,
    nodes.Or,
)
"""Everything an opening line may consist of."""


def _misnamed(node: nodes.Node) -> tuple[str, str] | None:
    if isinstance(node, nodes.Name) and node.name not in NAMES:
        return f"there is no place {clipped(node.name)}", nearest(node.name, NAMES, f"Places are {_PLACES}.")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return f"there is no filter {clipped(node.name)}", nearest(node.name, FILTERS, _FILTERS)
    if isinstance(node, nodes.Test) and node.name != "defined":
        return f"there is no test {clipped(node.name)}", "Write is defined, or the name alone."
    if isinstance(node, nodes.Filter) and len(node.args) != (node.name == "default"):
        return f"{node.name} is given too much or too little", _FILTERS
    if isinstance(node, nodes.Const) and not isinstance(node.value, str):
        return "only texts stand in an opening line", "Put it into quotes."
    return None


_FILTERS = "Filters are default('there'), upper, lower and capital."


def _stray(tree: nodes.Template) -> bool:
    return any("{" in data.data or "}" in data.data for data in tree.find_all(nodes.TemplateData))
