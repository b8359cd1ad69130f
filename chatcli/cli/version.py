"""The version of the program, which the package is built with."""

from __future__ import annotations

VERSION = "0.1.0"
