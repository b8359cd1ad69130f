"""Finding out what is set costs next to nothing where nothing is."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("httpx", "rich", "prompt_toolkit", "pydantic", "tiktoken", "tomllib", "subprocess", "hashlib", "keyring")

RESOLVE = f"""
import sys
from pathlib import Path
from chatcli.providers.table import PROVIDERS
from chatcli.settings.endpoints import locate, pick_provider
from chatcli.settings.keys import KeySources, find_key
from chatcli.settings.keystore import confirmations, key_store
from chatcli.settings.loading import SettingsSources, load_settings
from chatcli.files.own import app_dirs

env = {{"HOME": sys.argv[1], "OPENAI_API_KEY": "sk-0123456789"}}
where = app_dirs(env)
resolved = load_settings(SettingsSources(env, where, Path(sys.argv[1]), PROVIDERS)).resolved
endpoint = locate(resolved, pick_provider(resolved, presets=PROVIDERS, env=env), presets=PROVIDERS)
found = find_key(endpoint, KeySources(env, PROVIDERS, key_store(where), confirmations(where)))
print(found, [name for name in {HEAVY} if name in sys.modules])
"""


def test_nothing_heavy_is_imported_and_nothing_created(tmp_path: Path) -> None:
    # A coverage run would import into the child what is to be found missing there.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}

    done = subprocess.run(
        [sys.executable, "-c", RESOLVE, str(tmp_path)], capture_output=True, text=True, check=True, cwd=ROOT, env=env
    )

    assert done.stdout == "FoundKey(secret=***, source='$OPENAI_API_KEY') []\n"
    assert not list(tmp_path.iterdir())
