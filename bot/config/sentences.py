"""What pydantic found wrong, in sentences people can act on."""

from collections.abc import Mapping
from difflib import get_close_matches

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bot.config.document import KeyPath, dotted
from bot.config.models import Config, FeedConfig, PageConfig, TopicConfig
from bot.config.problems import Problem, shorten
from bot.i18n import N_

_LIST = (N_("A list is expected here."), N_("Write [one, two], or “- one” on lines of their own."))
_MAPPING = (N_("Keys and values are expected here."), N_("Write them indented below, as “key: value”."))
_NUMBER = (N_("“{value}” is not a number."), N_("Write digits, for example 25."))
_CHOICE = (N_("“{value}” is not one of the choices."), N_("Use {expected}."))
_RANGE = N_("{value} is out of range.")

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": (N_("This key is missing."), N_("See config.example.yaml for how it looks.")),
    "tuple_type": _LIST,
    "model_type": _MAPPING,
    "dict_type": _MAPPING,
    "enum": _CHOICE,
    "literal_error": _CHOICE,
    "int_parsing": _NUMBER,
    "int_type": _NUMBER,
    "int_from_float": _NUMBER,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "greater_than": (_RANGE, N_("It must be more than {gt}.")),
    "greater_than_equal": (_RANGE, N_("It must be at least {ge}.")),
    "less_than_equal": (_RANGE, N_("It must be at most {le}.")),
}


def problem_of(error: ErrorDetails, place: str) -> Problem:
    """One of pydantic's errors as a problem at `place`."""
    path = error_path(error)
    context = dict(error.get("ctx") or {})
    if error["type"] == "extra_forbidden":
        return _unknown_key(path, place)
    if error["type"] == "loa":
        return Problem(place, dotted(path), context["message"], context["hint"], context["values"])
    message, hint = _SENTENCES.get(error["type"], (N_("This cannot be used: {reason}."), ""))
    shown = {name: shorten(value) for name, value in context.items()}
    shown |= {"value": shorten(error["input"]), "reason": shorten(error["msg"])}
    return Problem(place, dotted(path), message, hint, shown)


def error_path(error: ErrorDetails) -> KeyPath:
    """The key path of an error, without pydantic's mark for "the key, not the value"."""
    return tuple(part for part in error["loc"] if part != "[key]")


def _unknown_key(path: KeyPath, place: str) -> Problem:
    known = _keys_beside(path)
    nearest = get_close_matches(str(path[-1]).lower(), known, n=1)
    message = N_("There is no such key.")
    if nearest:
        return Problem(place, dotted(path), message, N_("Did you mean {nearest}?"), {"nearest": nearest[0]})
    hint = N_("The keys here are {keys}.")
    return Problem(place, dotted(path), message, hint, {"keys": ", ".join(known)})


def _keys_beside(path: KeyPath) -> list[str]:
    model: type[BaseModel] = Config
    for part in path[:-1]:
        if isinstance(part, int):
            continue
        model = _model_below(model, part)
    return list(model.model_fields)


def _model_below(model: type[BaseModel], key: str) -> type[BaseModel]:
    others: Mapping[str, type[BaseModel]] = {"feeds": FeedConfig, "topics": TopicConfig, "page": PageConfig}
    annotation = model.model_fields[key].annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return others[key]
