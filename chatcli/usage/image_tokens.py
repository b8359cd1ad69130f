"""Computes the tokens of images, from the documented rules of each model family.

OpenAI's models split an image into tiles of 512 pixels or patches of 32; https://platform.openai.com/docs/guides/images
tells the sizes it is brought to before. Where nothing is published, a guess stands in, from 256 tokens for a small
picture (what open models take at least) to a thousand; what the server reports tells better.
"""

from __future__ import annotations

import re
from math import ceil, floor, sqrt

from chatcli.records import frozen
from chatcli.request.images import Picture
from chatcli.text.patterns import pattern

_LONGEST, _SHORTEST, _TILE = 2048, 768, 512
_PATCH, _MOST_PATCHES = 32, 1536


@frozen
class Tiles:
    """A base cost per image, plus a cost per tile; *low* detail costs only the base."""

    base: int
    each: int

    def tokens(self, width: int, height: int, detail: str | None) -> int:
        """Return the tokens of an image of that size."""
        if detail == "low":
            return self.base
        shrunk = min(1.0, _LONGEST / max(width, height))
        shrunk *= min(1.0, _SHORTEST / (min(width, height) * shrunk))
        return self.base + self.each * ceil(width * shrunk / _TILE) * ceil(height * shrunk / _TILE)

    @property
    def most(self) -> int:
        """The tokens of the largest image, which fills two by four tiles."""
        return self.base + self.each * 8


@frozen
class Patches:
    """A cost per patch of the image, for at most 1536 patches."""

    each: float

    def tokens(self, width: int, height: int, detail: str | None) -> int:
        """Return the tokens of an image of that size, regardless of detail."""
        del detail
        patches = ceil(width / _PATCH) * ceil(height / _PATCH)
        if patches > _MOST_PATCHES:
            patches = self._shrunk(width, height)
        return ceil(patches * self.each)

    def _shrunk(self, width: int, height: int) -> int:
        """Return the number of patches of an image after scaling it down to fit."""
        shrunk = sqrt(_PATCH**2 * _MOST_PATCHES / (width * height))
        across, down = width * shrunk / _PATCH, height * shrunk / _PATCH
        shrunk *= min(floor(across) / across, floor(down) / down) if min(across, down) >= 1 else 1
        return min(ceil(width * shrunk / _PATCH) * ceil(height * shrunk / _PATCH), _MOST_PATCHES)

    @property
    def most(self) -> int:
        """The tokens of the largest image."""
        return ceil(_MOST_PATCHES * self.each)


@frozen
class Area:
    """One token per number of pixels, from *least* to *most* tokens."""

    pixels: int
    most: int
    least: int = 0

    def tokens(self, width: int, height: int, detail: str | None) -> int:
        """Return the tokens of an image of that size, regardless of detail."""
        del detail
        return max(self.least, min(ceil(width * height / self.pixels), self.most))


UNKNOWN = Area(750, most=1000, least=256)
# The first match applies.
_ROWS: tuple[tuple[re.Pattern[str], Tiles | Patches | Area], ...] = tuple(
    (pattern(expression), rule)
    for expression, rule in (
        (r"gpt-4o-mini", Tiles(2833, 5667)),
        (r"gpt-4\.1-mini|gpt-5-mini", Patches(1.62)),
        (r"gpt-4\.1-nano|gpt-5-nano", Patches(2.46)),
        (r"o4-mini", Patches(1.72)),
        (r"computer-use", Tiles(65, 129)),
        (r"gpt-4|chatgpt-4o", Tiles(85, 170)),
        (r"o[13]\b", Tiles(75, 150)),
        (r"gpt-5(-\d{4}-|-chat|$)", Tiles(70, 140)),
        (r"gpt-[5-9]", Patches(1.0)),
        (r"claude", Area(750, 1600)),
    )
)


def image_tokens(model: str, picture: Picture | None, detail: str | None) -> int:
    """Return the tokens of *picture* for *model*; those of the largest image if its size is unknown."""
    bare = model.rpartition("/")[2].lower()
    rule = next((rule for expression, rule in _ROWS if expression.match(bare)), UNKNOWN)
    if picture is None or not picture.pixels:
        return rule.base if isinstance(rule, Tiles) and detail == "low" else rule.most
    return rule.tokens(picture.width, picture.height, detail)
