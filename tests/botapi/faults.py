"""What may go wrong on the way: rules that a test adds and the server obeys.

api.faults.add(too_many(5, chat=1001))          # the next send to 1001 answers 429, retry after 5 s
api.faults.add(deliver_then_reset(times=2))     # two messages arrive, their answers never do
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """What happens to a call a rule picks."""

    ANSWER = "answer"
    """`status` and `body` instead of the method's answer; nothing is done."""
    RESET = "reset"
    """The connection breaks before anything is done."""
    DELIVER_RESET = "deliver_reset"
    """It is done, then the connection breaks."""
    DELIVER_SILENCE = "deliver_silence"
    """It is done, and no answer ever comes."""
    DELIVER_ANSWER = "deliver_answer"
    """It is done, and `status` and `body` are answered all the same."""
    SLOW = "slow"
    """It is done and answered after `seconds`."""
    TRUNCATED = "truncated"
    """It is done, and the answer is cut in the middle of its JSON."""


@dataclass
class Fault:
    """One rule: which calls it picks, and what happens to them."""

    effect: Effect
    method: str = "sendmessage"
    """Lower case; empty picks every method."""
    chat: int | None = None
    times: int = 1
    """Calls it takes before it is spent; -1 for ever."""
    after: int = 0
    """Calls that pass before it starts."""
    probability: float = 1.0
    status: int = 500
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    hits: int = 0

    def picks(self, method: str, chat: object) -> bool:
        if self.times == 0 or (self.method and self.method != method.lower()):
            return False
        return self.chat is None or str(self.chat) == str(chat)


@dataclass
class Faults:
    """The rules in force, in the order they were added."""

    rules: list[Fault] = field(default_factory=list)
    seed: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable faults, not secrets

    def add(self, fault: Fault) -> Fault:
        self.rules.append(fault)
        return fault

    def clear(self) -> None:
        self.rules.clear()

    def pick(self, method: str, chat: object) -> Fault | None:
        for rule in self.rules:
            if not rule.picks(method, chat):
                continue
            if rule.after > 0:
                rule.after -= 1
                continue
            if rule.probability < 1.0 and self._random.random() >= rule.probability:
                continue
            rule.times -= rule.times > 0
            rule.hits += 1
            return rule
        return None


def error_body(code: int, description: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The envelope of a Bot API error."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return body | {"parameters": dict(parameters)} if parameters else body


def error(code: int, description: str, parameters: Mapping[str, Any] | None = None, **rule: Any) -> Fault:
    """The API refuses: `error(403, "Forbidden: bot was blocked by the user", chat=1001)`."""
    headers = {"Content-Type": "application/json"}
    if parameters and "retry_after" in parameters:
        headers["Retry-After"] = str(parameters["retry_after"])
    body = json.dumps(error_body(code, description, parameters)).encode()
    return Fault(Effect.ANSWER, status=code, body=body, headers=headers, **rule)


def too_many(retry_after: int, *, parameters: bool = True, **rule: Any) -> Fault:
    """429; without `parameters` only the text names the seconds."""
    given = {"retry_after": retry_after} if parameters else None
    return error(429, f"Too Many Requests: retry after {retry_after}", given, **rule)


def bad_gateway(status: int = 502, **rule: Any) -> Fault:
    """The HTML page of a proxy in front of the API."""
    page = f"<html><head><title>{status} Bad Gateway</title></head><body>nginx</body></html>".encode()
    return Fault(Effect.ANSWER, status=status, body=page, headers={"Content-Type": "text/html"}, **rule)


def unauthorised(**rule: Any) -> Fault:
    """The token was revoked."""
    return error(401, "Unauthorized", **({"method": ""} | rule))


def reset(**rule: Any) -> Fault:
    """The connection breaks before the call is taken."""
    return Fault(Effect.RESET, **rule)


def deliver_then_reset(**rule: Any) -> Fault:
    """The message arrives, its answer does not."""
    return Fault(Effect.DELIVER_RESET, **rule)


def deliver_then_silence(**rule: Any) -> Fault:
    """The message arrives, and the caller waits for ever."""
    return Fault(Effect.DELIVER_SILENCE, **rule)


def deliver_then_error(status: int = 500, **rule: Any) -> Fault:
    """The message arrives, and the server says it failed."""
    given = error(status, "Internal Server Error")
    return Fault(Effect.DELIVER_ANSWER, status=status, body=given.body, headers=given.headers, **rule)


def slow(seconds: float, **rule: Any) -> Fault:
    """The answer takes its time."""
    return Fault(Effect.SLOW, seconds=seconds, **rule)


def truncated(**rule: Any) -> Fault:
    """The answer is cut in the middle."""
    return Fault(Effect.TRUNCATED, **rule)
