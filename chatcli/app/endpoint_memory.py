"""Remembers what endpoints taught us between runs, in small key-value files.

Losing any of it costs one request, so unreadable files are discarded and failed writes are ignored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chatcli.api.learned_parameters import LearnedParameters
from chatcli.conversation.calibration import Scale
from chatcli.conversation.model_info import ModelInfo, Price, Retirement
from chatcli.files.private_json import DisposableValues
from chatcli.records import asdict, frozen
from chatcli.text.json_values import as_int, as_number, as_object, as_objects, as_text, as_texts

_MOST_MODELS = 200  # the oldest is dropped first
_MOST_LISTS = 20
LIST_IS_FRESH_S = 24 * 3600.0
MOST = 100.0
SHARE = 0.3  # weight of the newest scale in the saved one: a chat in another language is an exception


@frozen
class ParameterFile:
    """Learnt parameter rules for each base URL and model, in the file at *path*."""

    path: Path

    def recall(self, base_url: str, model: str) -> LearnedParameters:
        """Return what is known of *model* at *base_url*."""
        return LearnedParameters.from_json(self._file.get(f"{base_url} {model}"))

    def remember(self, base_url: str, model: str, learnt: LearnedParameters) -> None:
        """Save *learnt*, ignoring write errors."""
        self._file.put(f"{base_url} {model}", learnt.to_json())

    @property
    def _file(self) -> DisposableValues:
        return DisposableValues(self.path, _MOST_MODELS)


@frozen
class Calibration:
    """Learnt about a model's tokens: the scale to our counts, and the window; None if unknown.

    *seen_tokens* is the window that its server last reported, which may have changed since: it is shown until asked.
    """

    scale: Scale | None = None
    window_tokens: int | None = None
    seen_tokens: int | None = None


@frozen
class CalibrationFile:
    """Learnt token scales for each base URL and model, in the file at *path*."""

    path: Path

    def recall(self, base_url: str, model: str) -> Calibration:
        """Return what is known of *model* at *base_url*."""
        known = as_object(self._file.get(f"{base_url} {model}"))
        return Calibration(_scale(known), _positive(known.get("window")), _positive(known.get("seen")))

    def remember(self, base_url: str, model: str, calibration: Calibration) -> None:
        """Save *calibration*; a new scale moves the saved one by a share of the difference."""
        known = self.recall(base_url, model)
        scale = _smoothed(known.scale, calibration.scale)
        row: dict[str, object] = {"window": calibration.window_tokens or known.window_tokens}
        if seen := calibration.seen_tokens or known.seen_tokens:
            row["seen"] = seen
        if scale:
            row |= {"each": round(scale.each, 4), "around": round(scale.around, 2)}
            row["by"] = "bytes" if scale.by_bytes else "tokens"
        self._file.put(f"{base_url} {model}", row)

    @property
    def _file(self) -> DisposableValues:
        return DisposableValues(self.path, _MOST_MODELS)


def _positive(value: object) -> int | None:
    number = as_int(value)
    return number if number and number > 0 else None


def _scale(known: Mapping[str, object]) -> Scale | None:
    each, around = as_number(known.get("each")), as_number(known.get("around"))
    if each is None or around is None or not 0 < each < MOST or abs(around) > MOST:
        return None
    return Scale(each, around, known.get("by") == "bytes")


def _smoothed(old: Scale | None, new: Scale | None) -> Scale | None:
    if old is None or new is None or old.by_bytes != new.by_bytes:
        return new or old
    return Scale(old.each + SHARE * (new.each - old.each), old.around + SHARE * (new.around - old.around), new.by_bytes)


@frozen
class ModelList:
    """The models that an endpoint listed *age_s* seconds ago."""

    models: Sequence[ModelInfo]
    age_s: float


@frozen
class ModelListFile:
    """Model lists for each base URL, in the file at *path*; they expire after a day."""

    path: Path
    now: Callable[[], float] = time.time

    def recall(self, base_url: str, *, is_fresh: bool = True) -> ModelList | None:
        """Return the list of the endpoint at *base_url*, None if missing, or expired and it must be fresh."""
        known = as_object(self._file.get(base_url))
        age_s = self.now() - (as_number(known.get("at")) or 0.0)
        models = [model for row in as_objects(known.get("models")) if (model := _model(row))]
        is_kept = not is_fresh or 0 <= age_s < LIST_IS_FRESH_S
        return ModelList(models, age_s) if is_kept and models else None

    def names(self) -> dict[str, list[str]]:
        """Return the names of the models in each list, however old, by base URL; the file is read once for all."""
        lists = {base_url: as_objects(as_object(known).get("models")) for base_url, known in self._file.read().items()}
        return {
            base_url: [name for row in rows if (name := as_text(row.get("name")))] for base_url, rows in lists.items()
        }

    def remember(self, base_url: str, models: Sequence[ModelInfo]) -> None:
        """Save the list of the endpoint at *base_url*."""
        rows = [{name: told for name, told in model_to_json(model).items() if told} for model in models]
        if rows:
            self._file.put(base_url, {"at": round(self.now()), "models": rows})

    @property
    def _file(self) -> DisposableValues:
        return DisposableValues(self.path, _MOST_LISTS)


def model_to_json(model: ModelInfo) -> dict[str, object]:
    """Return *model* as JSON values; prices are in US dollars for a million tokens."""
    return asdict(model) | {
        "price": asdict(model.price) if model.price else None,
        "abilities": list(model.abilities),
        "retirement": asdict(model.retirement) if model.retirement else None,
    }


def _model(row: Mapping[str, object]) -> ModelInfo | None:
    name = as_text(row.get("name"))
    window_tokens, answer_tokens = as_int(row.get("window_tokens")), as_int(row.get("answer_tokens"))
    price, abilities = _price(as_object(row.get("price"))), tuple(as_texts(row.get("abilities")))
    retirement = _retirement(row.get("retirement"))
    return ModelInfo(name, window_tokens, answer_tokens, price, abilities, retirement) if name else None


def _retirement(row: object) -> Retirement | None:
    return Retirement(as_number(row.get("at_s")), as_text(row.get("successor"))) if isinstance(row, dict) else None


def _price(row: Mapping[str, object]) -> Price | None:
    per_input, per_output = as_number(row.get("input")), as_number(row.get("output"))
    if per_input is None or per_output is None:
        return None
    return Price(per_input, per_output, as_number(row.get("cached")))
