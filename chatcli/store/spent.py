"""Adds up what stored answers took, without reading them: their tokens and their cost."""

from __future__ import annotations

import sqlite3

from chatcli.text.json_values import as_number
from chatcli.usage.spending import Spending

# total() and not sum(), which fails where a number is too large; facts that are damaged count as none.
_SPENT = """
    SELECT total(json_extract(facts, '$.usage.prompt_tokens')), total(json_extract(facts, '$.usage.completion_tokens')),
      total(json_extract(facts, '$.usage.cost')), count(*), total(json_extract(facts, '$.usage.cost') IS NULL),
      total(json_extract(facts, '$.usage.is_estimate'))
    FROM message WHERE {} AND CASE WHEN json_valid(facts) THEN json_type(facts, '$.usage') END = 'object'
"""
_SPENT_IN_CHAT = _SPENT.format("conversation_id = ?")
_SPENT_SINCE = _SPENT.format("""
    conversation_id IN (SELECT id FROM conversation WHERE updated_at >= ?)
      AND CASE WHEN json_valid(facts) THEN json_extract(facts, '$.asked_at') END >= ?
""")


def spent_on(connection: sqlite3.Connection, conversation: str) -> Spending:
    """Return what the answers of *conversation* took."""
    return _spending(connection.execute(_SPENT_IN_CHAT, (conversation,)).fetchone())


def spent_since(connection: sqlite3.Connection, moment_s: float) -> Spending:
    """Return what the answers took that were asked for since *moment_s*."""
    return _spending(connection.execute(_SPENT_SINCE, (moment_s, moment_s)).fetchone())


def _spending(row: sqlite3.Row) -> Spending:
    prompt, completion, dollars, *counts = (as_number(sum) or 0.0 for sum in row)
    return Spending(int(prompt), int(completion), dollars, *map(int, counts))
