"""`loa check-config` and `loa migrate`."""

from pathlib import Path

import pytest

from storage.engine import claim_database
from tests.bot.cli.conftest import Loa
from tests.project import ROOT

GOOD = """\
polling: {min_interval: 90s, allow_networks: [10.0.0.0/8]}
feeds:
  - {url: "https://a.example/rss", topics: [x, y]}
"""


def test_a_good_configuration_is_shown_with_its_defaults(home: Path, loa: Loa) -> None:
    (home / "config.yaml").write_text(GOOD)

    done = loa("check-config")

    assert done.code == 0
    rows = [line.split() for line in done.out.splitlines()]
    assert ["polling.min_interval", "1m30s"] in rows
    assert ["polling.tick", "1s"] in rows
    assert ["telegram.token", "–"] in rows
    assert ["feeds[0].url", "https://a.example/rss"] in rows
    assert "The configuration is fine." in done.out


def test_json_gives_a_key_a_line(home: Path, loa: Loa) -> None:
    (home / "config.yaml").write_text(GOOD)

    values = {each["key"]: each["value"] for each in loa("check-config", "--json").records}

    assert values["polling.min_interval"] == "1m30s"
    assert values["polling.allow_networks"] == ["10.0.0.0/8"]
    assert values["feeds[0].topics"] == ["x", "y"]
    assert values["feeds[0].full_text"] == "full"
    assert values["delivery.rate_per_second"] == 25.0
    assert values["telegram.proxy"] is None


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_no_secret_is_shown(loa: Loa, as_json: tuple[str, ...]) -> None:
    environ = {
        "LOA_TELEGRAM__TOKEN": "12345:hunter22",
        "LOA_TELEGRAM__PROXY": "http://me:hunter22@proxy.example:3128",
        "LOA_DATABASE": "postgresql://loa:hunter22@db.example/loa",
    }

    done = loa("check-config", *as_json, env=environ)

    assert done.code == 0
    assert "hunter22" not in done.out + done.err
    assert "db.example/loa" in done.out
    assert "proxy.example:3128" in done.out


def test_all_mistakes_are_shown_and_the_code_is_2(home: Path, loa: Loa) -> None:
    (home / "bad.yaml").write_text("langauge: vi\npolling: {tick: soon}\n")

    done = loa("check-config", "--config", "bad.yaml")

    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "bad.yaml:1: langauge: There is no such key. Did you mean language?",
        "bad.yaml:2: polling.tick: “soon” is not a duration. Write a number and a unit: 30s, 5m, 2h or 1d.",
    ]


def test_mistakes_as_json(home: Path, loa: Loa) -> None:
    (home / "bad.yaml").write_text("langauge: vi\n")

    done = loa("check-config", "--json", env={"LOA_CONFIG": "bad.yaml"})

    assert done.code == 2
    assert done.records == [
        {
            "place": "bad.yaml:1",
            "key": "langauge",
            "message": "There is no such key.",
            "hint": "Did you mean language?",
        }
    ]


def test_mistakes_are_told_in_the_language_of_the_terminal(home: Path, loa: Loa) -> None:
    (home / "config.yaml").write_text("langauge: vi\n")

    english, vietnamese = loa("check-config"), loa("check-config", env={"LC_ALL": "vi_VN.UTF-8"})

    assert vietnamese.code == 2
    assert vietnamese.err.startswith("config.yaml:1: langauge: ")
    assert vietnamese.err != english.err


def test_the_example_is_fine(loa: Loa) -> None:
    assert loa("check-config", "-c", str(ROOT / "config.example.yaml")).code == 0


def test_without_any_configuration_it_says_what_to_do(loa: Loa) -> None:
    done = loa("check-config")

    assert done.code == 2
    assert "Copy config.example.yaml to config.yaml" in done.err


def test_migrate_makes_the_database_and_then_has_nothing_to_do(loa: Loa, empty_database_url: str) -> None:
    environ = {"LOA_DATABASE": empty_database_url}

    first, second = loa("migrate", env=environ), loa("migrate", env=environ)

    assert (first.code, second.code) == (0, 0)
    assert first.out.startswith("Applied 0001")
    assert first.out.endswith("The database is up to date.\n")
    assert second.out == "The database is up to date.\n"


def test_migrate_does_not_touch_a_database_in_use(loa: Loa) -> None:
    environ = {"LOA_DATABASE": "sqlite:///loa.db"}

    with claim_database("sqlite:///loa.db"):
        done = loa("migrate", env=environ)

    assert done.code == 1
    assert "loa.db is in use by another running loa" in done.err
