"""Recognises refusals about credit or a daily, weekly or monthly quota, by rules over their wording.

Credit is a noun of money and a lack of it in one sentence; a rate (per minute, concurrent) is none. The names that
servers give to their codes are read like sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set

from chatcli.text.patterns import pattern

# Codes that mean nothing to users.
_CREDIT_CODES = frozenset(
    {
        "arrearage",
        "1113",  # Zhipu: the balance
        "1308",  # Zhipu: the allowance of a subscription
        "30011",  # SiliconFlow: the paid balance
    }
)
_MONEY = pattern(
    r"\b(?:credits?|balance|funds|billing|payments?|prepaid|invoices?|quotas?|allowance|trial|budget|arrears"
    r"|free (?:tier|plan|usage)|(?:set|inference|set inference) limits?"
    r"|limits? of (?:your|the) (?:plan|account|key)|paid (?:plan|tier|account)|(?:usage|spend(?:ing)?|key"
    r"|account|plan|credit) (?:limit|cap)s?"
    r"|exceeded (?:current )?quota)\b"
    r"|余额|欠费|额度|配额|账户",
    re.IGNORECASE,
)
_LACK = pattern(
    r"\b(?:insufficient|not enough|no|never|without|exhaust\w*|exceed\w*|used (?:up|all)|consumed|deplet\w*|(?:ran|run"
    r"|running) out|out of"
    r"|reached|hit|too low|negative|required?|requires?|past due|overdue|expired|inactive|not active|needs? more"
    r"|add|top up|purchase|recharge|missing|drained|arrears|fail\w*|need|ended|upgrade|empty|spent|disabled"
    r"|zero)\b|n't (?:have|cover)"
    r"|不足|欠费|用尽|耗尽|超出|已用完",
    re.IGNORECASE,
)
_NO_MONEY = pattern(
    r"per[- ](?:minute|min|second|sec|hour)\b|/ ?(?:min|minute|sec|second)\b|too many requests|throttl|concurren"
    r"|\b(?:[rt]p[ms]|qp[ms])\b|rate[-_ ]?limit|频率|速率|并发|请求过多|过于频繁"
    r"|saturated|overloaded|\bdisk\b|(?:thinking|token|reasoning)[_. ]budget|budget[_ ]tokens",
    re.IGNORECASE,
)
_PERIOD = pattern(
    r"per[- ]?(day|week|month)\b|\bper 86,?400 ?s(?:econds?)?\b|\b(dai|week|month)ly\b|/ ?(day|week|month)\b"
    r"|\b(?:a|this|the|current) (day|week|month)\b"
    r"|\b(today)\b|\b(?:rpd|tpd)\b|\b24[- ]?hours?\b|\b\d+[- ]?(day|week|month)s?\b|\b(\d+[- ]hour) (?:usage"
    r"|limit|window|quota)|perday|每(?:日|天|周|月)|(?:当|今"
    r"|本)[日天周月]",
    re.IGNORECASE,
)
_ADJECTIVES = {"dai": "daily", "day": "daily", "tod": "daily", "wee": "weekly", "mon": "monthly"}
_LIMIT = pattern(
    r"limit|quota|allowance|exceed|reach|\bhit\b|used|usage|\bcap\b|requests|上限|限额|额度|超", re.IGNORECASE
)
_KEY = pattern(
    r"\b(?:x-)?(?:api|access|secret|subscription)[- _]?keys?\b|\bcredentials?\b|\bbearer\b|\bauth\w* (?:header"
    r"|token)\b",
    re.IGNORECASE,
)
_IDENTITY = pattern(
    r"\bunauthori[sz]ed|\bunauthenticated|\bauthenticat|\bauthori[sz]ation\b|\b(?:log|sign)(?:ged)?[ -]?in\b"
    r"|\bidentity\b|\btokens?\b|密钥|认证|鉴权|登录|令牌",
    re.IGNORECASE,
)
_UNFIT = pattern(
    r"\b(?:incorrect|invalid|wrong|expired|missing|required|revoked|disabled|malformed|unknown|not (?:valid"
    r"|found|provided)"
    r"|no (?:auth|api|valid)|fail\w*)\b",
    re.IGNORECASE,
)
_AFFORD = pattern(r"\bafford (?:only |up to )?(\d[\d,]*)", re.IGNORECASE)
_ADDRESS = pattern(r"https?://\S+")
_SENTENCE_END = pattern(r"(?<=[.!?;。；])\s+|\n")
_FIREWALL = pattern(
    r"\A\s*error code: 1\d{3}\s*\Z|\brbac: access denied|attention required|\bcf-ray\b|web application firewall"
    r"|blocked by (?:\w+ )?(?:policy|firewall|security|waf)|checking your browser|just a moment",
    re.IGNORECASE,
)


def is_about_credit(words: Set[str], text: str) -> bool:
    """Return whether a refusal with these codes and this message is about money that is lacking."""
    if _CREDIT_CODES & words:
        return True
    if words and _NO_MONEY.search(_ADDRESS.sub("", text)):
        words = frozenset()  # the code says quota, and the sentence says which: so many at once, or in a minute
    return any(_MONEY.search(sentence) and _LACK.search(sentence) and not _NO_MONEY.search(sentence)
               for sentence in _sentences(words, text))  # fmt: skip


def is_credit_code(words: Set[str]) -> bool:
    """Return whether the codes alone say that money is lacking."""
    return is_about_credit(words, "")


def exhausted_period(words: Set[str], text: str) -> str | None:
    """Return "daily", "weekly", "monthly" or such as "5-hour" where that allowance is used up, None where none is."""
    for sentence in _sentences(words, text):
        if (found := _PERIOD.search(sentence)) and _LIMIT.search(sentence):
            named = next((group.lower() for group in found.groups() if group), "")
            return _ADJECTIVES.get(named[:3]) or named or _of_sign(found.group())
    return None


def _of_sign(written: str) -> str:
    return "weekly" if "周" in written else "monthly" if "月" in written else "daily"


def is_about_rate(words: Set[str], text: str) -> bool:
    """Return whether a refusal is about requests that came too fast, or about the allowance of a period."""
    is_fast = any(_NO_MONEY.search(sentence) and _LIMIT.search(sentence) for sentence in _sentences(words, text))
    return is_fast or exhausted_period(words, text) is not None


def affordable_tokens(text: str) -> int | None:
    """Return how many tokens the credit still pays for, as a refusal tells it."""
    found = _AFFORD.search(text)
    return int(found[1].replace(",", "")) if found and len(found[1]) < 12 else None


def is_key_rejected(words: Set[str], text: str) -> bool:
    """Return whether a refusal is about the key itself: that it is missing, wrong, or no longer valid."""
    return any(_KEY.search(sentence) and _UNFIT.search(sentence) for sentence in _sentences(words, text)) or any(
        "authentication" in word for word in words
    )


def wants_key(words: Set[str], text: str) -> bool:
    """Return whether a refusal of a request without a key is about that key, or about who asks."""
    return any(_KEY.search(sentence) or _IDENTITY.search(sentence) for sentence in _sentences(words, text))


def is_firewall(text: str) -> bool:
    """Return whether *text* is that of something in front of the server, which has judged no key."""
    return _FIREWALL.search(text) is not None


def _sentences(words: Iterable[str], text: str) -> Iterator[str]:
    yield from (re.sub(r"[_-]+", " ", word) for word in words)
    yield from _SENTENCE_END.split(_ADDRESS.sub("", text))
