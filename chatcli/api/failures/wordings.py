"""The words by which servers tell one refusal from another, as tables: a new wording is one more line.

Codes are compared whole and in lower case; wordings are patterns searched without regard to case. Where a status says
enough, the status decides and none of this is asked. The wordings are those of the servers' own code, of their SDKs
and of error bodies seen in public issues.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from chatcli.records import frozen

_NUMBER = r"(\d[\d,]*)"


@frozen
class WordingTable:
    """One sort of refusal: *codes* and *wordings* that mean it, and the *veto* of wordings that mean something else.

    Patterns are compiled when they are first asked for, as most runs meet no refusal.
    """

    codes: frozenset[str] = frozenset()
    wordings: tuple[str, ...] = ()
    veto: tuple[str, ...] = ()

    def matches(self, words: Set[str], text: str) -> bool:
        """Tell whether a body with these *words* (codes and types, lower case) and this message is meant."""
        return bool(self.codes & words) or (_has_any(self.wordings, text) and not _has_any(self.veto, text))


OVERFLOW = WordingTable(
    codes=frozenset(
        {
            "context_length_exceeded",
            "exceed_context_size_error",
            "model_context_window_exceeded",
            "contextwindowexceedederror",
            "token_limit_exceeded",
            "1261",  # Zhipu
        }
    ),
    wordings=(
        r"context[_ ]length[_ ]exceeded|context ?window ?exceeded|exceed_context_size",
        r"exceeds? (?:the )?(?:model'?s? )?(?:available |max(?:imum)? )?context (?:window|length|size|limit)",
        r"context window exceeds limit|(?:greater|longer|larger) than the (?:model'?s? )?context (?:length|window)",
        r"maximum context length (?:is|of) \d|context length is only \d|fit in (?:the )?context (?:length|window)",
        r"too large for model with \d+ maximum context|longer than the model'?s context",
        r"prompt (?:is )?too long|prompt exceeds max(?:imum)? length|input is too long for (?:the )?requested model",
        r"input token count.{0,40}exceeds the maximum|maximum prompt length is \d|exceeded model token limit",
        r"maximum allowed input length of \d|range of input length should be",
        r"token count of \d+ exceeds the limit of \d|prompt has [\d,]+ tokens?, but the configured context size",
        r"reduce the length of (?:the|your) (?:messages|prompt|input)|too many tokens in (?:the )?(?:prompt|messages)",
        r"`?inputs`? tokens \+ `?max_new_tokens`? must be",
    ),
    # A limit per minute also counts tokens, and shortening the history is not what it asks for.
    veto=(
        r"per[- ](?:minute|min|second|hour|day)\b|\bTPM\b|rate[- ]?limit|quota|too many requests",
        r"^(?:throttling error|service unavailable):",
    ),
)
QUOTA = WordingTable(
    codes=frozenset(
        {
            "insufficient_quota",
            "insufficient_balance",
            "credit_balance_exhausted",
            "exceeded_current_quota_error",
            "billing_hard_limit_reached",
            "billing_not_active",
            "payment_required",
            "budget_exceeded",
            "arrearage",
            "1113",  # Zhipu: the balance
            "1308",  # Zhipu: the allowance of a subscription
            "30011",  # SiliconFlow: the paid balance
        }
    ),
    wordings=(
        r"insufficient[_ ](?:account )?(?:quota|balance|credits?|funds)|credit balance is|exceeded your current quota",
        r"requires more credits|out of (?:credits|budget)|exceeded ?budget|budget has been exceeded",
        r"usage limit (?:reached|exceeded)|monthly (?:spending|usage) limit|billing (?:hard )?limit",
        r"余额不足|欠费",
    ),
)
BEYOND_LIMIT = WordingTable(wordings=("request too large for",))  # and so never under it, however long one waits

INVALID_KEY = WordingTable(
    codes=frozenset({"invalid_api_key", "api_key_invalid", "authentication_error", "authentication", "wrong_api_key"}),
    wordings=(
        r"(?:incorrect|invalid|wrong|expired|missing) (?:x-)?api[- ]?key",
        r"api[- ]?key (?:is )?(?:not valid|invalid|not found|expired|missing|required)",
    ),
)
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
BLIND = WordingTable(
    wordings=(
        r"image input is not supported|does not (?:support|accept) (?:image|vision|multimodal)|no vision support",
        r"(?:does not|doesn't|cannot) (?:support|process|accept|handle) (?:image|vision|visual|multimodal)",
        r"image(?:_url)?s? (?:input )?(?:is|are|parts? are) (?:not|only) (?:supported|allowed|accepted)",
        r"model is not (?:a )?(?:multimodal|vision)|no endpoints found that support image input",
        r"unknown variant `image_url`, expected `text`|content (?:type )?image_url is not supported",
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
NOT_A_CHAT_MODEL = WordingTable(wordings=(r"not a chat model|does not support chat\b",))
RESPONSES_ONLY = WordingTable(wordings=(r"only supported in v1/responses",))
NO_SUCH_PATH = WordingTable(
    codes=frozenset({"unknown_url"}),
    wordings=(
        r"^(?:404:? )?(?:(?:file|page|path|route|resource|the requested \w+) )?(?:was )?not found\.?$",
        r"invalid url|cannot post|no route|unknown (?:path|route|endpoint|request url)",
    ),
)
ABOUT_THE_REQUEST = (OVERFLOW, FILTERED, INVALID_KEY, UNKNOWN_MODEL)

_WINDOW = (
    rf"maximum context length (?:is|of) {_NUMBER}",
    rf"context (?:length|size|window) (?:is only|only supports|is|of|\() ?{_NUMBER}",
    rf"model'?s? context length \({_NUMBER}",
    rf"maximum context length: {_NUMBER}",
    rf"model with {_NUMBER} maximum context length",
    rf"maximum prompt length is {_NUMBER}",
    rf"maximum number of tokens allowed \(?{_NUMBER}",
    rf"tokens? > {_NUMBER} maximum",
    rf"token limit: {_NUMBER}",
    rf"maximum allowed input length of {_NUMBER}",
    rf"input length should be \[\d+, ?{_NUMBER}\]",
    rf"limit (?:is|of) {_NUMBER}",
    rf"must be <= {_NUMBER}",
)
_NEEDED = (
    rf"you requested (?:about )?{_NUMBER}",
    rf"requested: {_NUMBER}",
    rf"resulted in {_NUMBER}",
    rf"prompt is too long:? {_NUMBER}",
    rf"(?:input|prompt) (?:token count )?(?:of )?\({_NUMBER}",
    rf"token count of {_NUMBER}",
    rf"(?:request|input|prompt|you) (?:\(|contains |has |passed ){_NUMBER}",
    rf"current length is {_NUMBER}",
    rf"given: {_NUMBER} `inputs`",
)


def window_tokens(text: str) -> int | None:
    """Return the size of the window that an overflow message tells."""
    return _number_in(text, _WINDOW)


def needed_tokens(text: str) -> int | None:
    """Return how many tokens the request needs, as an overflow message tells it."""
    return _number_in(text, _NEEDED)


def is_quota_of_a_day(words: Set[str]) -> bool:
    """Tell whether one of Google's quota names (`GenerateRequestsPerDayPerProject`) is among *words*."""
    return any("perday" in word for word in words)


def _has_any(patterns: Iterable[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def _number_in(text: str, patterns: Iterable[str]) -> int | None:
    for pattern in patterns:
        found = re.search(pattern, text, re.IGNORECASE)
        if found and len(digits := found.group(1).replace(",", "")) <= 12:
            return int(digits)
    return None
