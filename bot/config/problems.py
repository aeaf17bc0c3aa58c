"""What is wrong with a configuration, said so that it can be put right at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic_core import PydanticCustomError

from bot.i18n import Translator, translator

MAX_SHOWN_CHARACTERS = 60
"""Of a wrong value: enough to recognise it, short enough for one line."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, in which key, what is wrong and what to write instead."""

    place: str
    """`config.yaml:12`, `config.yaml`, or the name of an environment variable."""
    key: str
    """`polling.min_interval`, `feeds[2].url`; empty when it concerns the whole file."""
    message: str
    """A sentence marked with `N_`."""
    hint: str = ""
    """What to do, marked with `N_`; may be empty."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Fill the gaps of the sentence and the hint."""

    def text(self, t: Translator) -> str:
        """`config.yaml:12: polling.min_interval: “5 min” is not a duration. Write …`."""
        sentence = t(self.message, **self.values)
        hint = t(self.hint, **self.values) if self.hint else ""
        where = ": ".join(part for part in (self.place, self.key) if part)
        return f"{where}: {sentence}{' ' + hint if hint else ''}"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` holds every reason found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        english = translator("en")
        super().__init__("\n".join(problem.text(english) for problem in problems))
        self.problems = tuple(problems)


def wrong(message: str, hint: str = "", /, **values: str) -> PydanticCustomError:
    """The error a validator raises: sentence and hint (marked with `N_`) and what fills their gaps."""
    shown = {name: shorten(value) for name, value in values.items()}
    return PydanticCustomError("loa", "{message}", {"message": message, "hint": hint, "values": shown})


def shorten(value: object) -> str:
    """A value as it is quoted in a sentence: one line, not too long."""
    text = " ".join(str(value).split())
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 1] + "…"
