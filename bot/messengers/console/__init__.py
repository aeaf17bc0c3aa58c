"""A chat in the terminal: pushes are printed above a prompt, commands are typed at it.

One chat, `console:1`, for whoever sits at the terminal. The pieces: `printable` keeps foreign control
characters out, `draw` turns a message into text, `typed` says what a typed line means, `terminal` and `plain`
are the two screens (a prompt with line editing; a pipe), `messenger` joins them.
"""

from bot.messengers.console.messenger import CHAT, ConsoleMessenger

__all__ = ["CHAT", "ConsoleMessenger"]
