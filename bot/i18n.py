"""The languages Loa speaks: gettext catalogues, plural forms, dates.

English sentences in the code are the message ids; `bot/locales/<language>/LC_MESSAGES/loa.po` holds the
translations. Catalogues are compiled in memory at start, so there is no build step and no binary in the tree.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("vi", "en")
DOMAIN = "loa"


def N_(message: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Mark a message for translation where it is written; translate it where it is shown."""
    return message


class Translator:
    """Puts a message into one language. `t("Hello {name}", name=…)` or `t.plural(…)`."""

    def __init__(self, language: str, catalogue: NullTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def __call__(self, message: str, /, **values: object) -> str:
        """Translate, then fill in the values."""
        text = self._catalogue.gettext(message)
        return text.format(**values) if values else text

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Translate in the form that `n` asks for; `{n}` is filled in as well."""
        return self._catalogue.ngettext(one, many, n).format(n=n, **values)

    def moment(self, at: datetime, time_zone: str) -> str:
        """A date and time: `14:15, 09/01/2020` in Vietnamese, `14:15, 9 Jan 2020` in English."""
        local = at.astimezone(ZoneInfo(time_zone))
        return f"{local:%H:%M}, {self._day(local)}"

    def day(self, at: datetime, time_zone: str) -> str:
        """A date: `09/01/2020` or `9 Jan 2020`."""
        return self._day(at.astimezone(ZoneInfo(time_zone)))

    def _day(self, local: datetime) -> str:
        return f"{local:%d/%m/%Y}" if self.language == "vi" else f"{local.day} {local:%b %Y}"


@cache
def translator(language: str) -> Translator:
    """The translator of a language; English for one we do not speak."""
    if language not in LANGUAGES:
        language = "en"
    return Translator(language, _catalogue(language))


def _catalogue(language: str) -> NullTranslations:
    source = resources.files("bot") / "locales" / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as po:
        write_mo(compiled, read_po(po, locale=language, domain=DOMAIN))
    compiled.seek(0)
    return GNUTranslations(compiled)


def pick_language(code: str, default: str) -> str:
    """The language to speak to someone whose client says `code` (`vi`, `en-GB`, or nothing)."""
    primary = code.replace("_", "-").partition("-")[0].lower()
    if primary in LANGUAGES:
        return primary
    return "en" if primary else default


def titled(titles: Mapping[str, str], language: str) -> str:
    """A title in `language`, or in whichever there is."""
    return titles.get(language) or next(iter(titles.values()), "")
