"""What the roles are called."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.i18n import N_, Translator
from storage.types import Role

ROLE_NAMES: Mapping[Role, str] = MappingProxyType(
    {
        Role.CITIZEN: N_("reader"),
        Role.OFFICIAL: N_("official"),
        Role.EDITOR: N_("editor"),
        Role.ADMIN: N_("administrator"),
        Role.OWNER: N_("owner"),
    }
)

_HEADINGS: Mapping[Role, str] = MappingProxyType(
    {
        Role.CITIZEN: N_("For everyone"),
        Role.OFFICIAL: N_("For officials"),
        Role.EDITOR: N_("For editors"),
        Role.ADMIN: N_("For administrators"),
        Role.OWNER: N_("For the owner"),
    }
)


def role_name(role: Role, t: Translator) -> str:
    """`editor`, in the reader's language."""
    return t(ROLE_NAMES[role])


def role_heading(role: Role, t: Translator) -> str:
    """`For editors`: above the commands that need the role."""
    return t(_HEADINGS[role])
