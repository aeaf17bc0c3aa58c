"""`loa run` from the outside: it starts, says what is missing, and stops when told to."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Loa
from tests.bot.cli.test_app import LOA, environment


def test_without_a_messenger_it_says_so_and_offers_the_others(loa: Loa, home: Path) -> None:
    (home / "config.yaml").write_text("feeds: []\n")

    done = loa("run")

    assert done.code == 2
    for offer in ("telegram.token", "LOA_TELEGRAM__TOKEN", "loa run --console", "loa demo"):
        assert offer in done.err
    assert [path.name for path in home.iterdir()] == ["config.yaml"]


def test_a_wrong_configuration_stops_it_at_once(loa: Loa, home: Path) -> None:
    (home / "config.yaml").write_text("telegram: {tokn: x}\n")

    done = loa("run")

    assert done.code == 2
    assert "config.yaml:1: telegram.tokn: There is no such key. Did you mean token?" in done.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_on_an_empty_folder_and_stops_by_signal(home: Path, number: signal.Signals) -> None:
    (home / "config.yaml").write_text("database: sqlite:///var/loa.db\nlogs: {format: json}\n")
    running = subprocess.Popen(
        [*LOA, "run", "--console"],
        env=environment(PYTHONUNBUFFERED="1"),
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    events = []
    for line in running.stderr:
        events.append(json.loads(line)["event"])
        if events[-1] == "loa.started":
            break

    running.send_signal(number)
    _, rest = running.communicate(timeout=30)
    events += [json.loads(line)["event"] for line in rest.splitlines()]

    assert running.returncode == 0
    assert events == ["database.migrated", "loa.started", "loa.stopping"]
    with contextlib.closing(sqlite3.connect(home / "var/loa.db")) as database:
        assert database.execute("SELECT count(*) FROM feeds").fetchone() == (0,)


def test_a_second_one_on_the_same_file_is_refused(home: Path) -> None:
    (home / "config.yaml").write_text("database: sqlite:///loa.db\n")
    first = subprocess.Popen(
        [*LOA, "run", "--console"],
        env=environment(PYTHONUNBUFFERED="1"),
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert first.stderr is not None
    while "loa.started" not in first.stderr.readline():
        assert first.poll() is None

    second = subprocess.run(
        [*LOA, "run", "--console"],
        env=environment(),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    os.kill(first.pid, signal.SIGTERM)
    first.communicate(timeout=30)

    assert second.returncode == 1
    assert "in use by another running loa" in second.stderr
    assert first.returncode == 0
