"""What endpoints have taught, kept between runs in small files of names and values.

Losing any of it costs one question to a server; so what cannot be read is forgotten, and what cannot be written is not
kept.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chatcli.api.learned_parameters import LearnedParameters
from chatcli.conversation.calibration import Scale
from chatcli.conversation.model_info import ModelInfo, Price
from chatcli.errors import ConfigError
from chatcli.files.own import ensure_private_dir, read_private, write_private
from chatcli.records import asdict, fields, frozen

_MOST_MODELS = 200  # the oldest leaves first
_MOST_LISTS = 20
LIST_IS_FRESH_S = 24 * 3600.0
MOST = 100.0
SHARE = 0.3  # of the newest scale in the one that is kept: one chat in another language is not the rule


@frozen
class _File:
    """Names and values at *path*, at most so many."""

    path: Path
    most: int

    def get(self, name: str) -> Any:
        return self._all().get(name)

    def put(self, name: str, content: Any) -> None:
        """Keep *content* under *name* as the newest, if it can be kept."""
        known = self._all()
        known.pop(name, None)
        known[name] = content
        kept = dict(list(known.items())[-self.most :])
        try:
            ensure_private_dir(self.path.parent)
            write_private(self.path, json.dumps(kept, indent=1).encode())
        except ConfigError:
            return

    def _all(self) -> dict[str, Any]:
        try:
            known = json.loads(read_private(self.path) or b"{}")
        except (ConfigError, ValueError, RecursionError):
            return {}
        return known if isinstance(known, dict) else {}


@frozen
class ParameterFile:
    """What was learnt of parameters, in the file at *path*, for each base URL and model."""

    path: Path

    def recall(self, base_url: str, model: str) -> LearnedParameters:
        """Return what is known of *model* at *base_url*."""
        return LearnedParameters.from_json(self._file.get(f"{base_url} {model}"))

    def remember(self, base_url: str, model: str, learnt: LearnedParameters) -> None:
        """Keep *learnt*, if it can be kept."""
        self._file.put(f"{base_url} {model}", learnt.to_json())

    @property
    def _file(self) -> _File:
        return _File(self.path, _MOST_MODELS)


@frozen
class Calibration:
    """What was learnt of a model's tokens: how they follow from ours, and how many its window has; None is unknown."""

    scale: Scale | None = None
    window_tokens: int | None = None


@frozen
class CalibrationFile:
    """What was learnt of tokens, in the file at *path*, for each base URL and model."""

    path: Path

    def recall(self, base_url: str, model: str) -> Calibration:
        """Return what is known of *model* at *base_url*."""
        found = self._file.get(f"{base_url} {model}")
        known: Mapping[str, Any] = found if isinstance(found, dict) else {}
        window = known.get("window")
        is_window = isinstance(window, int) and not isinstance(window, bool) and window > 0
        return Calibration(_scale(known), window if is_window else None)

    def remember(self, base_url: str, model: str, calibration: Calibration) -> None:
        """Keep what is known in *calibration*; a scale changes the one that was kept by a share of the difference."""
        known = self.recall(base_url, model)
        scale = _smoothed(known.scale, calibration.scale)
        row: dict[str, Any] = {"window": calibration.window_tokens or known.window_tokens}
        if scale:
            row |= {"each": round(scale.each, 4), "around": round(scale.around, 2)}
            row["by"] = "bytes" if scale.by_bytes else "tokens"
        self._file.put(f"{base_url} {model}", row)

    @property
    def _file(self) -> _File:
        return _File(self.path, _MOST_MODELS)


def _scale(known: Mapping[str, Any]) -> Scale | None:
    each, around = known.get("each"), known.get("around")
    if not isinstance(each, float) or not isinstance(around, float) or not 0 < each < MOST or abs(around) > MOST:
        return None
    return Scale(each, around, known.get("by") == "bytes")


def _smoothed(old: Scale | None, new: Scale | None) -> Scale | None:
    if old is None or new is None or old.by_bytes != new.by_bytes:
        return new or old
    return Scale(old.each + SHARE * (new.each - old.each), old.around + SHARE * (new.around - old.around), new.by_bytes)


@frozen
class ModelList:
    """The models of an endpoint as it listed them *age_s* seconds ago."""

    models: Sequence[ModelInfo]
    age_s: float


@frozen
class ModelListFile:
    """Lists of models, in the file at *path*, for each base URL; a list is forgotten after a day."""

    path: Path
    now: Callable[[], float] = time.time

    def recall(self, base_url: str) -> ModelList | None:
        """Return the list of the endpoint at *base_url*, None where there is none that is fresh."""
        found = self._file.get(base_url)
        known: Mapping[str, Any] = found if isinstance(found, dict) else {}
        listed_at, rows = known.get("at"), known.get("models")
        if not isinstance(listed_at, int | float) or not isinstance(rows, list):
            return None
        age_s = self.now() - listed_at
        models = [model for row in rows if isinstance(row, dict) and (model := _model(row))]
        return ModelList(models, age_s) if 0 <= age_s < LIST_IS_FRESH_S and models else None

    def remember(self, base_url: str, models: Sequence[ModelInfo]) -> None:
        """Keep the list of the endpoint at *base_url*."""
        rows = [{name: told for name, told in model_to_json(model).items() if told} for model in models]
        if rows:
            self._file.put(base_url, {"at": round(self.now()), "models": rows})

    @property
    def _file(self) -> _File:
        return _File(self.path, _MOST_LISTS)


def model_to_json(model: ModelInfo) -> dict[str, Any]:
    """Return *model* as JSON values; prices are in US dollars for a million tokens."""
    return asdict(model) | {
        "price": asdict(model.price) if model.price else None,
        "abilities": list(model.abilities),
    }


def _model(row: Mapping[str, Any]) -> ModelInfo | None:
    known = {item.name: row[item.name] for item in fields(ModelInfo) if item.name in row}
    price = known.get("price")
    if not isinstance(known.get("name"), str) or not all(isinstance(known.get(key, 0), int) for key in _SIZES):
        return None
    try:
        known |= {"price": Price(**price) if price else None, "abilities": tuple(row.get("abilities", ()))}
        return ModelInfo(**known)
    except TypeError:
        return None


_SIZES = ("window_tokens", "answer_tokens")
