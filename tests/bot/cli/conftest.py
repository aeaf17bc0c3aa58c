"""A folder with a configuration, and `loa` run in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli.app import build_app


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """The JSON Lines printed."""
        return [json.loads(line) for line in self.out.splitlines()]


Loa = Callable[..., Outcome]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def loa(home: Path) -> Loa:
    """Run `loa` with these arguments in `home`; `env` adds to an environment in English."""

    def run(*arguments: str, env: dict[str, str] | None = None, stdin: bytes = b"") -> Outcome:
        result = CliRunner().invoke(
            build_app(),
            arguments,
            input=stdin,
            env={"LC_ALL": "C", "LOA_CONFIG": None, "LOA_DEBUG": None, **(env or {})},
            prog_name="loa",
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return run
