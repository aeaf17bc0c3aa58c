"""The configuration: what is read, what is refused, and how it is said."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import (
    Config,
    ConfigError,
    Problem,
    format_duration,
    has_settings,
    load_config,
    parse_duration,
    system_language,
)
from bot.i18n import translator
from feeds.types import FullText

FULL = """\
database: postgresql://loa:hunter22@db.example/loa
language: en
time_zone: Europe/Paris
owners: ["telegram:1001", "console:1"]
telegram:
  token: "12345:abcdefghijklmnopqrstuvwxyz0123456789"
  api_url: http://127.0.0.1:8081
  proxy: http://user:secret99@proxy.example:3128
polling:
  min_interval: 90s
  allow_networks: ["10.0.0.0/8", "::1/128"]
  tick: 500ms
delivery:
  rate_per_second: 12.5
feeds:
  - url: https://paper.example/home.rss
    title: The Paper
    topics: [dien-bien]
    time_zone: Asia/Ho_Chi_Minh
    full_text: excerpt
topics:
  - id: dan-van
    title: {vi: Dân vận, en: Mass mobilisation}
    query: '"dân vận" OR "vận động quần chúng"'
"""


def load(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Config:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return load_config(file, environ or {})


def problems(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """The problems' sentences, with the folder taken out."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text, environ)
    english = translator("en")
    return [problem.text(english).replace(f"{folder}/", "") for problem in caught.value.problems]


class TestReading:
    def test_every_key_of_a_full_file_is_read(self, tmp_path: Path) -> None:
        config = load(tmp_path, FULL)

        assert config.database == "postgresql://loa:hunter22@db.example/loa"
        assert (config.language, config.time_zone) == ("en", "Europe/Paris")
        assert config.owners == ("telegram:1001", "console:1")
        assert config.telegram.token.get_secret_value() == "12345:abcdefghijklmnopqrstuvwxyz0123456789"
        assert config.telegram.configured
        assert config.telegram.api_url == "http://127.0.0.1:8081"
        assert config.telegram.proxy == "http://user:secret99@proxy.example:3128"
        assert config.polling.min_interval == timedelta(seconds=90)
        assert config.polling.allow_networks == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
        assert config.polling.tick == timedelta(milliseconds=500)
        assert config.delivery.rate_per_second == 12.5
        (feed,) = config.feeds
        assert (feed.url, feed.title) == ("https://paper.example/home.rss", "The Paper")
        assert (feed.topics, feed.time_zone) == (("dien-bien",), "Asia/Ho_Chi_Minh")
        assert feed.full_text is FullText.EXCERPT
        (topic,) = config.topics
        assert topic.id == "dan-van"
        assert topic.title == {"vi": "Dân vận", "en": "Mass mobilisation"}
        assert topic.query == '"dân vận" OR "vận động quần chúng"'

    def test_an_empty_file_gives_the_defaults(self, tmp_path: Path) -> None:
        config = load(tmp_path, "# nothing yet\n")

        assert config.database == "sqlite:///var/loa.db"
        assert (config.language, config.time_zone) == ("vi", "Asia/Ho_Chi_Minh")
        assert config.polling.min_interval == timedelta(minutes=5)
        assert config.polling.tick == timedelta(seconds=1)
        assert config.delivery.rate_per_second == 25
        assert not config.telegram.configured
        assert config.feeds == ()

    def test_a_section_with_nothing_in_it_means_its_defaults(self, tmp_path: Path) -> None:
        config = load(tmp_path, "telegram:\n  # token: later\nfeeds:\nowners:\n")

        assert config.telegram.api_url == "https://api.telegram.org"
        assert config.feeds == ()

    def test_scalars_keep_the_text_that_was_written(self, tmp_path: Path) -> None:
        # YAML 1.1 would read a number, a boolean and a number in base 60.
        config = load(
            tmp_path,
            "feeds:\n"
            "  - {url: 'https://a.example/', title: 2020}\n"
            "  - {url: 'https://b.example/', title: no}\n"
            "  - {url: 'https://c.example/', title: 12:30}\n",
        )

        assert [feed.title for feed in config.feeds] == ["2020", "no", "12:30"]

    def test_a_title_in_one_text_serves_every_language(self, tmp_path: Path) -> None:
        config = load(tmp_path, "topics: [{id: floods, title: Lũ lụt}]")

        assert config.topics[0].title == {"vi": "Lũ lụt", "en": "Lũ lụt"}

    def test_an_alias_repeats_a_value(self, tmp_path: Path) -> None:
        feeds = "- {url: 'https://a.example/', topics: &t [a]}\n- {url: 'https://b.example/', topics: *t}\n"

        assert load(tmp_path, f"feeds:\n{feeds}").feeds[1].topics == ("a",)

    def test_a_byte_order_mark_is_no_part_of_the_first_key(self, tmp_path: Path) -> None:
        assert load(tmp_path, "\ufefflanguage: en\n").language == "en"

    @pytest.mark.parametrize(
        ("listen", "host", "port"),
        [
            ("127.0.0.1:8080", "127.0.0.1", 8080),
            ("[::1]:9", "::1", 9),
            ("loa.local:65535", "loa.local", 65535),
        ],
    )
    def test_where_the_web_server_listens(self, tmp_path: Path, listen: str, host: str, port: int) -> None:
        config = load(tmp_path, f"web: {{listen: '{listen}', public_url: 'https://loa.example/in/'}}")

        assert (config.web.host, config.web.port) == (host, port)
        assert config.web.public_url == "https://loa.example/in"

    def test_there_is_no_web_server_unless_it_can_be_reached(self, tmp_path: Path) -> None:
        assert load(tmp_path, "web: {listen: '127.0.0.1:9000'}").web.public_url is None

    def test_it_cannot_be_changed(self, tmp_path: Path) -> None:
        config = load(tmp_path, FULL)

        with pytest.raises(ValueError, match="frozen"):
            config.language = "vi"
        with pytest.raises(ValueError, match="frozen"):
            config.polling.tick = timedelta(seconds=9)


