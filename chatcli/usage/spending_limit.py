"""Keeps a run within an amount of money: what each request may cost is set aside before it is sent."""

from __future__ import annotations

from threading import Lock

from chatcli.conversation.model_info import MILLION, Price
from chatcli.records import frozen


class LimitReachedError(Exception):
    """The money that is left does not pay for another request."""


@frozen
class Allowance:
    """What is set aside for one request: *dollars*, which buy at most *answer_tokens* tokens of answer."""

    dollars: float
    answer_tokens: int


class SpendingLimit:
    """Divides *dollars* among the requests of *jobs* workers; safe for threads."""

    def __init__(self, dollars: float, jobs: int, *, spent: float = 0.0) -> None:
        self._left = dollars - spent
        self._free_jobs = jobs
        self._lock = Lock()

    def reserve(
        self, price: Price, *, prompt_tokens: int, wanted_tokens: int | None, most_tokens: int | None
    ) -> Allowance:
        """Set aside what a request may cost, at most an equal share of what is left.

        *prompt_tokens* is an upper bound; *wanted_tokens* is the limit that the user set for the answer, *most_tokens*
        the longest answer of the model. Raises LimitReachedError if the share does not pay for the prompt and, if
        there is a limit, the whole answer.
        """
        with self._lock:
            share = self._left / self._free_jobs
            prompt = prompt_tokens * price.input / MILLION
            buys = int((share - prompt) * MILLION / price.output) if price.output else most_tokens or MILLION
            if share <= prompt or buys < (wanted_tokens or 1):
                raise LimitReachedError
            tokens = wanted_tokens or min(buys, most_tokens or buys)
            dollars = min(share, prompt + tokens * price.output / MILLION)
            self._left -= dollars
            self._free_jobs -= 1
            return Allowance(dollars, tokens)

    def settle(self, allowance: Allowance, cost: float | None) -> None:
        """Return what a request did not cost; None counts all that was set aside, because it may have cost that."""
        with self._lock:
            self._left += 0.0 if cost is None else allowance.dollars - cost
            self._free_jobs += 1
