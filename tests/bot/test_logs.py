"""Logging: what a line looks like, and that no secret is in it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.config import LogFormat, LogLevel
from bot.logs import QUIET_LIBRARIES, redact, setup_logging

TOKEN = "123456789:" + "AAF-x_9" * 5


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in QUIET_LIBRARIES}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, each in levels.items():
        logging.getLogger(name).setLevel(each)
    structlog.reset_defaults()


def test_a_pipe_gets_a_json_object_a_line() -> None:
    stream = io.StringIO()
    setup_logging(stream=stream)

    structlog.get_logger("bot.poller").info("poll.done", feed=3, title="Báo Điện Biên Phủ")
    logging.getLogger("somebody.else").warning("seen %d times", 2)

    ours, theirs = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (ours["event"], ours["feed"], ours["title"]) == ("poll.done", 3, "Báo Điện Biên Phủ")
    assert (ours["level"], ours["logger"]) == ("info", "bot.poller")
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == (
        "seen 2 times",
        "warning",
        "somebody.else",
    )


def test_a_terminal_gets_a_line_for_people() -> None:
    stream = Terminal()
    setup_logging(stream=stream)

    structlog.get_logger("bot.poller").info("poll.done", feed=3)

    (written,) = stream.getvalue().splitlines()
    assert "poll.done" in written
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        json.loads(written)


def test_the_format_can_be_chosen() -> None:
    terminal, pipe = Terminal(), io.StringIO()

    setup_logging(format=LogFormat.JSON, stream=terminal)
    structlog.get_logger("x").info("one")
    setup_logging(format=LogFormat.CONSOLE, stream=pipe)
    structlog.get_logger("x").info("two")

    assert json.loads(terminal.getvalue())["event"] == "one"
    assert "two" in pipe.getvalue()
    assert "\x1b" not in pipe.getvalue(), "no colours into a file"


def test_less_important_lines_are_left_out() -> None:
    stream = io.StringIO()
    setup_logging(LogLevel.WARNING, stream=stream)

    structlog.get_logger("x").info("quiet")
    structlog.get_logger("x").warning("loud")

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]


@pytest.mark.parametrize(
    "library", ["aiohttp.access", "httpx", "telegram.ext", "apscheduler.scheduler", "alembic.runtime"]
)
def test_addresses_that_libraries_log_do_not_appear(library: str) -> None:
    stream = io.StringIO()
    setup_logging(LogLevel.DEBUG, stream=stream)

    logging.getLogger(library).info("GET https://api.example/bot%s/getMe", TOKEN)

    assert stream.getvalue() == ""


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.CONSOLE])
def test_a_token_is_hidden_wherever_it_stands(form: LogFormat) -> None:
    stream = io.StringIO()
    setup_logging(format=form, stream=stream, secrets=["my-short-secret"])
    log = structlog.get_logger("x")

    log.info(
        f"event {TOKEN}", value=TOKEN, nested={"list": [f"https://api.example/bot{TOKEN}/send"]}, **{TOKEN: 1}
    )
    log.info("configured", text="it is my-short-secret, really")
    logging.getLogger("library").error("failed for %s", TOKEN)
    try:
        raise ValueError(f"bad {TOKEN} and my-short-secret")
    except ValueError:
        log.exception("with a traceback")
        logging.getLogger("library").exception("with another")

    written = stream.getvalue()
    assert TOKEN not in written
    assert "AAF-x_9" not in written
    assert "my-short-secret" not in written
    assert "really" in written
    assert written.count("Traceback (most recent call last)") == 2


def test_a_traceback_does_not_show_local_variables() -> None:
    stream = Terminal()
    setup_logging(stream=stream)
    words_of_a_chat = "a private sentence".upper()

    try:
        raise RuntimeError(str(len(words_of_a_chat)))
    except RuntimeError:
        structlog.get_logger("x").exception("broke")

    assert "RuntimeError: 18" in stream.getvalue()
    assert "A PRIVATE SENTENCE" not in stream.getvalue()


def test_values_json_does_not_know_are_written_as_text() -> None:
    stream = io.StringIO()
    setup_logging(stream=stream)

    structlog.get_logger("x").info("odd", value={1, 2}.__class__)

    assert json.loads(stream.getvalue())["value"] == "<class 'set'>"


def test_setting_up_twice_does_not_write_twice() -> None:
    first, second = io.StringIO(), io.StringIO()
    setup_logging(stream=first)
    setup_logging(stream=second)

    logging.getLogger("x").warning("once")

    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"bot{TOKEN}/getMe", "bot[hidden]/getMe"),
        ("postgresql://loa:p%40ss@db/loa", "postgresql://[hidden]@db/loa"),
        ("https://paper.example/a:b@c", "https://paper.example/a:b@c"),
        ("14:15 - 09/01/2020", "14:15 - 09/01/2020"),
        ("", ""),
    ],
)
def test_what_is_redacted(text: str, hidden: str) -> None:
    assert redact(text) == hidden


def test_an_empty_or_tiny_secret_does_not_blot_out_words() -> None:
    assert redact("a chat about a cat", ["", "a"]) == "a chat about a cat"
