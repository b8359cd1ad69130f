"""Puts together one run of the program: its environment, flags, settings and endpoints."""

from __future__ import annotations

from chatcli.app.configuration import Configuration
from chatcli.app.endpoints import Confirm, Endpoints
from chatcli.app.outputs import notes_for, output_for
from chatcli.app.user_files import UserFiles
from chatcli.errors import Remedy
from chatcli.flags import Flags
from chatcli.output.plain import Notes, Output
from chatcli.process.environment import Environment
from chatcli.records import frozen


@frozen
class Run:
    """The parts of one run; each module takes those it needs."""

    environment: Environment
    config: Configuration
    endpoints: Endpoints

    @classmethod
    def of(cls, environment: Environment, flags: Flags, confirm: Confirm, *, files: UserFiles | None = None) -> Run:
        """Return the run of *flags* in *environment*; nothing is read yet."""
        files = files or UserFiles(environment.directory, environment.environ)
        config = Configuration(environment, flags, files)
        run = cls(environment, config, Endpoints(config, confirm))
        files.waiting.notice = lambda sentence: run.notes().note(f"chat: {sentence}")
        return run

    @property
    def flags(self) -> Flags:
        """The flags of this run."""
        return self.config.flags

    def output(self, *, is_conversation: bool = False) -> Output:
        """Return the output for answers and notices of this run."""
        return output_for(self.config, self.notes(is_conversation=is_conversation), is_conversation=is_conversation)

    def notes(self, *, is_conversation: bool = False) -> Notes:
        """Return the output for notices and errors of this run."""

        def word(remedy: Remedy) -> str:
            from chatcli.repl import remedies  # their table: few runs need one

            return remedies.word_in_conversation(remedy) if is_conversation else remedies.word_on_command_line(remedy)

        return notes_for(self.config, self.endpoints.redact, word)

    @property
    def files(self) -> UserFiles:
        """The files that the user names."""
        return self.config.files
