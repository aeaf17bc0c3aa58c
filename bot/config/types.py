"""The kinds of value a key can have; each says in a sentence what it expected."""

import ipaddress
import re
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.config.durations import format_duration, parse_duration
from bot.config.problems import wrong
from bot.i18n import LANGUAGES, N_
from bot.messengers.addresses import split_address

MAX_TITLE_CHARACTERS = 200
"""A title stands on a button or a line of a push."""
_TOPIC_ID = re.compile(r"[a-z0-9-]{1,48}", re.ASCII)
_CREDENTIALS = re.compile(r"//[^/@]*@")
_PORT = re.compile(r"[1-9]\d{0,4}", re.ASCII)
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+", re.ASCII)


def single_text(value: object) -> str:
    """The text of a scalar, stripped. Raises a sentence for a list or a mapping."""
    if not isinstance(value, str):
        raise wrong(N_("One value is expected here, not a list or a mapping."))
    return value.strip()


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    text = single_text(value)
    try:
        return parse_duration(text)
    except ValueError:
        raise wrong(
            N_("“{value}” is not a duration."),
            N_("Write a number and a unit: 30s, 5m, 2h or 1d."),
            value=text,
        ) from None


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""`30s`, `5m`, `2h`, `1d`."""


class Between:
    """A duration's bounds, both allowed."""

    def __init__(self, shortest: timedelta, longest: timedelta) -> None:
        self._shortest = shortest
        self._longest = longest

    def __call__(self, value: timedelta) -> timedelta:
        """Give the duration back. Raises a sentence when it is out of bounds."""
        if self._shortest <= value <= self._longest:
            return value
        raise wrong(
            N_("{value} is out of range."),
            N_("Choose something between {shortest} and {longest}."),
            value=format_duration(value),
            shortest=format_duration(self._shortest),
            longest=format_duration(self._longest),
        )


def _zone(value: object) -> str:
    text = single_text(value)
    try:
        ZoneInfo(text)
    except (OSError, ValueError, LookupError):
        raise wrong(
            N_("“{value}” is not a time zone."), N_("Use an IANA name such as Asia/Ho_Chi_Minh."), value=text
        ) from None
    return text


Zone = Annotated[str, BeforeValidator(_zone)]
"""An IANA time zone name."""


def _address(value: object) -> str:
    text = single_text(value)
    try:
        _, _, thread = split_address(text)
    except ValueError:
        thread = ""
    if thread is not None:
        raise wrong(
            N_("“{value}” is not a person's address."),
            N_("Write messenger:user id, for example telegram:1001."),
            value=text,
        )
    return text


PersonAddress = Annotated[str, BeforeValidator(_address)]
"""`messenger:user id`."""


def _network(value: object) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network):
        return value
    text = single_text(value)
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise wrong(
            N_("“{value}” is not a network."),
            N_("Write it as CIDR, for example 10.0.0.0/8 or 127.0.0.1/32."),
            value=text,
        ) from None


Network = Annotated[ipaddress.IPv4Network | ipaddress.IPv6Network, BeforeValidator(_network)]
"""A CIDR; host bits must be zero."""


def _web_address(value: object) -> str:
    text = single_text(value)
    if not _is_web_address(text):
        raise wrong(
            N_("“{value}” is not a web address."),
            N_("It begins with http:// or https:// and names a host."),
            value=_CREDENTIALS.sub("//…@", text),
        )
    return text


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and " " not in text
        )
    except ValueError:
        return False


WebAddress = Annotated[str, BeforeValidator(_web_address)]
"""An absolute http(s) address."""


def _item_selector(value: object) -> str:
    from feeds.pagerules import is_selector  # where there are page rules only

    text = single_text(value)
    if not is_selector(text, attribute=False):
        raise wrong(
            N_("“{value}” is not a CSS selector."),
            N_("Write it as in a style sheet, for example: div.news-list article"),
            value=text,
        )
    return text


ItemSelector = Annotated[str, BeforeValidator(_item_selector)]
"""A CSS selector."""


