"""`chat shell-init`: writes the file that a shell sources, so that no Python runs when the shell starts."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from chatcli.cli.completion import START_FILES
from chatcli.cli.run import Run
from chatcli.errors import UsageError
from chatcli.files.own import ensure_private_dir, shell_quoted, write_private
from chatcli.language import _
from chatcli.text.similar import did_you_mean

if TYPE_CHECKING:
    import typer


def shell_init(
    run: Run,
    shell: Annotated[
        str, typer.Argument(metavar="[bash|zsh|fish]", help=_("Your shell; by default that of $SHELL."))
    ] = "",
) -> None:
    """Write the file for *shell*, and print the line that makes the shell source it."""
    name = shell or Path(run.environment.environ.get("SHELL", "")).name
    if name not in START_FILES:
        hint = did_you_mean(name, START_FILES, form="`chat shell-init {}`") or _("use bash, zsh or fish")
        raise UsageError(_("unknown shell {name}", name=f"`{name}`") if name else _("no shell was named"), hint=hint)
    folder = run.config.sources.dirs.data / "shell"
    ensure_private_dir(folder)
    path = folder / f"chat.{name}"
    write_private(path, files("chatcli").joinpath(f"shell/chat.{name}").read_bytes())
    output = run.output()
    output.say(f"source {shell_quoted(path)}", raw=True)
    output.note(_("Written to {path}. Add the line above to {file}:", path=path, file=START_FILES[name]))
    output.note(f"chat shell-init {name} >> {START_FILES[name]}")
