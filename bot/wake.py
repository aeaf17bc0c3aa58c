"""A bell for a loop that sleeps until there is work."""

import asyncio


class Wake:
    """Rung by whoever made work; the loop waits for it, or until it is time to look anyway."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __call__(self) -> None:
        """Ring. Rings before the next wait count once."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Return when the bell has rung, at the latest after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()
