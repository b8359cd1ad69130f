"""Recognises requests rejected as too long for the context window, and reads the numbers given.

A rule: a noun of size (prompt, input, context, tokens, messages, model length) and an excess in one sentence. Vetoed by
rates and allowances, which shortening does not mend, by the limit of the answer alone, and by sizes of other things
that are not counted in tokens.

Numbers are distinguished by the words beside them: what the window holds, what the answer may take, and what is left,
which is what the messages take. A number that makes no overflow is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set

from chatcli.records import frozen
from chatcli.text.patterns import pattern

_OVERFLOW_CODES = frozenset({"1261"})  # Zhipu
_SIZE = pattern(
    # pydantic calls the value of any field an input: "Input should be less than or equal to 1"
    r"(?<![a-z_])(?:prompts?|inputs?(?! should be (?:a|an|less|greater|finite)\b)|context|tokens?|messages|conversation"
    r"|history|sequence|prompt_tokens|input_tokens|max_model_len"
    r"|max_seq_len|n_ctx|model(?:'s)? (?:maximum )?(?:context )?length|context[_ ]?(?:window|length|size"
    r"|limit))(?![a-z])"
    r"|contextwindow|上下文|输入|提示词?|コンテキスト|入力|プロンプト|トークン|컨텍스트|입력|토큰|(?<![a-z_])tokens?(?![a-z_])",
    re.IGNORECASE,
)
_EXCESS = pattern(
    r"exceed|too[_ ](?:long|large|many|big)|(?:longer|larger|greater|more|bigger|higher) than\b(?! \d{1,2}\b)"
    r"|over(?:flow|run|s? the)"
    r"|max(?:imum)?\W+(?:\w+\W+){0,3}\d[\d,]* ?tokens|\d \+ \d|> ?(?:\d|the |model|max|limit|context)"
    r"|\b(?:beyond|above)\b|surpass|cannot fit|(?:out of|no more|not enough|full) (?:\w+ )?context|only supports \d"
    r"|(?:must|should|has to) (?:be|have) (?:less|fewer|smaller|shorter|no more"
    r"|at most \d)"
    r"|(?:must|should) be <=?|n't fit|not fit|at most \d|reduce the (?:length|size|number)|limits? (?:reached|hit)"
    r"|max(?:imum)? (?:model |allowed )?(?:context|prompt|input|sequence)(?: \w+)?(?: \w+)?,? ?(?:is|of|:|\()"
    r"|(?:context|window)\W+(?:size|length|window|limit)? ?is (?:only )?[\d(]|range of input length|length is only \d"
    r"|超(?:过|出|长|限|え|過)|过长|太长|長すぎ|초과|너무 (?:길|깁)",
    re.IGNORECASE,
)
_OTHER_LIMIT = pattern(
    r"per[- ](?:minute|min|second|hour|day|week|month)\b|\b[tr]p[md]\b|rate[- ]?limit|too many requests|throttl"
    r"|please wait|try again (?:later|in|after)|slow down|\bquotas?\b|\bcredits?\b|(?:dai|week|month)ly|for your plan"
    r"|^service unavailable:|deadline|time[d-]? ?out|cancell?ed",
    re.IGNORECASE,
)
_OF_THE_ANSWER = pattern(
    r"max_(?:completion_|new_|output_)?tokens|(?:completion|output|new|generated) tokens|max output|completion",
    re.IGNORECASE,
)
_OF_THE_REQUEST = pattern(
    r"(?<![a-z_])(?:prompts?|inputs?|context|messages|conversation|history|sequence|max_model_len|max_seq_len)\b",
    re.IGNORECASE,
)
_OF_OTHER_THINGS = pattern(
    r"\b(?:images?|pictures?|files?|audio|video|documents?|attachments?|stop sequences?|characters?|strings?"
    r"|items|elements"
    r"|array|tools|functions|megabytes?|[kmg]b|bytes)\b",
    re.IGNORECASE,
)
_TOKENS = pattern(r"(?<![a-z_])tokens?(?![a-z_])", re.IGNORECASE)
_SENTENCE_END = pattern(r"(?<=[.!?;。；])\s+(?=\D)|\n")

_STATUS = pattern(r"<[45]\d\d>")
_CODE = pattern(r"\A\D*\(\d+\)\W*\Z")  # a lone number in brackets at the end: some write their codes so
_MEASURE = pattern(r"token|length|size|n_ctx", re.IGNORECASE)
_LEAST_WINDOW = 32  # tokens; a smaller number counts something else
_NUMBER = r"(?<![\w.:/#-])(\d{1,3}(?:[,\u202f\u00a0 _]\d{3})+|\d+)(k\b)?(?![\w:/%]|\.\d|-\w)"
_FILL = (
    r"(?:\W+(?:the|an?|of|is|are|be|to|in|for|this|that|only|model'?s?|maximum|max|context|prompt|input|inputs|sequence"
    r"|tokens?|length|size|window|limit|allowed|available|number|count|total|configured|than|most|[a-z]+_[a-z_]+))*\W*?"
)
_NO_SIZE = pattern(r"\bby \W*\Z|\b(?:code|status|error|http)\W*\Z", re.IGNORECASE)
_ASKED_FOR = pattern(rf"\bfor {_NUMBER}", re.IGNORECASE)  # the excess, not the size that would fit
_LIMIT = pattern(rf"\b(?:max(?:imum)?|limit|window){_FILL}{_NUMBER}", re.IGNORECASE)
_NAMED_WINDOW = tuple(
    pattern(text, re.IGNORECASE)
    for text in (
        rf"{_NUMBER} \+ \d[\d,]* (?:>|exceeds?) {_NUMBER}",
        rf"{_NUMBER}(?: \w+)? > {_NUMBER}(?: - \d|\W)",
        rf"range of input length should be \[\d+, ?{_NUMBER}",
        rf"\b(?:less|fewer|longer|larger|greater|more|bigger) than{_FILL}{_NUMBER}",
        rf"(?:model'?s? )?(?:max(?:imum)?|available|configured)?\W*context{_FILL}{_NUMBER}",
        rf"(?:\b(?:max(?:imum)?|limit|window|only|most|supports?|exceeds?|exceed|up to)|<=|≤){_FILL}{_NUMBER}",
        rf"(?:最大|上限|限制)[^\d,]{{0,12}}{_NUMBER}",
        rf"{_NUMBER}(?: tokens?)?(?: is the)? (?:maximum|max|limit|context)",
    )
)
_ANSWER = tuple(
    pattern(text, re.IGNORECASE)
    for text in (
        rf"\d \+ {_NUMBER} (?:>|exceeds?)",
        rf"{_NUMBER} (?:tokens? )?(?:in|for|of) the (?:completion|output|response|answer)",
        rf"{_NUMBER} (?:(?:output|completion|new|generated) tokens?|`?max_(?:completion_|new_|output_)?tokens)",
        rf"max_(?:completion_|new_|output_)?tokens?\W*(?:is too (?:large|high)|=|:)?\W*{_NUMBER}",
        rf"{_NUMBER} > \d[\d,]* - \d",
    )
)
_MESSAGES = tuple(
    pattern(text, re.IGNORECASE)
    for text in (
        rf"{_NUMBER} (?:tokens? )?(?:in|from|of) the (?:messages|prompt|input|history)",
        rf"{_NUMBER} (?:input|prompt)[ _]tokens?",
        rf"(?:given|received|resulted in|current(?:ly)? (?:length )?is|requested|contains?|passed|has|have|got)\W+"
        rf"(?:about |at least |a total of )?{_NUMBER}",
        rf"> \d[\d,]* - {_NUMBER}",
    )
)
_WHOLE = pattern(rf"(?:requested|total of|totals?)(?: about| at least)? {_NUMBER}", re.IGNORECASE)


@frozen
class OverflowNumbers:
    """Tokens as a refusal reports them: what the messages take, what the answer may take, and what the window holds."""

    needed: int | None = None
    answer: int | None = None
    window: int | None = None


def is_overflow(words: Set[str], text: str) -> bool:
    """Return whether a refusal with these codes and this message says that the request is too long."""
    if _OVERFLOW_CODES & words or any(map(_is_overflow_code, words)):
        return not _OTHER_LIMIT.search(" ".join(words).replace("_", " "))
    if _OTHER_LIMIT.search(text):
        return False
    return any(map(_is_excess, _SENTENCE_END.split(text)))


def read_numbers(text: str) -> OverflowNumbers:
    """Return the numbers that an overflow names."""
    if _CODE.match(text) and not _MEASURE.search(text):
        return OverflowNumbers()
    text = _STATUS.sub("", text)
    answer = _first(_ANSWER, text)
    told = sorted({number for number in _numbers(text) if number >= _LEAST_WINDOW and number != answer})
    if answer is None and len(told) == 2 and _first((_LIMIT,), text) != told[1]:
        return OverflowNumbers(told[1], None, told[0])
    window = None if len(told) == 1 and _ASKED_FOR.search(text) else _first(_NAMED_WINDOW, text, last_group=True)
    return _consistent(OverflowNumbers(_needed(text, told, window, answer), answer, window))


def _needed(text: str, told: list[int], window: int | None, answer: int | None) -> int | None:
    others = [number for number in told if number != window]
    needed = _first(_MESSAGES, text)
    if needed in (None, window) or (needed == answer and others):
        needed = max(others, default=None)
    whole = _WHOLE.search(text)
    is_sum = answer and needed and whole and needed == _value(whole) and needed > answer
    return (needed or 0) - (answer or 0) if is_sum else needed


def counts_answer(text: str) -> bool:
    """Return whether the limit of the answer has its share in an overflow."""
    return _OF_THE_ANSWER.search(text) is not None


def _is_overflow_code(word: str) -> bool:
    name = re.sub(r"[^a-z]", " ", word.lower())
    about = any(part in name for part in ("context", "prompt", "input", "sequence", "token limit", "tokens limit"))
    return about and any(part in name for part in ("exceed", "too long", "too large", "overflow", "reached"))


def _is_excess(sentence: str) -> bool:
    if not (_SIZE.search(sentence) and _EXCESS.search(sentence)):
        return False
    if _OF_OTHER_THINGS.search(sentence) and not _TOKENS.search(sentence):
        return False
    return not _OF_THE_ANSWER.search(sentence) or _OF_THE_REQUEST.search(sentence) is not None


def _consistent(numbers: OverflowNumbers) -> OverflowNumbers:
    """Leave out what makes no overflow: then something was misread, and the window is the likelier to be right."""
    window = numbers.window if numbers.window and numbers.window >= _LEAST_WINDOW else None
    needed = numbers.needed
    if needed and window and needed + (numbers.answer or 0) <= window:
        needed = None
    return OverflowNumbers(needed, numbers.answer, window)


def _numbers(text: str) -> Iterator[int]:
    for found in re.finditer(_NUMBER, text, re.IGNORECASE):
        is_other = _NO_SIZE.search(text[: found.start()])
        if not is_other and (value := _value(found)) is not None:
            yield value


def _first(patterns: Iterable[re.Pattern[str]], text: str, *, last_group: bool = False) -> int | None:
    for known in patterns:
        if found := known.search(text):
            return _value(found, at=(known.groups - 1) if last_group else 1)
    return None


def _value(found: re.Match[str], *, at: int = 1) -> int | None:
    digits = re.sub(r"\D", "", found[at] or "")
    return int(digits) * (1000 if found[at + 1] else 1) if digits and len(digits) <= 12 else None
