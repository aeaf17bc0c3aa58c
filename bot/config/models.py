"""Every key of the configuration, its kind and its default.

Models are frozen; a section left empty means its defaults; a key nobody knows is a mistake.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.config.problems import wrong
from bot.config.types import (
    Between,
    DatabaseUrl,
    Duration,
    ItemSelector,
    Language,
    ListenAddress,
    Network,
    PersonAddress,
    PublicAddress,
    Selector,
    Title,
    Token,
    TopicId,
    WebAddress,
    Zone,
    single_text,
)
from bot.errors import query_problem
from bot.i18n import LANGUAGES, N_
from feeds.query import QueryError, parse_query
from feeds.types import FullText, PageRule

SHORTEST_INTERVAL = timedelta(seconds=1)
"""Between two polls of one feed; a courtesy of minutes is the default, seconds are for one's own site."""
LONGEST_INTERVAL = timedelta(days=7)
SHORTEST_TICK = timedelta(milliseconds=100)
LONGEST_TICK = timedelta(minutes=5)
"""A tick slower than this would make the default interval meaningless."""
LONGEST_TIMEOUT = timedelta(minutes=10)
LONGEST_EXPIRY = timedelta(days=30)
MAX_RATE_PER_SECOND = 1000.0
"""Telegram's paid broadcasts end there (core.telegram.org/bots/faq)."""


class Section(BaseModel):
    """A part of the configuration: frozen, complete, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _empty_means_default(cls, values: Any) -> Any:
        return without_empty(values, cls.model_fields)


def without_empty(values: Any, known: Mapping[str, object]) -> Any:
    """Leave out known keys with nothing behind them: `telegram:` and no more is the default."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        return values
    return {key: value for key, value in values.items() if value is not None or key not in known}


def _no_truth(value: Any) -> Any:
    if isinstance(value, bool):
        raise wrong(N_("A number is expected here."))
    return value


Rate = Annotated[float, BeforeValidator(_no_truth), Field(gt=0, le=MAX_RATE_PER_SECOND)]


class TelegramConfig(Section):
    """How to reach Telegram. Without a token Telegram is not used."""

    token: Token = SecretStr("")
    api_url: WebAddress = "https://api.telegram.org"
    """A self-hosted or local Bot API server."""
    proxy: WebAddress | None = Field(default=None, repr=False)
    """An HTTP proxy, for where Telegram cannot be reached directly."""

    @property
    def configured(self) -> bool:
        """Whether there is a token."""
        return bool(self.token.get_secret_value())


class PollingConfig(Section):
    """How feeds are read."""

    min_interval: Annotated[Duration, AfterValidator(Between(SHORTEST_INTERVAL, LONGEST_INTERVAL))] = (
        timedelta(minutes=5)
    )
    """The least time between two polls of a feed; what the server asks for can only make it longer."""
    allow_networks: tuple[Network, ...] = ()
    """Private networks feeds may live in. Their servers are asked every `min_interval`, without pauses."""
    contact_url: WebAddress | None = None
    """Where those whose feeds are polled can ask about it; sent with each request."""
    tick: Annotated[Duration, AfterValidator(Between(SHORTEST_TICK, LONGEST_TICK))] = timedelta(seconds=1)
    """How often due feeds and deliveries are looked for."""
    timeout: Annotated[Duration, AfterValidator(Between(SHORTEST_INTERVAL, LONGEST_TIMEOUT))] = timedelta(
        seconds=60
    )
    """The whole time one fetch may take."""


class DeliveryConfig(Section):
    """How messages leave."""

    rate_per_second: Rate = 25.0
    """Messages a second over all chats; Telegram allows about 30 (core.telegram.org/bots/faq)."""
    expire_after: Annotated[Duration, AfterValidator(Between(SHORTEST_INTERVAL, LONGEST_EXPIRY))] = timedelta(
        days=1
    )
    """A push that could not leave for so long is dropped: it is no news any more."""


class WebConfig(Section):
    """Our own HTTP server. Without a public address there is none."""

    listen: ListenAddress = "127.0.0.1:8080"
    """Where the server behind `public_url` finds us."""
    public_url: PublicAddress | None = None
    """What hubs write to when a feed has something new (WebSub)."""

    @property
    def host(self) -> str:
        """The host to listen on, an IPv6 one without its brackets."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on."""
        return int(self.listen.rpartition(":")[2])


class LogLevel(StrEnum):
    """The least important thing that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How log lines look."""

    AUTO = "auto"
    """Console on a terminal, JSON otherwise."""
    CONSOLE = "console"
    JSON = "json"


class LogsConfig(Section):
    """What is logged, to standard error."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.AUTO


class PageConfig(Section):
    """How to read a page that lists articles: CSS selectors, all but `item` within an item."""

    item: ItemSelector
    """Each article of the list."""
    link: Selector
    title: Selector
    date: Selector | None = None
    image: Selector | None = None
    lead: Selector | None = None

    @property
    def rule(self) -> PageRule:
        """The rule as the reader takes it."""
        return PageRule(**self.model_dump())


class FeedConfig(Section):
    """One feed."""

    url: WebAddress
    title: Title = ""
    """Empty means the feed's own title."""
    topics: tuple[TopicId, ...] = ()
    """Topics every article of this feed belongs to."""
    time_zone: Zone | None = None
    """Dates without a zone are read in it; None means the configuration's own."""
    full_text: FullText = FullText.FULL
    page: PageConfig | None = None
    """For a site without feeds: the address is a page, read by this rule."""


def _titles(value: Any) -> Any:
    return dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value


def _query(value: Any) -> str:
    text = single_text(value)
    try:
        if text:
            parse_query(text)
    except QueryError as error:
        problem = query_problem(error)
        raise wrong(
            problem.sentence, **{name: str(shown) for name, shown in problem.values.items()}
        ) from None
    return text


class TopicConfig(Section):
    """One topic: what it is called and how its articles are recognised."""

    id: TopicId
    title: Annotated[dict[Language, Title], BeforeValidator(_titles)] = Field(default_factory=dict)
    """Language → title; a plain text serves every language, nothing means the id."""
    query: Annotated[str, BeforeValidator(_query)] = ""
    """A search, as in `/search`; empty means only articles of the feeds that name the topic."""


class Config(BaseSettings):
    """The whole configuration, checked."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="LOA_", env_nested_delimiter="__", case_sensitive=False
    )

    database: DatabaseUrl = Field(default="sqlite:///var/loa.db", repr=False)
    language: Language = "vi"
    """Of a chat that has not chosen one."""
    time_zone: Zone = "Asia/Ho_Chi_Minh"
    """Of feeds and chats that have not chosen one."""
    owners: tuple[PersonAddress, ...] = ()
    telegram: TelegramConfig = TelegramConfig()
    polling: PollingConfig = PollingConfig()
    delivery: DeliveryConfig = DeliveryConfig()
    web: WebConfig = WebConfig()
    logs: LogsConfig = LogsConfig()
    feeds: tuple[FeedConfig, ...] = ()
    topics: tuple[TopicConfig, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _empty_means_default(cls, values: Any) -> Any:
        return without_empty(values, cls.model_fields)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in: the environment is an argument of `load_config`, not an ambient."""
        return (init_settings,)
