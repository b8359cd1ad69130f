"""Lists error wordings that no rule can tell apart; a new wording is one more line.

Codes are compared whole and in lower case; wordings are patterns searched without regard to case. Where a status says
enough, the status decides and none of this is asked. The wordings are those of the servers' own code, of their SDKs
and of error bodies seen in public issues.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from chatcli.records import frozen


@frozen
class WordingTable:
    """One sort of refusal: *codes* and *wordings* that mean it.

    Patterns are compiled when they are first asked for, as most runs meet no refusal.
    """

    codes: frozenset[str] = frozenset()
    wordings: tuple[str, ...] = ()

    def matches(self, words: Set[str], text: str) -> bool:
        """Return whether a body with these *words* (codes and types, lower case) and this message is meant."""
        return bool(self.codes & words) or _has_any(self.wordings, text)


BEYOND_LIMIT = WordingTable(wordings=("request too large for",))  # and so never under it, however long one waits

FILTERED = WordingTable(
    codes=frozenset(
        {
            "content_filter",
            "content_policy_violation",
            "contentpolicyviolationerror",
            "responsibleaipolicyviolation",
            "data_inspection_failed",
            "flagged_input",
            "refusal",
            "1301",  # Zhipu
        }
    ),
    wordings=(
        r"content (?:management )?polic|usage polic|violates? (?:our )?usage guidelines|content exists risk",
        r"requires moderation|(?:was|been) flagged|rejected by (?:the|our) safety system|inappropriate content",
    ),
)
UNKNOWN_MODEL = WordingTable(
    codes=frozenset(
        {
            "model_not_found",
            "invalid_model",
            "deploymentnotfound",
            "1211",  # Zhipu
            "20012",  # SiliconFlow
        }
    ),
    wordings=(
        r"\bmodel:? (?:id |name )?(?:\S+ )?(?:does not exist|not found|not exist|is not found|could not be found)",
        r"not a valid model|invalid model name|unknown model|no such model|unable to access model|not found the model",
        r"models/\S+ is not found|no endpoints found for \S+/",
    ),
)
# What follows the name of a removed model.
RETIRED = (
    r"(?:(?:has )?reached (?:its )?end of life|(?:(?:has|have) been|was|is|are)(?: now| already)? "
    r"(?:deprecated|retired|decommissioned|discontinued|sunset|shut ?down|removed"
    r"|no longer (?:available|supported|served)))"
)
RETIRED_MODEL = WordingTable(
    codes=frozenset({"model_decommissioned", "model_deprecated", "model_retired", "deprecated_model"}),
    wordings=(rf"\b(?:this|the|requested) model {RETIRED}",),
)
NOT_A_CHAT_MODEL = WordingTable(wordings=(r"not a chat model|does not support chat\b",))
RESPONSES_ONLY = WordingTable(wordings=(r"only supported in v1/responses",))
NO_SUCH_PATH = WordingTable(
    codes=frozenset({"unknown_url"}),
    wordings=(
        r"^(?:404:? )?(?:(?:file|page|path|route|resource|the requested \w+) )?(?:was )?not found\.?$",
        r"invalid url|cannot post|no route|unknown (?:path|route|endpoint|request url)",
    ),
)


def _has_any(patterns: Iterable[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
