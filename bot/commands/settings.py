"""/settings: language, time zone, pictures, at once or in the digest only."""

import difflib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from zoneinfo import available_timezones

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.base import Command, CommandContext
from bot.digest import next_digest_at
from bot.errors import UserError
from bot.i18n import LANGUAGES, N_, Translator, translator
from bot.messages import Button, Message, Reply, Request, bold, line, message
from bot.render.parts import short_line
from bot.render.schedule import EVERY_DAY, digest_schedule
from feeds.text import fold
from storage.chats import set_digest, update_chat
from storage.engine import writing
from storage.types import Chat, Role

LANGUAGE_NAMES: Mapping[str, str] = MappingProxyType({"vi": "Tiếng Việt", "en": "English"})
"""Each in its own language, so that whoever cannot read the current one finds it."""

DIGEST_ONLY_AT = "07:00"
"""When the digest comes for a chat that wants only digests and has set no hour."""

MAX_SUGGESTIONS = 3

VIETNAM = "Asia/Ho_Chi_Minh"
VIETNAMESE_PLACES = ("hanoi", "ha_noi", "viet_nam", "vietnam", "dien_bien", "tp.hcm", "sai_gon")
"""What people write for it; IANA names one city for a whole zone."""

_ON = frozenset({"on", "yes", "bat", "co"})
_OFF = frozenset({"off", "no", "tat", "khong"})

Setter = Callable[[AsyncConnection, Request, str], Awaitable[Chat]]


async def run(request: Request, context: CommandContext) -> Reply:
    """Show the settings, or change one: `language vi`, `zone Europe/Paris`, `pictures off`, `instant off`."""
    if not request.argument:
        return Reply.of(_overview(request.chat, request, request.t))
    setter, value = _read(request.argument)
    if setter is None or not value:
        raise UserError(
            N_(
                "Write for example: /settings language vi, /settings zone Asia/Ho_Chi_Minh, /settings "
                "pictures off"
            )
        )
    async with writing(context.engine) as conn:
        chat = await setter(conn, request, value)
    t = translator(chat.language)
    shown = _overview(chat, request, t)
    menu_of = chat.address if chat.language != request.chat.language else ""
    return Reply((shown,), replace=request.pressed, note=t("Saved"), menu_of=menu_of)


def _overview(chat: Chat, request: Request, t: Translator) -> Message:
    others = [code for code in LANGUAGES if code != chat.language]
    pictures = t("Pictures: on") if chat.pictures else t("Pictures: off")
    turn_pictures = t("Pictures off") if chat.pictures else t("Pictures on")
    turn_instant = t("Digest only") if chat.instant else t("Each article at once")
    return message(
        line(bold(t("Settings"))),
        t("Language: {name}", name=LANGUAGE_NAMES.get(chat.language, chat.language)),
        t(
            "Time zone: {zone} (now {moment})",
            zone=chat.time_zone,
            moment=t.moment(request.now, chat.time_zone),
        ),
        pictures,
        t("Each article comes at once.") if chat.instant else t("Articles come in the digest only."),
        digest_schedule(chat, t),
        t("For another time zone write for example: /settings zone Europe/Paris"),
    ).with_buttons(
        [Button(LANGUAGE_NAMES[code], action=f"settings language {code}") for code in others],
        [
            Button(turn_pictures, action=f"settings pictures {'off' if chat.pictures else 'on'}"),
            Button(turn_instant, action=f"settings instant {'off' if chat.instant else 'on'}"),
        ],
        [Button(t("Digest"), action="digest")],
    )


def _read(argument: str) -> tuple[Setter | None, str]:
    """Which setting is meant, by one word or two (`time zone`, `múi giờ`), and its new value."""
    words = argument.split()
    setters = _setters()
    for length in (2, 1):
        if setter := setters.get(fold(" ".join(words[:length]))):
            return setter, " ".join(words[length:])
    return None, ""


def _setters() -> Mapping[str, Setter]:
    """The settings by the folded words people use for them."""
    return {
        **dict.fromkeys(("language", "ngon ngu"), _set_language),
        **dict.fromkeys(("zone", "time zone", "timezone", "mui gio"), _set_zone),
        **dict.fromkeys(("pictures", "picture", "anh", "hinh anh"), _set_pictures),
        **dict.fromkeys(("instant", "gui ngay"), _set_instant),
    }


async def _set_language(conn: AsyncConnection, request: Request, value: str) -> Chat:
    wanted = fold(value)
    for code, name in LANGUAGE_NAMES.items():
        if wanted in (code, fold(name), fold(name).replace("tieng ", "")):
            return await update_chat(conn, request.chat.id, language=code)
    raise UserError(N_("I speak Vietnamese and English: /settings language vi or /settings language en"))


async def _set_zone(conn: AsyncConnection, request: Request, value: str) -> Chat:
    chat = await update_chat(conn, request.chat.id, time_zone=_zone(value))
    if chat.digest_at is None:
        return chat
    return await _digest_at(conn, request, chat, chat.digest_at, chat.digest_days)


async def _set_pictures(conn: AsyncConnection, request: Request, value: str) -> Chat:
    return await update_chat(conn, request.chat.id, pictures=_on_or_off(value))


async def _set_instant(conn: AsyncConnection, request: Request, value: str) -> Chat:
    """Without pushes and without a digest nothing would ever come, so a digest is set up with it."""
    chat = await update_chat(conn, request.chat.id, instant=_on_or_off(value))
    if chat.instant or chat.digest_at:
        return chat
    return await _digest_at(conn, request, chat, DIGEST_ONLY_AT, EVERY_DAY)


async def _digest_at(conn: AsyncConnection, request: Request, chat: Chat, at: str, days: str) -> Chat:
    next_at = next_digest_at(replace(chat, digest_at=at, digest_days=days), request.now)
    return await set_digest(conn, chat.id, at=at, days=days, next_at=next_at)


def _zone(value: str) -> str:
    """The IANA name meant by `value`: itself in any case, or its city. Raises UserError with near ones."""
    zones = available_timezones()
    wanted = _zone_key(value)
    by_key = {_zone_key(zone): zone for zone in sorted(zones)}
    by_city = {key.rpartition("/")[2]: zone for key, zone in by_key.items() if "/" in key}
    by_city |= dict.fromkeys(VIETNAMESE_PLACES, VIETNAM)
    if zone := by_key.get(wanted) or by_city.get(wanted):
        return zone
    near = difflib.get_close_matches(wanted.rpartition("/")[2], by_city, MAX_SUGGESTIONS)
    if not near:
        raise UserError(
            N_("There is no time zone “{name}”. Write a continent and a city, for example Asia/Ho_Chi_Minh"),
            name=short_line(value, 40),
        )
    raise UserError(
        N_("There is no time zone “{name}”. Did you mean {near}?"),
        name=short_line(value, 40),
        near=", ".join(by_city[key] for key in near),
    )


def _zone_key(zone: str) -> str:
    return fold(zone).strip().replace(" ", "_")


def _on_or_off(value: str) -> bool:
    word = fold(value)
    if word not in _ON | _OFF:
        raise UserError(N_("Write on or off after it, for example: /settings pictures off"))
    return word in _ON


COMMAND = Command(
    name="settings",
    aliases=("caidat",),
    role=Role.CITIZEN,
    summary=N_("Language, time zone, pictures, how news comes"),
    usage="",
    run=run,
    changes_chat=True,
)
