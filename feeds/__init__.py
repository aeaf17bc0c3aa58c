"""Knows news: fetching, reading and recognising it. No SQL, no chat, no configuration."""
