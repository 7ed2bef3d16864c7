"""The base of all errors, and errors that are found before a task begins."""

from __future__ import annotations


class AstroError(Exception):
    """Base of all errors that this package raises."""

    retryable: bool = False

    def begin_with(self, sentence: str) -> None:
        """Put a sentence before the message.

        :param sentence: The most helpful information, such as which connection is wrong.
        """
        if not str(self).startswith(sentence):
            self.args = (f"{sentence}\n{self}", *self.args[1:])

    def end_with(self, sentence: str) -> None:
        """Put a sentence on a line of its own after the message.

        :param sentence: Less important information, such as what the task was doing.
        """
        self.args = (f"{self}\n{sentence}", *self.args[1:])


class ConfigurationError(AstroError):
    """The connection, the token or an argument cannot be used."""


class DeploymentFileError(AstroError):
    """A Deployment file is invalid; the message names the file, the line and the key.

    :param problem: What was found and what is allowed, one sentence.
    :param source: The file's path, or a description such as ``"template"`` if it was passed as text or a dict.
    :param line: Line number, from 1, if known.
    :param key: Dotted path of the key, for example ``deployment.configuration.executor``.
    """

    def __init__(self, problem: str, *, source: str, line: int | None = None, key: str | None = None) -> None:
        self.problem = problem
        self.source = source
        self.line = line
        self.key = key
        where = source if line is None else f"{source}, line {line}"
        super().__init__(f"{where}: {key}: {problem}" if key else f"{where}: {problem}")
