"""Connections and transactions."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.engine import (
    BadDatabaseUrl,
    DatabaseInUse,
    claim_database,
    open_engine,
    reading,
    redacted,
    writing,
)

PROJECT = Path(__file__).parents[2]


async def test_write_transaction_commits_at_the_end(engine: AsyncEngine) -> None:
    async with writing(engine) as conn:
        await conn.execute(text("INSERT INTO people (address, name, role) VALUES ('a', 'A', 'admin')"))
    async with reading(engine) as conn:
        assert (await conn.execute(text("SELECT name FROM people"))).scalar_one() == "A"


async def test_write_transaction_rolls_back_on_an_error(engine: AsyncEngine) -> None:
    with pytest.raises(ValueError, match="boom"):
        async with writing(engine) as conn:
            await conn.execute(text("INSERT INTO people (address, name, role) VALUES ('a', 'A', 'admin')"))
            raise ValueError("boom")
    async with reading(engine) as conn:
        assert (await conn.execute(text("SELECT count(*) FROM people"))).scalar_one() == 0


async def test_write_in_a_read_transaction_is_refused(engine: AsyncEngine) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        async with reading(engine) as conn:
            await conn.execute(text("DELETE FROM people"))
    async with writing(engine) as conn:  # and the connection can write again afterwards
        await conn.execute(text("DELETE FROM people"))


async def test_writers_wait_for_each_other_and_lose_no_update(engine: AsyncEngine) -> None:
    # given a number
    async with writing(engine) as conn:
        await conn.execute(text("INSERT INTO people (address, name, role) VALUES ('n', '0', 'admin')"))

    # when many read it and write one more
    async def add_one() -> None:
        async with writing(engine) as conn:
            lock = "" if engine.dialect.name == "sqlite" else " FOR UPDATE"
            number = (await conn.execute(text(f"SELECT name FROM people{lock}"))).scalar_one()  # noqa: S608
            await asyncio.sleep(0)
            await conn.execute(text("UPDATE people SET name = :n"), {"n": str(int(number) + 1)})

    await asyncio.gather(*(add_one() for _ in range(25)))

    # then all of them counted
    async with reading(engine) as conn:
        assert (await conn.execute(text("SELECT name FROM people"))).scalar_one() == "25"


async def test_readers_do_not_wait_for_a_writer(engine: AsyncEngine) -> None:
    async with writing(engine) as writer:
        await writer.execute(text("INSERT INTO people (address, name, role) VALUES ('a', 'A', 'admin')"))
        async with asyncio.timeout(5), reading(engine) as conn:
            assert (await conn.execute(text("SELECT count(*) FROM people"))).scalar_one() == 0


async def test_foreign_keys_hold(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        async with writing(engine) as conn:
            await conn.execute(
                text("INSERT INTO subscriptions (chat_id, target, created_at) VALUES (99, 'all', 0)")
            )


async def test_sqlite_keeps_every_commit_over_a_power_cut(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'loa.db'}")
    async with reading(engine) as conn:
        assert (await conn.execute(text("PRAGMA journal_mode"))).scalar_one() == "wal"
        assert (await conn.execute(text("PRAGMA synchronous"))).scalar_one() == 2  # FULL
    await engine.dispose()


async def test_sqlite_makes_the_folder(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'var' / 'deep' / 'loa.db'}")
    async with writing(engine) as conn:
        await conn.execute(text("CREATE TABLE t (x)"))
    await engine.dispose()
    assert (tmp_path / "var" / "deep" / "loa.db").exists()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "loa.db",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u@h/db",
        "postgresql://",
        "postgresql://h:x/db",
    ],
)
def test_unusable_address_is_explained(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match=r"sqlite:///var/loa\.db"):
        open_engine(url)


def test_password_is_left_out_of_what_is_shown() -> None:
    assert redacted("postgresql://loa:secret@db/loa") == "postgresql://loa:***@db/loa"
    assert "secret" not in redacted("postgresql://loa:secret@db:port/loa")
    with pytest.raises(BadDatabaseUrl) as caught:
        open_engine("mysql://loa:secret@db/loa")
    assert "secret" not in str(caught.value)


def test_second_process_on_the_same_file_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'loa.db'}"
    program = f"""
from storage.engine import DatabaseInUse, claim_database
try:
    with claim_database({url!r}):
        print("claimed")
except DatabaseInUse as error:
    print(error)
"""

    def second() -> str:
        return subprocess.run(
            [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
        ).stdout

    with claim_database(url):
        answer = second()
        assert str(tmp_path / "loa.db") in answer
        assert "Stop that one first" in answer
    assert second() == "claimed\n"


def test_claim_ends_with_the_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'loa.db'}"
    program = f"""
import os
from storage.engine import claim_database
with claim_database({url!r}):
    os.kill(os.getpid(), 9)
"""
    killed = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=False)
    assert killed.returncode == -9
    with claim_database(url):
        pass


def test_same_process_cannot_claim_twice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'loa.db'}"
    with claim_database(url), pytest.raises(DatabaseInUse), claim_database(url):
        pass


def test_claiming_postgresql_needs_no_lock(tmp_path: Path) -> None:
    with claim_database("postgresql://loa@db/loa"), claim_database("postgresql://loa@db/loa"):
        pass


def test_process_ends_although_connections_were_left_open(tmp_path: Path) -> None:
    program = f"""
import asyncio
from sqlalchemy import text
from storage.engine import open_engine

async def main():
    engine = open_engine("sqlite:///{tmp_path / "loa.db"}")
    conn = await engine.connect()
    await conn.execute(text("SELECT 1"))
    print("done", flush=True)
    await asyncio.Event().wait()

try:
    asyncio.run(asyncio.wait_for(main(), 0.2))
except TimeoutError:
    pass
"""
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.stdout == "done\n"
