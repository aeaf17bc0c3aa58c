"""What can go wrong with the database itself or with what is asked of it.

    StorageError
    ├── BadDatabaseUrl   the configured address names no database we can use
    ├── DatabaseInUse    another process works on the same SQLite file
    ├── NeedsMigration   the schema is older than the program
    ├── DatabaseTooNew   the schema is newer than the program
    ├── FeedExists       the address is polled already
    └── NoSuchChat       the chat is not known

Errors of the driver (connection lost, disk full) are not translated: nobody can act on them more precisely
than on `sqlalchemy.exc.DBAPIError`.
"""

from collections.abc import Sequence
from pathlib import Path


class StorageError(Exception):
    """Storage cannot do what was asked."""


class BadDatabaseUrl(StorageError):
    """The address names no database we can use; `url` is shown without its password."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url!r} is not a database address. "
            "Use sqlite:///var/loa.db for a file, or postgresql://user@host/name for a server."
        )
        self.url = url


class DatabaseInUse(StorageError):
    """Another process works on the same SQLite file."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The database {path} is in use by another running loa. "
            "Stop that one first, or move to PostgreSQL to run several at once."
        )
        self.path = path


class NeedsMigration(StorageError):
    """The schema is older than the program; `pending` are the missing revisions, oldest first."""

    def __init__(self, pending: Sequence[str]) -> None:
        super().__init__(
            f"The database is not up to date ({', '.join(pending)} missing). Run: loa migrate --config FILE"
        )
        self.pending = tuple(pending)


class DatabaseTooNew(StorageError):
    """The schema was made by a newer version of the program."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database was made by a newer version of loa (revision {revision}). "
            "Install that version, or restore the backup made before the upgrade."
        )
        self.revision = revision


class FeedExists(StorageError):
    """The address is polled already, as feed `feed_id`."""

    def __init__(self, feed_id: int) -> None:
        super().__init__(f"feed {feed_id} has this address already")
        self.feed_id = feed_id


class NoSuchChat(StorageError):
    """There is no chat with this id."""

    def __init__(self, chat_id: int) -> None:
        super().__init__(f"no chat {chat_id}")
        self.chat_id = chat_id
