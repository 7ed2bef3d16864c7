"""The root of all errors, and what is wrong before a task has begun."""

from __future__ import annotations


class AstroError(Exception):
    """Base of everything this package raises on its own."""

    retryable: bool = False

    def begin_with(self, sentence: str) -> None:
        """Put a sentence before the message.

        :param sentence: What helps most, such as which connection is at fault.
        """
        if not str(self).startswith(sentence):
            self.args = (f"{sentence}\n{self}", *self.args[1:])


class ConfigurationError(AstroError):
    """The connection, the token or an argument cannot be used as it is."""


class DeploymentFileError(AstroError):
    """A Deployment file cannot be used; the message names the file, the line and the key.

    :param problem: What was found and what is allowed, one sentence.
    :param source: The file's path, or a description such as ``"template"`` if it came as text or dict.
    :param line: Line number, from 1, where known.
    :param key: Dotted path of the key, for example ``deployment.configuration.executor``.
    """

    def __init__(self, problem: str, *, source: str, line: int | None = None, key: str | None = None) -> None:
        self.problem = problem
        self.source = source
        self.line = line
        self.key = key
        where = source if line is None else f"{source}, line {line}"
        super().__init__(f"{where}: {key}: {problem}" if key else f"{where}: {problem}")
