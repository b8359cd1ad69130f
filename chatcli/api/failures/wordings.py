"""Lists error wordings that no rule can distinguish; a new wording is one more line.

Codes are compared whole and in lower case; wordings are patterns searched without regard to case. Where a status says
enough, the status decides and none of this is asked. The wordings are those of the servers' own code, of their SDKs
and of error bodies seen in public issues.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from chatcli.api.failures.error_keys import squeeze
from chatcli.records import frozen


@frozen
class WordingTable:
    """One sort of refusal: *codes*, *code_parts* and *wordings* that mean it.

    A code has a part that is found in it without its separators.

    Patterns are compiled when they are first asked for, as most runs meet no refusal.
    """

    codes: frozenset[str] = frozenset()
    code_parts: tuple[str, ...] = ()
    wordings: tuple[str, ...] = ()

    def matches(self, words: Set[str], text: str) -> bool:
        """Return whether a body with these *words* (codes and types, lower case) and this message is meant."""
        names = map(squeeze, words) if self.code_parts else ()
        has_part = any(part in name for name in names for part in self.code_parts)
        return bool(self.codes & words) or has_part or _has_any(self.wordings, text)


BEYOND_LIMIT = WordingTable(wordings=("request too large for",))  # and so never under it, however long one waits

FILTERED = WordingTable(
    codes=frozenset(
        {
            "responsibleaipolicyviolation",
            "data_inspection_failed",
            "flagged_input",
            "refusal",
            "1301",  # Zhipu
        }
    ),
    code_parts=("contentfilter", "contentpolicy", "sensitive", "moderation", "inappropriate", "harmful", "prohibited"),
    wordings=(
        r"\b(?:inputs?|outputs?|prompts?|contents?|texts?|messages?|images?)\b[^.;]{0,40}[_ ](?:\w+[ ,]+(?:or|and) )?"
        r"(?:sensitive|inappropriate|harmful|unsafe|objectionable|prohibited|illegal)\b",
        r"(?:considered|deemed|detected as|classified as) (?:\w+ )?(?:high[- ]risk|unsafe|harmful|inappropriate)",
        r"敏感|不安全|违规|违禁",
        r"content (?:management )?polic|usage polic|violates? (?:our )?usage guidelines|content exists risk",
        r"requires moderation|(?:was|been) flagged|rejected by (?:the|our) safety system|inappropriate content",
    ),
)
# Where a request came from. Sentences about a model are left out: what a region lacks is then the model.
PLACE = WordingTable(
    code_parts=("unsupportedcountry", "unsupportedregion"),
    wordings=(
        r"^(?!.*\bmodels?\b).*\b(?:countr(?:y|ies)|regions?|territor(?:y|ies)|location)\b.{0,60}"
        r"\b(?:not (?:supported|available|allowed|permitted)|unsupported|unavailable|restricted|blocked|denied)",
        r"^(?!.*\bmodels?\b).*\b(?:not (?:supported|available|allowed|permitted)|unsupported|unavailable|restricted)"
        r"\b.{0,30}\b(?:in|from) (?:your|this|the) (?:country|region|territory|location|area)",
        r"\b(?:ip|client|source) address\b.{0,60}\b(?:not (?:\w+ )?(?:allowed|authorized|permitted)|blocked|denied)",
        r"\bip\b.{0,60}\b(?:not (?:in|on) the|white-?list|allow-?list)",
        r"network settings|public (?:network )?access is|virtual network",
        r"(?:地区|区域|国家).{0,12}(?:不支持|不可用|受限|限制)|不支持.{0,10}(?:地区|区域|国家)",
    ),
)
USER_LOCATION = WordingTable(wordings=(r"user location is not supported",))  # said with 400, where parameters are too
UNKNOWN_MODEL = WordingTable(
    codes=frozenset(
        {
            "deploymentnotfound",
            "1211",  # Zhipu
            "20012",  # SiliconFlow
        }
    ),
    code_parts=("modelnotfound", "invalidmodel", "modelnotsupported", "unknownmodel"),
    wordings=(
        r"\bmodel:? (?:\S+ ){0,4}?(?:do(?:es)? not exist|not found|not exist|is not found|could not be found)",
        r"\bmodel\b.{0,100}not supported by any|no models? (?:is |are )?(?:currently )?loaded",
        r"模型.{0,20}(?:不存在|未找到)",
        r"not a valid model|invalid model name|unknown model|no such model|unable to access model|not found the model",
        r"models/\S+ is not found|no endpoints found for \S+/",
    ),
)
# Words after the name of a removed model.
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


BUSY = WordingTable(
    code_parts=("overloaded", "capacityexceeded"),
    wordings=(
        r"\boverload|\bat (?:full |maximum )?capacity|capacity (?:is )?(?:exceeded|reached)|(?:server|service|engine"
        r"|model)s? (?:is|are) (?:\w+ )?busy|\bhigh (?:demand|traffic|load)\b|负载|繁忙|拥挤",
    ),
)


def _has_any(patterns: Iterable[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
