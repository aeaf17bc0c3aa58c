"""/help: the commands this person may use."""

from bot.commands.base import Command, CommandContext
from bot.i18n import N_, Translator
from bot.messages import BLANK, Line, Message, Reply, Request, bold, line
from bot.render.roles import role_heading
from storage.types import Role


def help_command(commands: tuple[Command, ...]) -> Command:
    """The /help of these commands."""

    async def run(request: Request, context: CommandContext) -> Reply:
        """List them by role, in the chat's language."""
        return Reply.of(_help((*commands, command), request.person.role, request.t))

    command = Command(
        name="help",
        aliases=("trogiup", "huongdan"),
        role=Role.CITIZEN,
        summary=N_("What I can do"),
        usage="",
        run=run,
    )
    return command


def shown_name(command: Command, language: str) -> str:
    """The name a reader of this language sees: the first alias in Vietnamese."""
    return command.aliases[0] if language == "vi" and command.aliases else command.name


def _help(commands: tuple[Command, ...], role: Role, t: Translator) -> Message:
    lines: list[Line] = []
    for level in Role:
        allowed = [command for command in commands if command.role is level and role.includes(level)]
        if allowed:
            lines += [line(bold(role_heading(level, t))), *(_entry(command, t) for command in allowed), BLANK]
    lines.append(line(t("In a private chat, whatever else you write is searched for.")))
    return Message(tuple(lines))


def _entry(command: Command, t: Translator) -> Line:
    usage = f" {t(command.usage)}" if command.usage else ""
    return line(f"/{shown_name(command, t.language)}{usage} – {t(command.summary)}")
