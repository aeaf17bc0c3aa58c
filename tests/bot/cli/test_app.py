"""`loa` itself: help, version, exit codes, and how failures look. In a process of its own."""

import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.cli.failures import sentence
from bot.cli.terminal import printable
from bot.errors import UserError
from bot.i18n import translator
from feeds.errors import TimedOut
from feeds.query import QueryError
from storage.errors import BadDatabaseUrl, DatabaseInUse, DatabaseTooNew, NeedsMigration
from tests.bot.cli.conftest import Loa
from tests.project import ROOT

LOA = (sys.executable, "-m", "bot")


def environment(**values: str) -> dict[str, str]:
    return {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **values}


def test_help_names_every_command(loa: Loa) -> None:
    done = loa("--help")

    assert done.code == 0
    for name in ("run", "demo", "check-config", "migrate", "latest", "search", "feed", "export", "import"):
        assert f" {name} " in done.out


def test_the_version_is_the_packages() -> None:
    done = subprocess.run([*LOA, "--version"], env=environment(), cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, f"loa {version('loa')}\n")


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("latest", "--limit", "0"), ("search",), ("feed", "test")]
)
def test_wrong_usage_ends_with_2(loa: Loa, arguments: tuple[str, ...]) -> None:
    done = loa(*arguments)

    assert done.code == 2
    assert "Traceback" not in done.err


@pytest.mark.parametrize("reader", ["true", "head -c 1"])
@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_reader_that_goes_away_is_no_failure(home: Path, reader: str, buffered: str) -> None:
    (home / "config.yaml").write_text("feeds: []\n")
    loa = " ".join(LOA)

    done = subprocess.run(
        ["bash", "-c", f"{loa} check-config --json | {reader} >/dev/null; echo ${{PIPESTATUS[0]}}"],
        env=environment(PYTHONUNBUFFERED=buffered),
        cwd=home,
        capture_output=True,
        text=True,
    )

    assert (done.stdout.strip(), done.stderr) == ("0", "")


def test_ctrl_c_is_quiet(home: Path) -> None:
    (home / "config.yaml").write_text("database: sqlite:///loa.db\n")
    subprocess.run([*LOA, "migrate"], env=environment(), cwd=home, check=True, capture_output=True)
    reading = subprocess.Popen(
        [*LOA, "import", "articles", "-"],
        env=environment(PYTHONUNBUFFERED="1"),
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reading.stdin is not None
    assert reading.stderr is not None
    reading.stdin.write("this is a bad line\n")
    reading.stdin.flush()
    assert reading.stderr.readline().startswith("line 1: ")  # it is at work

    reading.send_signal(signal.SIGINT)
    _, err = reading.communicate(timeout=30)

    assert reading.returncode == 130
    assert "Traceback" not in err


def test_debug_shows_where_an_error_came_from(home: Path) -> None:
    (home / "config.yaml").write_text("language: fr\n")

    done = subprocess.run(
        [*LOA, "--debug", "check-config"], env=environment(), cwd=home, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "ConfigError" in done.stderr


def test_an_error_nobody_foresaw_is_one_sentence_without_secrets() -> None:
    token = "12345:" + "a" * 35

    said = sentence(RuntimeError(f"first {token}\nsecond"), translator("en"))

    assert said == (
        "Something went wrong (RuntimeError: first [hidden] second). "
        "Run it again as `loa --debug …` to see where."
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimedOut("https://a.example"), "took too long"),
        (QueryError("query_only_excludes"), "at least one word"),
        (UserError("Take {what}.", what="care"), "Take care."),
        (NeedsMigration(["0002"]), "Run `loa migrate`"),
        (DatabaseInUse(Path("var/loa.db")), "var/loa.db is in use"),
        (DatabaseTooNew("0009"), "newer version"),
        (BadDatabaseUrl("x"), "not a database address"),
        (FileNotFoundError(2, "No such file or directory", "a.jsonl"), "a.jsonl: No such file or directory"),
    ],
)
def test_every_known_error_has_its_sentence(error: Exception, words: str) -> None:
    assert words in sentence(error, translator("en"))


def test_text_from_outside_cannot_steer_the_terminal() -> None:
    hostile = "a\x1b]0;title\x07b\x9b31mc\u202ed\u200be\rf\tg\nh"

    assert printable(hostile) == "a]0;titleb31mcdef\tg\nh"
    assert printable("Điện Biên 📖 “tin”") == "Điện Biên 📖 “tin”"
