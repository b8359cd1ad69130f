"""`chat doctor`: checks everything a conversation needs, one line each, with the remedy."""

from __future__ import annotations

import os
import platform
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from chatcli.api.http.proxy import proxy_for
from chatcli.app.model_directory import ModelDirectory, model_directory_for
from chatcli.app.outputs import has_color, is_plain, look_of
from chatcli.cli.doctor_chats import examine_chats
from chatcli.cli.finding import Finding, FindingState, finding_of_error
from chatcli.cli.run import Run
from chatcli.conversation.model_info import ModelInfo
from chatcli.errors import ChatError, ConfigError
from chatcli.files.faults import file_error
from chatcli.files.own import is_open_to_others, may_exist, shell_quoted, status_of
from chatcli.process.streams import is_terminal
from chatcli.providers.endpoint import GUIDE_URL, Endpoint
from chatcli.records import asdict
from chatcli.settings import inspection
from chatcli.settings.loading import config_file
from chatcli.text.json_values import format_json
from chatcli.text.phrases import count_noun

if TYPE_CHECKING:
    import typer

_MARKS: dict[FindingState, str] = {"ok": "ok   ", "note": "note ", "fault": "FAULT"}
_GOOD_SECONDS = 1.0


def doctor(
    run: Run,
    as_json: Annotated[bool, typer.Option("--json", help="Output JSON Lines.")] = False,
    fixes: Annotated[bool, typer.Option("--fix", help="Fix the permissions of chat's files first.")] = False,
) -> int:
    """Show the findings and return 0, or the exit code of the first fault."""
    if fixes:
        _fix(run)
    findings = list(check_all(run))
    output = run.output()
    if as_json:
        output.say("\n".join(format_json(asdict(finding)) for finding in findings), raw=True)
    else:
        output.say("\n".join(map(_line, findings)), raw=True)
    return next((finding.exit_code for finding in findings if finding.state == "fault"), 0)


def check_all(run: Run) -> Iterator[Finding]:
    """Run all checks in order; failures become findings and are never raised."""
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()}")
    problems = inspection.check_config(run.config.sources)
    for problem in problems:
        yield finding_of_error("config", problem)
    if not problems:
        yield Finding("config", "ok", _config_text(run))
        yield from _examine_endpoint(run)
    yield _terminal(run)
    yield from _theme(run)
    yield from _folders(run)
    yield from examine_chats(run.config.sources.dirs.history)


def _examine_endpoint(run: Run) -> Iterator[Finding]:
    provider = run.config.provider()
    if not provider and not run.flags.base_url:
        remedy = "`chat connect` sets one up; until then `chat` runs the built-in guide"
        yield Finding("endpoint", "note", "no model is connected", remedy)
        return
    try:
        endpoint = run.endpoints.endpoint(provider)
        proxy = proxy_for(endpoint.base_url, run.environment.environ)
    except ChatError as error:
        yield finding_of_error("endpoint", error)
        return
    yield Finding("key", "ok", endpoint.key_source or "none sent")
    yield Finding("proxy", "ok", f"{proxy.shown}, from {proxy.variable}" if proxy else "none: connections are direct")
    if endpoint.base_url != GUIDE_URL:
        yield from _examine_server(run, endpoint)


def _examine_server(run: Run, endpoint: Endpoint) -> Iterator[Finding]:
    from chatcli.api.discovery import list_models

    started_s = time.monotonic()
    try:
        models = list_models(run.endpoints.exchange(endpoint))
    except ChatError as error:
        yield finding_of_error("endpoint", error)
        return
    took_s = time.monotonic() - started_s
    secure = "TLS verified, " if endpoint.base_url.startswith("https:") else ""
    state: FindingState = "ok" if took_s < _GOOD_SECONDS else "note"
    answering = endpoint.model_file or endpoint.base_url
    text = f"{answering} answered in {took_s * 1000:.0f} ms ({secure}{count_noun(len(models), 'model')})"
    yield Finding("endpoint", state, text, "" if state == "ok" else "this endpoint is slow to respond")
    yield _model(run, endpoint, models)


