"""What a person sees when a command fails: a sentence, never a traceback (unless `--debug`).

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration. Ctrl-C and a reader that went away are quiet.
"""

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from bot.cli.terminal import complain, speak
from bot.i18n import N_, Translator

FAILED, USAGE = 1, 2
MAX_REASON_CHARACTERS = 300
"""Of an error nobody foresaw: its first words, not a page of SQL."""


class QuietGroup(TyperGroup):
    """The root of the commands; turns what they raise into sentences and exit codes."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return self._invoke_and_flush(ctx)
        except BrokenPipeError:
            # The reader (`| head`) has what it wanted. Python would complain again when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            if ctx.params.get("debug") or _is_usage_error(error):
                raise
            raise typer.Exit(report(error)) from None

    def _invoke_and_flush(self, ctx: Any) -> Any:
        # What is still in the buffer would meet the closed pipe at exit, where nobody can catch it.
        try:
            return super().invoke(ctx)
        finally:
            sys.stdout.flush()


def _is_usage_error(error: Exception) -> bool:
    return hasattr(error, "exit_code") and hasattr(error, "format_message")


def report(error: Exception) -> int:
    """Say what went wrong on standard error; gives the exit code."""
    from bot.config import ConfigError

    t = speak()
    if isinstance(error, ConfigError):
        for problem in error.problems:
            complain(problem.text(t))
        return USAGE
    complain(sentence(error, t))
    return FAILED


def sentence(error: Exception, t: Translator) -> str:
    """What went wrong and what to do, in the language of the person at the terminal."""
    from bot.errors import UserError, feed_sentence, query_problem
    from feeds.errors import FeedError
    from feeds.query import QueryError

    match error:
        case UserError():
            return error.text(t)
        case FeedError():
            return feed_sentence(error.key, t, error.detail)
        case QueryError():
            return query_problem(error).text(t)
        case OSError() if error.strerror:
            return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return _storage_sentence(error, t) or _unforeseen(error, t)


def _storage_sentence(error: Exception, t: Translator) -> str | None:
    from storage.errors import DatabaseInUse, DatabaseTooNew, NeedsMigration, StorageError

    match error:
        case NeedsMigration():
            return t(N_("The database is not up to date. Run `loa migrate`, then try again."))
        case DatabaseInUse():
            path = str(error.path)
            return t(
                N_("The database {path} is in use by another running loa. Stop that one first."), path=path
            )
        case DatabaseTooNew():
            return t(N_("The database was made by a newer version of loa. Install that version."))
        case StorageError():
            return str(error)
    return None


def _unforeseen(error: Exception, t: Translator) -> str:
    from bot.logs import redact

    reason = redact(" ".join(f"{type(error).__name__}: {error}".split()))[:MAX_REASON_CHARACTERS]
    return t(
        N_("Something went wrong ({reason}). Run it again as `loa --debug …` to see where."), reason=reason
    )