class TestEnvironment:
    def test_a_variable_goes_before_the_file(self, tmp_path: Path) -> None:
        config = load(tmp_path, FULL, {"LOA_POLLING__MIN_INTERVAL": "1s", "LOA_LANGUAGE": "vi"})

        assert config.polling.min_interval == timedelta(seconds=1)
        assert config.language == "vi"
        assert config.polling.tick == timedelta(milliseconds=500), "the rest of the section stays"

    @pytest.mark.parametrize("written", ["telegram:1, telegram:2", '["telegram:1", "telegram:2"]'])
    def test_a_list_is_json_or_has_commas(self, tmp_path: Path, written: str) -> None:
        assert load(tmp_path, "", {"LOA_OWNERS": written}).owners == ("telegram:1", "telegram:2")

    def test_a_nested_list_has_commas_too(self, tmp_path: Path) -> None:
        config = load(tmp_path, "", {"LOA_POLLING__ALLOW_NETWORKS": "127.0.0.0/8,10.0.0.0/8"})

        assert config.polling.allow_networks == (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"))

    def test_feeds_are_json(self, tmp_path: Path) -> None:
        config = load(tmp_path, "", {"LOA_FEEDS": '[{"url": "https://a.example/rss", "topics": ["x"]}]'})

        assert (config.feeds[0].url, config.feeds[0].topics) == ("https://a.example/rss", ("x",))

    def test_a_whole_section_is_json(self, tmp_path: Path) -> None:
        config = load(tmp_path, "", {"LOA_POLLING": '{"tick": "2s"}', "LOA_POLLING__TIMEOUT": "9s"})

        assert config.polling.tick == timedelta(seconds=2)
        assert config.polling.timeout == timedelta(seconds=9)

    def test_an_empty_variable_is_the_same_as_none(self, tmp_path: Path) -> None:
        assert load(tmp_path, FULL, {"LOA_TELEGRAM__TOKEN": "", "LOA_LANGUAGE": ""}).telegram.configured

    def test_the_token_may_come_from_the_environment_alone(self, tmp_path: Path) -> None:
        config = load(tmp_path, "", {"LOA_TELEGRAM__TOKEN": "1:abc"})

        assert config.telegram.token.get_secret_value() == "1:abc"

    def test_an_unknown_variable_is_reported_with_the_nearest_name(self, tmp_path: Path) -> None:
        assert problems(tmp_path, "", {"LOA_POLING__TICK": "1s"}) == [
            "LOA_POLING__TICK: No key of the configuration has this name. Did you mean LOA_POLLING__TICK?"
        ]

    def test_a_wrong_value_is_reported_at_its_variable(self, tmp_path: Path) -> None:
        assert problems(tmp_path, "polling:\n  tick: 1s\n", {"LOA_POLLING__TICK": "soon"}) == [
            "LOA_POLLING__TICK: polling.tick: “soon” is not a duration. "
            "Write a number and a unit: 30s, 5m, 2h or 1d."
        ]

    def test_variables_of_the_command_line_are_no_keys(self, tmp_path: Path) -> None:
        assert load(tmp_path, "", {"LOA_CONFIG": "x.yaml", "LOA_DEBUG": "1", "PATH": "/bin"}) == Config()

    def test_without_a_file_the_environment_is_enough(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)

        assert load_config(None, {"LOA_LANGUAGE": "en"}).language == "en"
        assert has_settings(None, {"LOA_LANGUAGE": "en"})
        assert not has_settings(None, {"LOA_CONFIG": "", "HOME": "/"})

    def test_with_neither_it_says_what_to_do(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

        with pytest.raises(ConfigError, match=r"Copy config\.example\.yaml to config\.yaml"):
            load_config(None, {})

    def test_the_working_directory_has_the_default_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        load(tmp_path, "language: en")

        assert load_config(None, {}).language == "en"

    @pytest.mark.parametrize(
        ("environ", "language"),
        [
            ({"LANG": "vi_VN.UTF-8"}, "vi"),
            ({"LANG": "vi"}, "vi"),
            ({"LANG": "en_GB.UTF-8"}, "en"),
            ({"LANG": "fr_FR.UTF-8"}, "en"),
            ({"LC_ALL": "vi_VN", "LANG": "en_US"}, "vi"),
            ({"LC_ALL": "", "LANG": "vi_VN"}, "vi"),
            ({"LANG": "C.UTF-8"}, "en"),
            ({}, "en"),
        ],
    )
    def test_the_language_of_the_terminal(self, environ: dict[str, str], language: str) -> None:
        assert system_language(environ) == language


class TestMistakes:
    def test_all_are_reported_at_once_each_with_its_line(self, tmp_path: Path) -> None:
        text = (
            "langauge: vi\n"
            "polling:\n"
            "  min_interval: 5 minutes\n"
            "  alow_networks: []\n"
            "feeds:\n"
            "  - url: ftp://a.example/\n"
            "  - title: no address\n"
            "    full_text: some\n"
        )

        assert problems(tmp_path, text, {"LOA_TIME_ZONE": "Hanoi"}) == [
            "config.yaml:1: langauge: There is no such key. Did you mean language?",
            "config.yaml:3: polling.min_interval: “5 minutes” is not a duration. "
            "Write a number and a unit: 30s, 5m, 2h or 1d.",
            "config.yaml:4: polling.alow_networks: There is no such key. Did you mean allow_networks?",
            "config.yaml:6: feeds[0].url: “ftp://a.example/” is not a web address. "
            "It begins with http:// or https:// and names a host.",
            "config.yaml:7: feeds[1].url: This key is missing. See config.example.yaml for how it looks.",
            "config.yaml:8: feeds[1].full_text: “some” is not one of the choices. "
            "Use 'full', 'excerpt' or 'link'.",
            "LOA_TIME_ZONE: time_zone: “Hanoi” is not a time zone. "
            "Use an IANA name such as Asia/Ho_Chi_Minh.",
        ]

    def test_a_key_like_no_other_is_answered_with_the_keys_there_are(self, tmp_path: Path) -> None:
        assert problems(tmp_path, "delivery:\n  xyzzy: 1\n") == [
            "config.yaml:2: delivery.xyzzy: There is no such key. "
            "The keys here are rate_per_second, expire_after."
        ]

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("language: fr", "language: “fr” is not a language Loa speaks. Use vi, en."),
            ("owners: ['1001']", "owners[0]: “1001” is not a person's address."),
            ("owners: ['telegram:-1/5']", "owners[0]: “telegram:-1/5” is not a person's address."),
            ("owners: telegram:1001", "owners: A list is expected here."),
            ("polling: 5m", "polling: Keys and values are expected here."),
            (
                "polling: {tick: 1ms}",
                "polling.tick: 1ms is out of range. Choose something between 100ms and 5m.",
            ),
            ("polling: {tick: -1s}", "polling.tick: “-1s” is not a duration."),
            ("polling: {tick: [1s]}", "polling.tick: One value is expected here, not a list or a mapping."),
            (
                "polling: {allow_networks: ['10.0.0.1/8']}",
                "allow_networks[0]: “10.0.0.1/8” is not a network.",
            ),
            ("delivery: {rate_per_second: fast}", "rate_per_second: “fast” is not a number."),
            ("delivery: {rate_per_second: 0}", "rate_per_second: 0 is out of range. It must be more than 0"),
            ("delivery: {rate_per_second: nan}", "rate_per_second: nan is out of range."),
            ("time_zone: ../../etc/passwd", "“../../etc/passwd” is not a time zone."),
            ("time_zone: Asia", "“Asia” is not a time zone."),
            (
                "telegram: {proxy: 'socks5://p.example:1080'}",
                "“socks5://p.example:1080” is not a web address.",
            ),
            ("telegram: {api_url: 'http://h:99999'}", "“http://h:99999” is not a web address."),
            ("database: mysql://x/y", "database: This is not the address of a database Loa can use."),
            (
                "database: 'sqlite:///:memory:'",
                "database: This is not the address of a database Loa can use.",
            ),
            ("database: postgresql://host", "database: This is not the address of a database Loa can use."),
            ("topics: [{id: Dân vận}]", "topics[0].id: “Dân vận” cannot be a topic's id."),
            ("topics: [{id: a, title: {fr: A}}]", "topics[0].title.fr: “fr” is not a language Loa speaks."),
            ("topics: [{id: a, query: '-b'}]", "topics[0].query: A search needs at least one word"),
            (
                "feeds: [{url: 'https://a.example', topics: [A b]}]",
                "topics[0]: “A b” cannot be a topic's id.",
            ),
            ("logs: {level: loud}", "logs.level: “loud” is not one of the choices."),
            ("web: {listen: '8080'}", "web.listen: “8080” is not an address to listen on."),
            ("web: {listen: 'h:0'}", "web.listen: “h:0” is not an address to listen on."),
            ("web: {listen: 'h:65536'}", "web.listen: “h:65536” is not an address to listen on."),
            ("web: {listen: '::1:80'}", "web.listen: “::1:80” is not an address to listen on."),
            ("web: {public_url: loa.example}", "web.public_url: “loa.example” is not a web address."),
            (
                "web: {public_url: 'https://loa.example/?a=1'}",
                "“https://loa.example/?a=1” cannot be what others write to.",
            ),
        ],
    )
    def test_a_wrong_value_is_explained(self, tmp_path: Path, text: str, sentence: str) -> None:
        (found,) = problems(tmp_path, text)

        assert found.startswith("config.yaml:1: ")
        assert sentence in found

    def test_two_feeds_with_one_address_and_two_topics_with_one_id(self, tmp_path: Path) -> None:
        text = (
            "feeds:\n  - url: https://a.example/\n  - url: ' https://a.example/'\n    title: again\n"
            "topics:\n  - id: x\n  - id: x\n"
            "polling: {tick: never}\n"
        )

        assert [line.split(": ")[:2] for line in problems(tmp_path, text)] == [
            ["config.yaml:3", "feeds[1].url"],
            ["config.yaml:7", "topics[1].id"],
            ["config.yaml:8", "polling.tick"],
        ]

    def test_every_problem_can_be_said_in_vietnamese(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            load(tmp_path, "language: fr\nnope: 1\npolling: {tick: x}\n")

        for problem in caught.value.problems:
            assert problem.text(translator("vi")).startswith(f"{problem.place}: {problem.key}: ")


class TestWriting:
    """YAML that is broken, or built to be dangerous."""

    def test_a_key_written_twice(self, tmp_path: Path) -> None:
        assert problems(tmp_path, "language: vi\npolling: {}\nlanguage: en\n") == [
            "config.yaml:3: language: The key is written twice; the first time on line 1. Keep one of them."
        ]

    def test_broken_yaml_with_its_line(self, tmp_path: Path) -> None:
        (found,) = problems(tmp_path, 'language: vi\nowners: ["telegram:1"\npolling: {}\n')

        assert found.startswith("config.yaml:3: This is not YAML: ")

    def test_a_tab_in_the_indentation(self, tmp_path: Path) -> None:
        (found,) = problems(tmp_path, "polling:\n\ttick: 1s\n")

        assert found.startswith("config.yaml:2: This is not YAML: ")

    def test_a_file_that_is_not_utf8_names_the_line(self, tmp_path: Path) -> None:
        file = tmp_path / "config.yaml"
        file.write_bytes("language: vi\n# Điện Biên\n".encode("utf-16-le"))
        with pytest.raises(ConfigError):
            load_config(file, {})
        file.write_bytes(b"language: vi\n# caf\xe9\n")

        with pytest.raises(ConfigError, match=r"config\.yaml:2: The file is not UTF-8\. Save it as UTF-8\."):
            load_config(file, {})

    def test_a_file_over_one_mebibyte(self, tmp_path: Path) -> None:
        assert problems(tmp_path, "#" * (1024 * 1024 + 1)) == ["config.yaml: The file is larger than 1 MiB."]

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"nothing\.yaml: The file cannot be read: No such file"):
            load_config(tmp_path / "nothing.yaml", {})

    def test_a_folder_instead_of_a_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="The file cannot be read: Is a directory"):
            load_config(tmp_path, {})

    def test_aliases_that_multiply_are_refused(self, tmp_path: Path) -> None:
        levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]

        (found,) = problems(tmp_path, "\n".join(["l0: &l0 [a, a]", *levels]))

        assert "repeats itself endlessly" in found

    def test_an_alias_inside_itself_is_refused(self, tmp_path: Path) -> None:
        (found,) = problems(tmp_path, "owners: &o [*o]\n")

        assert "repeats itself endlessly" in found

    @pytest.mark.parametrize("opening", ["[", "- ", "{a: "])
    def test_deep_nesting_is_refused(self, tmp_path: Path, opening: str) -> None:
        (found,) = problems(tmp_path, "owners:\n  " + opening * 5000)

        assert "nested too deeply" in found or "endlessly" in found or "not YAML" in found

    @pytest.mark.parametrize(
        "value",
        [
            "!!python/object/apply:os.mkdir ['{}']",
            "!!python/name:os.mkdir ''",
            "!!set {{a}}",
            "!secret token",
        ],
    )
    def test_tags_are_refused_and_nothing_is_made(self, tmp_path: Path, value: str) -> None:
        made = tmp_path / "made"

        (found,) = problems(tmp_path, f"database: {value.format(made)}\n")

        assert found.startswith("config.yaml:1: The tag ")
        assert found.endswith(" is not used here.")
        assert not made.exists()

    @pytest.mark.parametrize("text", ["just words", "- a\n- b\n", "42"])
    def test_something_else_than_keys_and_values(self, tmp_path: Path, text: str) -> None:
        (found,) = problems(tmp_path, text)

        assert found.startswith("config.yaml:1: The file must be a list of keys and values")

    def test_two_documents_in_one_file(self, tmp_path: Path) -> None:
        (found,) = problems(tmp_path, "language: vi\n---\nlanguage: en\n")

        assert found.startswith("config.yaml:2: This is not YAML: ")

    def test_a_list_as_a_key(self, tmp_path: Path) -> None:
        (found,) = problems(tmp_path, "? [a, b]\n: c\n")

        assert found == "config.yaml:1: A key must be a word, not a list or a mapping."

    @given(body=st.binary(max_size=300))
    def test_no_bytes_raise_anything_but_a_config_error(
        self, tmp_path_factory: pytest.TempPathFactory, body: bytes
    ) -> None:
        file = tmp_path_factory.getbasetemp() / "any.yaml"
        file.write_bytes(body)

        try:
            load_config(file, {})
        except ConfigError as error:
            assert error.problems


