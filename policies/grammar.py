"""The text of a condition → a parsed tree, or a refusal; what the tree means is ``language.py``.

Size, depth and words are settled before a parser sees the text, so that no text can be costly.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import ClassVar

from sqlglot import Token, TokenType, exp, parse, parser, tokenize
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from policies.faults import clipped, nearest
from policies.functions import FUNCTIONS
from policies.typed import ConditionError

LONGEST = 4096
"""Bytes of one condition."""
MOST_WORDS = 1200
"""Names, signs and literals of one condition."""
DEEPEST = 32
"""Brackets, negations and operators inside one another."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
_WORDS = {
    TokenType.NUMBER,
    TokenType.STRING,
    TokenType.AND,
    TokenType.OR,
    TokenType.NOT,
    TokenType.IN,
    TokenType.IS,
    TokenType.NULL,
    TokenType.BETWEEN,
    TokenType.LIKE,
    TokenType.TRUE,
    TokenType.FALSE,
    TokenType.EQ,
    TokenType.NEQ,
    TokenType.LT,
    TokenType.LTE,
    TokenType.GT,
    TokenType.GTE,
    TokenType.PLUS,
    TokenType.DASH,
    TokenType.STAR,
    TokenType.SLASH,
    TokenType.L_PAREN,
    TokenType.R_PAREN,
    TokenType.COMMA,
}
_OPERAND = {
    TokenType.NUMBER,
    TokenType.STRING,
    TokenType.R_PAREN,
    TokenType.NULL,
    TokenType.TRUE,
    TokenType.FALSE,
}

_REGULAR = {"~", "~*", "regexp", "rlike", "similar", "matches", "match", "regexp_like", "regexp_matches"}
"""Regular expressions: PostgreSQL runs them by going back, which a crafted one makes endless."""


class _Conditions(Dialect):
    """SQL in which no function has a meaning of its own: all of them are ours."""

    class Parser(parser.Parser):
        """A parser that reads every call alike."""

        FUNCTIONS: ClassVar = {}
        FUNCTION_PARSERS: ClassVar = {}
        NO_PAREN_FUNCTIONS: ClassVar = {}
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {}
        # There are no types in a condition. A word that is one ("date") is read as a type first, then again
        # as a call, at every level: thirty of them inside one another would take years.
        TYPE_TOKENS: ClassVar = set()


def parsed(text: str, names: Collection[str]) -> exp.Expr:
    """The tree of ``text``, all of it read, where every word is of the language or among ``names``."""
    _admit(text, names)
    try:
        trees = parse(text, read=_Conditions)
    except (SqlglotError, RecursionError):
        trees = []
    if len(trees) != 1 or trees[0] is None:
        raise ConditionError(
            f"cannot be read: {clipped(text)}", "Write one comparison, or several joined by and, or."
        )
    return trees[0]


def _admit(text: str, names: Collection[str]) -> None:
    """Refuse by size, depth and word, before a parser sees the text."""
    if len(text.encode("utf-8", "replace")) > LONGEST:
        raise ConditionError("the condition is longer than 4 kB", "Split it into lines of all, any and none.")
    try:
        tokens = tokenize(text)
    except SqlglotError:
        raise ConditionError(
            f"cannot be read: {clipped(text)}", "Check that every quote is closed."
        ) from None
    if not tokens:
        raise ConditionError("the condition is empty", "Write a comparison such as plan = 'enterprise'.")
    if len(tokens) > MOST_WORDS:
        raise ConditionError(
            f"more than {MOST_WORDS} words and signs in one condition",
            "Split it into lines of all, any and none, or replace a long list by a tag.",
        )
    _admit_depth(tokens)
    for position, token in enumerate(tokens):
        following = tokens[position + 1] if position + 1 < len(tokens) else None
        _admit_token(token, following, names)


def _admit_depth(tokens: list[Token]) -> None:
    depth = prefixes = 0
    operand = False
    for token in tokens:
        kind = token.token_type
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        prefix = kind == TokenType.NOT or (kind in (TokenType.DASH, TokenType.PLUS) and not operand)
        prefixes = prefixes + 1 if prefix else 0
        operand = kind in _OPERAND or kind not in _WORDS
        if depth + prefixes > DEEPEST:
            raise ConditionError(
                f"more than {DEEPEST} levels inside one another", "Split it into lines of all, any and none."
            )


def _admit_token(token: Token, following: Token | None, names: Collection[str]) -> None:
    calls = following is not None and following.token_type == TokenType.L_PAREN
    if token.comments:
        raise ConditionError("a comment inside a condition", "Put comments into the file, after a #.")
    if token.text == "==":
        raise ConditionError("== is not an operator", "Write a single =.")
    if token.token_type == TokenType.NUMBER and not _NUMBER.fullmatch(token.text):
        raise ConditionError(f"{clipped(token.text)} is not a plain number", "Write digits: 50000 or 0.25.")
    if token.token_type in _WORDS:
        return
    if token.text.lower() in _REGULAR:
        raise ConditionError(
            "regular expressions are not part of the language",
            "Use like with % and _, in, starts_with, ends_with or contains.",
        )
    if token.token_type == TokenType.IDENTIFIER:
        raise ConditionError(f'"{clipped(token.text)}" is in double quotes', "Write texts in single quotes.")
    if calls and token.text.lower() not in FUNCTIONS:
        raise ConditionError(
            f"there is no function {clipped(token.text)}",
            nearest(token.text, FUNCTIONS, f"Functions are {', '.join(FUNCTIONS)}."),
        )
    if not calls and token.text not in names:
        raise unknown(token.text, names)


def unknown(word: str, names: Collection[str]) -> ConditionError:
    """The refusal of a word that means nothing here."""
    if not _NAME.fullmatch(word.lower()):
        return ConditionError(
            f"{clipped(word)} does not belong in a condition",
            "Use names of traits, texts in single quotes, numbers, = != < <= > >= + - * /, and, or, not, in.",
        )
    otherwise = "Declare it under traits, or check its spelling."
    if word.lower().rstrip("s") + "s" in FUNCTIONS:
        otherwise = "Write days(30) or hours(12)."
    return ConditionError(f"{clipped(word)} is not known here", nearest(word, names, otherwise))