def _model(run: Run, endpoint: Endpoint, models: list[ModelInfo]) -> Finding:
    name = run.config.model(endpoint) or (models[0].name if models else "")
    listed = {info.name: info for info in models}
    if not name:
        return Finding("model", "note", "no model is set, and the endpoint lists none", "name one with -m")
    if name not in listed and models:
        return Finding("model", "note", f"the endpoint does not list {name}", "`chat models` shows what it lists")
    window = run.config.model_settings(name).context or (listed[name].window_tokens if name in listed else None)
    window = window or _directory(run, endpoint).window(name)
    if window:
        return Finding("model", "ok", f"{name}, context window {window} tokens")
    unknown = "context window unknown: nothing is trimmed until the server rejects a request"
    return Finding("model", "note", f"{name}, {unknown}", f'set context = N under [models."{name}"]')


def _directory(run: Run, endpoint: Endpoint) -> ModelDirectory:
    return model_directory_for(run.config.sources.dirs, endpoint, lambda: run.endpoints.exchange(endpoint))


def _config_text(run: Run) -> str:
    path = config_file(run.config.sources)
    notice = run.config.loaded.project.notice
    known = f"{path} is valid" if may_exist(path) else f"{path} does not exist: using defaults"
    return f"{known}; {notice}" if notice else known


def _terminal(run: Run) -> Finding:
    world = run.environment
    if not is_terminal(world.stdout):
        return Finding("terminal", "note", "stdout is not a terminal", "answers are written as plain text")
    kind = world.environ.get("TERM", "")
    traits = [
        kind or "TERM not set",
        world.stdout.encoding or "?",
        "colours" if has_color(run.config) else "no colours",
    ]
    traits += ["plain mode"] if is_plain(run.config) else []
    is_wide = (world.stdout.encoding or "").lower().startswith("utf")
    remedy = "" if is_wide else "many characters cannot be shown without UTF-8: set LANG to a UTF-8 locale"
    return Finding("terminal", "ok" if is_wide else "note", ", ".join(traits), remedy)


def _theme(run: Run) -> Iterator[Finding]:
    look = look_of(run.config)
    if "/" not in look.theme:
        return
    from chatcli.render.theme import complaint_of  # it brings rich, which few checks need

    if complaint := complaint_of(look):
        yield Finding("theme", "note", complaint, "correct the file, or set ui.theme to another one")
    else:
        yield Finding("theme", "ok", f"{look.theme} is valid")


def _folders(run: Run) -> Iterator[Finding]:
    where = run.config.sources.dirs
    for name, folder in (
        ("settings folder", where.config),
        ("state folder", where.state),
        ("chats folder", where.data),
        ("cache folder", where.cache),
    ):
        try:
            yield _folder(name, folder)
        except ConfigError as error:
            yield finding_of_error(name, error)


def _folder(name: str, folder: Path) -> Finding:
    found = status_of(folder)
    if found is None:
        return Finding(name, "ok", f"{folder} does not exist yet")
    if not stat.S_ISDIR(found.st_mode):
        return finding_of_error(name, ConfigError(f"{folder} is not a folder", hint="move it away"))
    if is_open_to_others(found):
        remedy = f"chmod 700 {folder}, or chat doctor --fix"
        return Finding(name, "note", f"{folder} is accessible to other users", remedy)
    if not os.access(folder, os.R_OK | os.X_OK):
        closed = ConfigError(f"{folder} cannot be read", hint=f"chmod 700 {shell_quoted(folder)}")
        return finding_of_error(name, closed)
    if not os.access(folder, os.W_OK):
        return Finding(name, "note", f"{folder} is not writable", "nothing is saved between runs")
    return Finding(name, "ok", f"{folder} is private and writable")


def _fix(run: Run) -> None:
    """Make our folders, and the files in them, private."""
    where = run.config.sources.dirs
    for folder in filter(status_of, (where.config, where.state, where.data, where.cache)):
        try:
            folder.chmod(0o700)
            for path in folder.iterdir():
                if path.is_file() and not path.is_symlink():
                    path.chmod(0o600)
        except OSError as error:
            raise file_error("chmod", error.filename or folder, error) from error


def _line(finding: Finding) -> str:
    remedy = f" - {finding.remedy}" if finding.remedy else ""
    return f"{_MARKS[finding.state]} {finding.name}: {finding.text}{remedy}"
