"""`chat doctor`: checks everything a conversation needs, one line each, with the remedy."""

from __future__ import annotations

import os
import platform
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

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
from chatcli.language import N_, _, ngettext
from chatcli.process.streams import is_terminal
from chatcli.providers.endpoint import GUIDE_URL, Endpoint
from chatcli.records import asdict
from chatcli.settings import inspection
from chatcli.settings.loading import config_file
from chatcli.terminal.screen import wrap_for
from chatcli.text.json_values import format_json
from chatcli.text.sanitizer import sanitize

if TYPE_CHECKING:
    import typer

_MARKS: dict[FindingState, str] = {"ok": N_("ok   "), "note": N_("note "), "fault": N_("FAULT")}
_GOOD_SECONDS = 1.0
_CONFIG, _ENDPOINT, _KEY, _PROXY = N_("config"), N_("endpoint"), N_("key"), N_("proxy")
_MODEL, _TERMINAL, _THEME = N_("model"), N_("terminal"), N_("theme")


def doctor(
    run: Run,
    as_json: Annotated[bool, typer.Option("--json", help=_("Output JSON Lines."))] = False,
    fixes: Annotated[bool, typer.Option("--fix", help=_("Fix the permissions of chat's files first."))] = False,
) -> int:
    """Show the findings and return 0, or the exit code of the first fault."""
    if fixes:
        _fix(run)
    findings = list(check_all(run))
    output = run.output()
    if as_json:
        output.say("\n".join(format_json(asdict(finding)) for finding in findings), raw=True)
    else:
        output.say("\n".join(_line(finding, run.environment.stdout) for finding in findings), raw=True)
    return next((finding.exit_code for finding in findings if finding.state == "fault"), 0)


def check_all(run: Run) -> Iterator[Finding]:
    """Run all checks in order; failures become findings and are never raised."""
    yield Finding(
        "python", "ok", _("{version} on {system}", version=platform.python_version(), system=platform.system())
    )
    problems = inspection.check_config(run.config.sources)
    for problem in problems:
        yield finding_of_error(_CONFIG, problem)
    if not problems:
        yield Finding(_CONFIG, "ok", _config_text(run))
        yield from _examine_endpoint(run)
    yield _terminal(run)
    yield from _theme(run)
    yield from _folders(run)
    yield from examine_chats(run.config.sources.dirs.history)


def _examine_endpoint(run: Run) -> Iterator[Finding]:
    provider = run.config.provider()
    if not provider and not run.flags.base_url:
        remedy = _("`chat connect` sets one up; until then `chat` runs the built-in guide")
        yield Finding(_ENDPOINT, "note", _("no model is connected"), remedy)
        return
    try:
        endpoint = run.endpoints.endpoint(provider)
        proxy = proxy_for(endpoint.base_url, run.environment.environ)
    except ChatError as error:
        yield finding_of_error(_ENDPOINT, error)
        return
    yield Finding(_KEY, "ok", endpoint.key_source or _("none sent"))
    used = _("{proxy}, from {variable}", proxy=proxy.shown, variable=proxy.variable) if proxy else ""
    yield Finding(_PROXY, "ok", used or _("none: connections are direct"))
    if endpoint.base_url != GUIDE_URL:
        yield from _examine_server(run, endpoint)


def _examine_server(run: Run, endpoint: Endpoint) -> Iterator[Finding]:
    from chatcli.api.discovery import list_models

    started_s = time.monotonic()
    try:
        models = list_models(run.endpoints.exchange(endpoint))
    except ChatError as error:
        yield finding_of_error(_ENDPOINT, error)
        return
    took_s = time.monotonic() - started_s
    state: FindingState = "ok" if took_s < _GOOD_SECONDS else "note"
    plain, secure = (
        N_("{server} answered in {ms} ms ({models})"),
        N_("{server} answered in {ms} ms (TLS verified, {models})"),
    )
    text = _(
        secure if endpoint.base_url.startswith("https:") else plain,
        server=endpoint.model_file or endpoint.base_url,
        ms=f"{took_s * 1000:.0f}",
        models=ngettext("{count} model", "{count} models", len(models)),
    )
    yield Finding(_ENDPOINT, state, text, "" if state == "ok" else _("this endpoint is slow to respond"))
    yield _model(run, endpoint, models)


