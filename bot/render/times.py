"""How long ago, or how long from now, in words."""

from datetime import datetime, timedelta

from bot.i18n import Translator

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def ago(at: datetime, now: datetime, t: Translator) -> str:
    """`just now`, `5 minutes ago`, `3 hours ago`, `12 days ago`."""
    passed = now - at
    if passed < _MINUTE:
        return t("just now")
    if passed < _HOUR:
        return t.plural("{n} minute ago", "{n} minutes ago", passed // _MINUTE)
    if passed < _DAY:
        return t.plural("{n} hour ago", "{n} hours ago", passed // _HOUR)
    return t.plural("{n} day ago", "{n} days ago", passed // _DAY)


def ahead(at: datetime, now: datetime, t: Translator) -> str:
    """`now` for what is due, `in 5 minutes`, `in 3 hours`, `in 12 days`; begun minutes count."""
    left = at - now
    if left <= timedelta():
        return t("now")
    if left < _HOUR:
        return t.plural("in {n} minute", "in {n} minutes", -(-left // _MINUTE))
    if left < _DAY:
        return t.plural("in {n} hour", "in {n} hours", left // _HOUR)
    return t.plural("in {n} day", "in {n} days", left // _DAY)
