"""A home of its own for each test, and a few providers."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from chatcli.files.own import app_dirs
from chatcli.providers.table import PROVIDERS
from chatcli.settings.loading import SettingsSources

Around: TypeAlias = Callable[..., SettingsSources]


@pytest.fixture
def around(tmp_path: Path) -> Around:
    """Return a maker of surroundings: variables by name, `config` the text of the user's file."""
    home, directory = tmp_path / "home", tmp_path / "project"
    home.mkdir(mode=0o700)
    directory.mkdir()

    def make(config: str | None = None, **env: str) -> SettingsSources:
        variables = {"HOME": str(home), **env}
        found = SettingsSources(variables, app_dirs(variables, windows=False), directory, PROVIDERS)
        if config is not None:
            found.dirs.config.mkdir(parents=True, exist_ok=True)
            found.dirs.config_file.write_text(config, encoding="utf-8")
        return found

    return make