def _model(run: Run, endpoint: Endpoint, models: list[ModelInfo]) -> Finding:
    name = run.config.model(endpoint) or (models[0].name if models else "")
    listed = {info.name: info for info in models}
    if not name:
        return Finding(_MODEL, "note", _("no model is set, and the endpoint lists none"), _("name one with -m"))
    if name not in listed and models:
        return Finding(
            _MODEL, "note", _("the endpoint does not list {model}", model=name), _("`chat models` shows what it lists")
        )
    window = run.config.model_settings(name).context or (listed[name].window_tokens if name in listed else None)
    window = window or _directory(run, endpoint).window(name)
    if window:
        return Finding(_MODEL, "ok", _("{model}, context window {count} tokens", model=name, count=window))
    unknown = _("{model}, context window unknown: nothing is trimmed until the server rejects a request", model=name)
    return Finding(_MODEL, "note", unknown, _("set context = N under {table}", table=f'[models."{name}"]'))


def _directory(run: Run, endpoint: Endpoint) -> ModelDirectory:
    return model_directory_for(run.config.sources.dirs, endpoint, lambda: run.endpoints.exchange(endpoint))


def _config_text(run: Run) -> str:
    path = config_file(run.config.sources)
    notice = run.config.loaded.project.notice
    missing, valid = N_("{path} does not exist: using defaults"), N_("{path} is valid")
    known = _(valid if may_exist(path) else missing, path=path)
    return _("; ").join((known, notice)) if notice else known


def _terminal(run: Run) -> Finding:
    world = run.environment
    if not is_terminal(world.stdout):
        return Finding(_TERMINAL, "note", _("stdout is not a terminal"), _("answers are written as plain text"))
    kind = world.environ.get("TERM", "")
    traits = [
        kind or _("TERM not set"),
        world.stdout.encoding or "?",
        _("colours") if has_color(run.config) else _("no colours"),
    ]
    traits += [_("plain mode")] if is_plain(run.config) else []
    is_wide = (world.stdout.encoding or "").lower().startswith("utf")
    remedy = "" if is_wide else _("many characters cannot be shown without UTF-8: set LANG to a UTF-8 locale")
    return Finding(_TERMINAL, "ok" if is_wide else "note", _(", ").join(traits), remedy)


def _theme(run: Run) -> Iterator[Finding]:
    look = look_of(run.config)
    if "/" not in look.theme:
        return
    from chatcli.render.theme import complaint_of  # it brings rich, which few checks need

    if complaint := complaint_of(look):
        yield Finding(_THEME, "note", complaint, _("correct the file, or set ui.theme to another one"))
    else:
        yield Finding(_THEME, "ok", _("{path} is valid", path=look.theme))


def _folders(run: Run) -> Iterator[Finding]:
    where = run.config.sources.dirs
    for name, folder in (
        (N_("settings folder"), where.config),
        (N_("state folder"), where.state),
        (N_("chats folder"), where.data),
        (N_("cache folder"), where.cache),
    ):
        try:
            yield _folder(name, folder)
        except ConfigError as error:
            yield finding_of_error(name, error)


def _folder(name: str, folder: Path) -> Finding:
    found = status_of(folder)
    if found is None:
        return Finding(name, "ok", _("{path} does not exist yet", path=folder))
    if not stat.S_ISDIR(found.st_mode):
        return finding_of_error(name, ConfigError(_("{path} is not a folder", path=folder), hint=_("move it away")))
    if is_open_to_others(found):
        remedy = _("`{command}`, or `chat doctor --fix`", command=f"chmod 700 {folder}")
        return Finding(name, "note", _("{path} is accessible to other users", path=folder), remedy)
    if not os.access(folder, os.R_OK | os.X_OK):
        closed = ConfigError(_("{path} cannot be read", path=folder), hint=f"chmod 700 {shell_quoted(folder)}")
        return finding_of_error(name, closed)
    if not os.access(folder, os.W_OK):
        return Finding(name, "note", _("{path} is not writable", path=folder), _("nothing is saved between runs"))
    return Finding(name, "ok", _("{path} is private and writable", path=folder))


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


def _line(finding: Finding, stdout: TextIO) -> str:
    remedied, bare = N_("{name}: {text} - {remedy}"), N_("{name}: {text}")
    line = _(remedied if finding.remedy else bare, name=_(finding.name), text=finding.text, remedy=finding.remedy)
    return wrap_for(stdout, sanitize(line), lead=f"{_(_MARKS[finding.state])} ")
