"""Recognises model files, and finds those that other programs have downloaded."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from chatcli.errors import ConfigError
from chatcli.files.own import is_regular
from chatcli.language import _
from chatcli.settings.endpoints import is_model_file
from chatcli.text.system_errors import system_reason

_MAGIC = b"GGUF"  # https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#file-structure
_MOST_FOLDERS = 2_000
_MOST_FILES = 50
_MOST_DEPTH = 6
_LATER_PART = re.compile(r"-(?!00001-)\d{5}-of-\d{5}\.gguf$")  # the first one loads the others
_FOLDERS = (
    *("models", "Downloads", ".cache/llama.cpp", ".cache/huggingface/hub", ".lmstudio/models"),
    *(".cache/lm-studio/models", ".local/share/nomic.ai/GPT4All", "Library/Caches/llama.cpp"),
)


def check_model_file(path: Path) -> None:
    """Raise ConfigError if *path* is not a model in the GGUF format."""
    try:
        if not is_regular(path):
            raise ConfigError(_("there is no model file {path}", path=path), hint=_("check the path"))
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise ConfigError(_("cannot read {path}: {reason}", path=path, reason=system_reason(error))) from error
    if magic != _MAGIC:
        raise ConfigError(_("{path} is not a GGUF file", path=path), hint=_("download the model in the GGUF format"))


def find_model_files(home: Path, environ: Mapping[str, str]) -> list[Path]:
    """Return the model files in the folders where programs keep them, the newest first.

    The search visits a bounded number of folders, and follows no links to folders.
    """
    folders = [Path(environ[name]) for name in ("LLAMA_CACHE", "HF_HUB_CACHE") if environ.get(name)]
    found = dict[str, Path]()
    for path in _files([*folders, *(home / folder for folder in _FOLDERS)]):
        found.setdefault(os.path.realpath(path), path)
        if len(found) >= _MOST_FILES:
            break
    return sorted(found.values(), key=_changed_at, reverse=True)


def _files(folders: list[Path]) -> Iterator[Path]:
    left = [(folder, 0) for folder in reversed(folders)]
    for _visited in range(_MOST_FOLDERS):
        if not left:
            return
        folder, depth = left.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and depth < _MOST_DEPTH:
                left.append((Path(entry.path), depth + 1))
            elif _is_model(entry.name):
                yield Path(entry.path)


def _is_model(name: str) -> bool:
    is_projector = "mmproj" in name.lower()  # of images, beside a model
    return is_model_file(name) and not is_projector and not _LATER_PART.search(name.lower())


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
