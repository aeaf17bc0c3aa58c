"""Chat addresses: `messenger:id` or `messenger:id/thread`."""

import re

_ADDRESS = re.compile(r"(?P<messenger>[a-z]{1,16}):(?P<id>[-\w@.]{1,64})(?:/(?P<thread>\d{1,20}))?", re.ASCII)


def split_address(address: str) -> tuple[str, str, str | None]:
    """Give `(messenger, id, thread or None)`. Raises ValueError when it is no address."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ValueError(f"not an address: {address!r}")
    return match["messenger"], match["id"], match["thread"]
