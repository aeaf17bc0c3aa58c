"""`loa run`, unchanged, that is killed just before its Nth transaction that changes anything commits.

    python -m tests.flows.dying CONFIG N

Killed before the Nth commit is killed after the one before it: counting N up visits the gap between each
pair of steps. SIGKILL leaves no chance to tidy up.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from bot.app import run
from bot.config import load_config

CHANGED = "changed by this transaction"


def die_before_commit(number: int) -> None:
    """Arm the trap."""
    commits = 0

    def note_change(
        conn: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE") and cursor.rowcount > 0:
            conn.info[CHANGED] = True

    def before_commit(conn: Connection) -> None:
        nonlocal commits
        if conn.info.pop(CHANGED, False):
            commits += 1
            if commits == number:
                os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "after_cursor_execute", note_change)
    event.listen(Engine, "commit", before_commit)


if __name__ == "__main__":
    die_before_commit(int(sys.argv[2]))
    asyncio.run(run(load_config(Path(sys.argv[1]), {})))
