"""The figures of /stats as sentences."""

from bot.i18n import Translator
from bot.messages import BLANK, Message, bold, line
from bot.render.chats import STATE_NAMES
from bot.render.parts import joined
from storage.stats import Stats
from storage.types import ChatState


def render_stats(stats: Stats, t: Translator) -> Message:
    """Chats, feeds, articles and deliveries; what is wrong stands last and only when there is any."""
    states = joined(
        *(
            f"{t(STATE_NAMES[state])}: {stats.chats.get(state, 0)}"
            for state in ChatState
            if stats.chats.get(state)
        )
    )
    lines = [
        line(bold(t("Figures"))),
        line(t.plural("{n} chat", "{n} chats", sum(stats.chats.values())), f" ({states})" if states else ""),
        line(t.plural("{n} subscription", "{n} subscriptions", stats.subscriptions)),
        line(t.plural("{n} feed", "{n} feeds", stats.feeds)),
        line(
            t.plural("{n} article", "{n} articles", stats.articles),
            ", ",
            t("{n} of them in the last 24 hours", n=stats.articles_today),
        ),
        line(
            t.plural(
                "{n} message sent in the last 24 hours",
                "{n} messages sent in the last 24 hours",
                stats.sent_today,
            )
        ),
        line(t.plural("{n} message waiting", "{n} messages waiting", stats.waiting)),
    ]
    troubles = [
        (
            stats.failing_feeds,
            t.plural("⚠️ {n} feed fails, see /feeds", "⚠️ {n} feeds fail, see /feeds", stats.failing_feeds),
        ),
        (
            stats.uncertain,
            t.plural(
                "⚠️ {n} message may not have arrived", "⚠️ {n} messages may not have arrived", stats.uncertain
            ),
        ),
        (
            stats.failed,
            t.plural("⚠️ {n} message could not be sent", "⚠️ {n} messages could not be sent", stats.failed),
        ),
    ]
    shown = [line(text) for count, text in troubles if count]
    return Message((*lines, *([BLANK, *shown] if shown else [])))