def _selector(value: object) -> str:
    from feeds.pagerules import is_selector  # where there are page rules only

    text = single_text(value)
    if not is_selector(text):
        raise wrong(
            N_("“{value}” is not a CSS selector."),
            N_(
                "Write it as in a style sheet, with @attribute behind it if need be: "
                "h3 a, span.time@data-time"
            ),
            value=text,
        )
    return text


Selector = Annotated[str, BeforeValidator(_selector)]
"""A CSS selector, which may end with `@attribute`."""


def _public_address(value: object) -> str:
    text = _web_address(value).rstrip("/")
    if any(sign in text for sign in "?#@"):
        raise wrong(
            N_("“{value}” cannot be what others write to."),
            N_("Write the part all addresses of this server begin with, for example https://loa.example."),
            value=_CREDENTIALS.sub("//…@", text),
        )
    return text


PublicAddress = Annotated[str, BeforeValidator(_public_address)]
"""The http(s) address a server is reached at from outside, without a slash at its end."""


def _listen_address(value: object) -> str:
    text = single_text(value)
    host, _, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not (_PORT.fullmatch(port) and int(port) < 65_536 and (bracketed or (host and ":" not in host))):
        raise wrong(
            N_("“{value}” is not an address to listen on."),
            N_("Write host:port, for example 127.0.0.1:8080 or [::1]:8080."),
            value=text,
        )
    return text


ListenAddress = Annotated[str, BeforeValidator(_listen_address)]
"""`host:port`; an IPv6 host stands in brackets."""


def _database(value: object) -> str:
    text = single_text(value)
    hint = N_("Write sqlite:///var/loa.db or postgresql://user@host/database.")
    try:
        parts = urlsplit(text)
        port_ok = parts.port != 0
    except ValueError:
        port_ok = False
        parts = urlsplit("")
    # The address itself is not repeated in the sentence: it may hold a password.
    if parts.scheme == "sqlite" and not parts.netloc and parts.path not in ("", "/", "/:memory:"):
        return text
    if parts.scheme in ("postgresql", "postgres") and port_ok and len(parts.path) > 1:
        return text
    raise wrong(N_("This is not the address of a database Loa can use."), hint)


DatabaseUrl = Annotated[str, BeforeValidator(_database)]
"""`sqlite:///relative`, `sqlite:////absolute` or `postgresql://user:password@host:port/database`."""


def _token(value: object) -> SecretStr:
    text = value.get_secret_value() if isinstance(value, SecretStr) else single_text(value)
    if text and not _TOKEN.fullmatch(text):
        raise wrong(
            N_("This is not a bot token."),
            N_("Copy it whole from @BotFather: digits, a colon, letters and digits."),
        )
    return SecretStr(text)


Token = Annotated[SecretStr, BeforeValidator(_token)]
"""A Telegram bot token, or empty; never shown."""


def _topic_id(value: object) -> str:
    text = single_text(value)
    if not _TOPIC_ID.fullmatch(text):
        raise wrong(
            N_("“{value}” cannot be a topic's id."),
            N_("Use 1 to 48 small letters a–z, digits and hyphens, for example dan-van."),
            value=text,
        )
    return text


TopicId = Annotated[str, BeforeValidator(_topic_id)]
"""`[a-z0-9-]{1,48}`."""


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise wrong(
            N_("“{value}” is not a language Loa speaks."),
            N_("Use {languages}."),
            value=value,
            languages=", ".join(LANGUAGES),
        )
    return value


Language = Annotated[str, BeforeValidator(single_text), AfterValidator(_language)]
"""`vi` or `en`."""


def _title(value: object) -> str:
    text = " ".join(single_text(value).split())
    if len(text) > MAX_TITLE_CHARACTERS:
        raise wrong(N_("“{value}” is too long for a title."), N_("Keep it under 200 characters."), value=text)
    return text


Title = Annotated[str, BeforeValidator(_title)]
"""One line, at most 200 characters."""
