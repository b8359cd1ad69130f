"""The version of the program; the package is built with the number that stands here."""

from __future__ import annotations

VERSION = "0.1.0"
