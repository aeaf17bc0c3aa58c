"""Who we say we are: `Loa/1.2 (+https://bao.example/loa; 12 subscribers)` (POLLING C1)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agent:
    """The program and where those who run it can be asked to stop."""

    version: str
    contact_url: str | None = None
    """An ASCII address."""

    def header(self, subscribers: int | None = None) -> str:
        """Return the User-Agent header; with the number of chats a feed serves, where that is asked for."""
        told = [f"+{self.contact_url}"] if self.contact_url else []
        if subscribers is not None:
            told.append("1 subscriber" if subscribers == 1 else f"{subscribers} subscribers")
        return f"Loa/{self.version} ({'; '.join(told)})" if told else f"Loa/{self.version}"
