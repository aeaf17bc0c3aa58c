"""Memberships as the Bot API shows them: every field a status demands."""

from typing import Any

_ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
_MEMBER_RIGHTS = (
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_edit_tag",
    "can_react_to_messages",
)


def member(user: dict[str, Any], status: str, can_write: bool, chat_type: str) -> dict[str, Any]:
    """A ChatMember of the Bot API with every field its type demands."""
    found: dict[str, Any] = {"status": status, "user": user}
    if status == "creator":
        return found | {"is_anonymous": False}
    if status == "administrator":
        found |= dict.fromkeys(_ADMIN_RIGHTS, False) | {"can_be_edited": False, "is_anonymous": False}
        return found | ({"can_post_messages": can_write} if chat_type == "channel" else {})
    if status == "restricted":
        found |= dict.fromkeys(_MEMBER_RIGHTS, can_write)
        return found | {"is_member": True, "can_send_messages": can_write, "until_date": 0}
    return found | ({"until_date": 0} if status == "kicked" else {})
