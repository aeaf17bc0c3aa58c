"""When a chat's digest comes, in words."""

from bot.i18n import Translator
from storage.types import Chat

EVERY_DAY = "1234567"
WEEKDAYS = "12345"


def digest_schedule(chat: Chat, t: Translator) -> str:
    """`A digest comes every day at 07:00.`"""
    if chat.digest_at is None:
        return t("No digest is set up.")
    if chat.digest_days == WEEKDAYS:
        return t("A digest comes Monday to Friday at {time}.", time=chat.digest_at)
    return t("A digest comes every day at {time}.", time=chat.digest_at)
