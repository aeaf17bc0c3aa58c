"""/follow: a saved search, tried on the past week before it is saved."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.base import Command, CommandContext
from bot.commands.following import follow
from bot.commands.queries import WEEK, find_query, local_now, reference
from bot.commands.targets import find_target, is_id
from bot.errors import UserError
from bot.gather import document_of
from bot.i18n import N_, Translator
from bot.messages import BLANK, Button, Line, Message, Reply, Request, bold, line, message
from bot.render.article import STORY
from bot.render.lists import article_lines
from bot.render.parts import fits, short_line
from feeds.query import Query
from storage.engine import reading, writing
from storage.search import keep_query, search_articles
from storage.stories import story_title
from storage.subscriptions import subscriptions_of
from storage.types import Article, Role, Target, TargetKind

PREVIEWED = 3
"""Articles shown before saving: enough to see whether the words are right."""

TRIED = 50
"""Articles of the past week that are tried; more would be "50 and more" anyway."""

SAVE = "@save "
"""Begins the argument of the button that saves what was previewed."""


async def run(request: Request, context: CommandContext) -> Reply:
    """Preview a search; save it when the button says so; without words explain."""
    if not request.argument:
        return Reply.of(_explanation(request.t))
    if request.argument.startswith(SAVE):
        async with writing(context.engine) as conn:
            return await _save(conn, request, request.argument.removeprefix(SAVE))
    if request.argument.startswith(STORY):
        async with writing(context.engine) as conn:
            return await _follow_story(conn, request, request.argument.removeprefix(STORY))
    return await _preview(request, context)


async def _save(conn: AsyncConnection, request: Request, text: str) -> Reply:
    t = request.t
    query = await find_query(conn, text)
    query_id = await keep_query(conn, query.text, request.now)
    new = await follow(conn, request, Target(TargetKind.QUERY, str(query_id)))
    shown = short_line(query.text)
    if not new:
        return Reply(note=t("You follow this search already."))
    saved = message(
        line("✓ ", t("You now follow the search “{query}”.", query=shown)),
        t("I send every new article that matches it. /mine shows what you follow and switches it off."),
    )
    return Reply.of(saved, replace=request.pressed, note=t("Saved"))


async def _follow_story(conn: AsyncConnection, request: Request, number: str) -> Reply:
    t = request.t
    title = await story_title(conn, int(number)) if is_id(number) else None
    if title is None:
        raise UserError(N_("This story is no longer kept. /latest shows what is new."))
    new = await follow(conn, request, Target(TargetKind.STORY, number))
    if not new:
        return Reply(note=t("You follow this story already."))
    saved = message(
        line("✓ ", t("You now follow the story “{title}”.", title=short_line(title))),
        t("I send what is still to come about it, from every source. /mine switches it off."),
    )
    return Reply.of(saved, note=t("Saved"))


async def _preview(request: Request, context: CommandContext) -> Reply:
    t = request.t
    async with reading(context.engine) as conn:
        query = await find_query(conn, request.argument)
        mine = await subscriptions_of(conn, request.chat.id)
        if any(each.target.kind is TargetKind.QUERY and each.label == query.text for each in mine):
            return Reply.of(message(t("You follow this search already. /mine shows everything you follow.")))
        found = await _this_week(conn, query, request)
        topic = await _as_topic(conn, request)
    lines = [line(bold(t("Follow “{query}”?", query=short_line(query.text)))), *_outcome(found, request)]
    carried = await reference(context.engine, query, request.now)
    save = Button(t("✓ Save"), action=f"follow {SAVE}{carried}")
    return Reply.of(Message(tuple(lines)).with_buttons((save,), topic))


async def _this_week(conn: AsyncConnection, query: Query, request: Request) -> list[Article]:
    """What following would have brought: a search is more forgiving, so each of its finds is asked again."""
    now = local_now(request)
    recent = replace(query, filters=replace(query.filters, since=query.filters.since or WEEK))
    page = await search_articles(conn, recent, now, limit=TRIED)
    week = [article for article in page.items if article.published_at >= now - WEEK]
    return [article for article in week if query.matches(document_of(article))]


def _outcome(found: list[Article], request: Request) -> list[Line]:
    t = request.t
    if not found:
        return [
            line(
                t(
                    "In the past week nothing would have matched. You can save it all the same, or try "
                    "other words."
                )
            )
        ]
    if len(found) >= TRIED:
        count = t(
            "In the past week {n} articles and more would have matched; narrower words bring less.", n=TRIED
        )
    else:
        count = t.plural(
            "In the past week {n} article would have matched:",
            "In the past week {n} articles would have matched, among them:",
            len(found),
        )
    lines = [line(count)]
    for number, article in enumerate(found[:PREVIEWED], 1):
        lines += [BLANK, *article_lines(number, article, request.chat.time_zone, t, ())]
    return lines


async def _as_topic(conn: AsyncConnection, request: Request) -> list[Button]:
    """A button for the topic or source of the same name, which finds more than the words alone."""
    found = await find_target(conn, request.argument, request.t)
    if found is None:
        return []
    target, title = found
    action = {TargetKind.ALL: "topics +* 1", TargetKind.TOPIC: f"topics +{target.ref} 1"}.get(
        target.kind, f"sources +{target.ref} 1"
    )
    label = request.t("Follow the topic or source {name}", name=short_line(title))
    return [Button(label, action=action)] if fits(action) else []


def _explanation(t: Translator) -> Message:
    return message(
        t("Write after the command what to look out for, for example: /follow dan van"),
        t(
            "I show you first what it would have found this week, then you decide. "
            "Accents are optional; “exact words”, -without and OR work as in /search."
        ),
        t("For whole topics or newspapers use /topics and /sources."),
    )


COMMAND = Command(
    name="follow",
    aliases=("theodoi",),
    role=Role.CITIZEN,
    summary=N_("Get every article with certain words"),
    usage=N_("<words>"),
    run=run,
    changes_chat=True,
)