class TestSecrets:
    def test_no_representation_shows_a_secret(self, tmp_path: Path) -> None:
        config = load(tmp_path, FULL)

        for shown in (repr(config), str(config), repr(config.telegram), f"{config.telegram.token}"):
            assert "abcdefghij" not in shown
            assert "hunter22" not in shown
            assert "secret99" not in shown

    @pytest.mark.parametrize(
        "text",
        [
            "telegram: {token: '12345:hunter22 hunter22'}",
            "telegram: {token: [hunter22]}",
            "telegram: {token: {a: hunter22}}",
            "database: mysql://loa:hunter22@host/db",
            "telegram: {proxy: 'socks5://me:hunter22@host:1080'}",
            "web: {public_url: 'https://me:hunter22@loa.example'}",
        ],
    )
    def test_no_problem_repeats_a_secret(self, tmp_path: Path, text: str) -> None:
        (found,) = problems(tmp_path, text)

        assert "hunter22" not in found


class TestDurations:
    @pytest.mark.parametrize(
        ("text", "duration"),
        [
            ("1s", timedelta(seconds=1)),
            ("5m", timedelta(minutes=5)),
            ("2h", timedelta(hours=2)),
            ("1d", timedelta(days=1)),
            ("250ms", timedelta(milliseconds=250)),
            ("1h30m", timedelta(minutes=90)),
            (" 90S ", timedelta(seconds=90)),
            ("0s", timedelta()),
        ],
    )
    def test_what_people_write(self, text: str, duration: timedelta) -> None:
        assert parse_duration(text) == duration

    @pytest.mark.parametrize(
        "text", ["", "5", "m", "5 m", "-5m", "1.5h", "1w", "٥m", "9" * 30 + "d", "999999999d" * 2]
    )
    def test_what_is_no_duration(self, text: str) -> None:
        with pytest.raises(ValueError, match="not a duration"):
            parse_duration(text)

    @given(st.integers(min_value=0, max_value=10**10))
    def test_what_is_written_is_read_back(self, milliseconds: int) -> None:
        duration = timedelta(milliseconds=milliseconds)

        assert parse_duration(format_duration(duration)) == duration


def test_a_problem_without_a_key_or_a_hint_is_one_sentence() -> None:
    assert Problem("a.yaml", "", "It is empty.").text(translator("en")) == "a.yaml: It is empty."
