"""What a parser may do to the process it runs in."""

import ctypes
import os
import re
import signal
import sys
import time
from pathlib import Path

from feeds.errors import BadStatus, NotAFeed


def double(number: int, *, url: str) -> tuple[int, str]:
    return number * 2, url


def echo(data: bytes, *, url: str) -> bytes:
    return data


def process_id(*, url: str) -> int:
    return os.getpid()


def sleep(seconds: float, *, url: str) -> None:
    time.sleep(seconds)


def loop_in_c(*, url: str) -> bool:
    """A quadratic expression, and then some: the interpreter gets no word in."""
    return re.match(r"(a+)+$", "a" * 60 + "b") is None


def announce_and_loop(path: str, *, url: str) -> None:
    Path(path).write_text(str(os.getpid()))
    loop_in_c(url=url)


def eat_memory(count: int, *, url: str) -> int:
    return len(b"x" * count)


def eat_memory_in_pieces(*, url: str) -> None:
    pieces = []
    while True:
        pieces.append(b"x" * 1_000_000)


def not_a_feed(*, url: str) -> None:
    raise NotAFeed(url, "a web page")


def bad_status(*, url: str) -> None:
    raise BadStatus(url, status=503, retry_after=7.0)


def trip(*, url: str) -> None:
    raise KeyError("published")


def leave(code: int, *, url: str) -> None:
    sys.exit(code)


def die(*, url: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def segfault(*, url: str) -> None:
    ctypes.string_at(0)


def recurse(*, url: str) -> None:
    recurse(url=url)


def unpicklable(*, url: str) -> object:
    return lambda: None


def chatter(*, url: str) -> str:
    print("warning: extra content at the end of the document")
    print("warning: extra content at the end of the document", file=sys.stderr)
    os.write(2, b"libxml2 complains\n")
    return "read"


def loaded_modules(*, url: str) -> set[str]:
    return set(sys.modules)
