"""Counts how common words are in Vietnamese and English news, for `feeds/data/rarity.bin`.

    python -m benchmarks.rarity            # says what the file in use holds
    python -m benchmarks.rarity --write    # counts again, from ../shared/data

The file holds hashes and counts, no text. Counts are scaled to ARTICLES, and only terms of at least LEAST
are kept: what is not in the file is rare.
"""

import argparse
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

from feeds.rarity import Rarity, counted

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
TARGET = Path(__file__).resolve().parents[1] / "feeds" / "data" / "rarity.bin"
ARTICLES, LEAST = 600, 4
"""Best on the 225 articles of 70 stories, and no wrong story in the demonstration's 30, of the pairs tried:
600 / 2,000 / 18,931 articles with 4, 8, 20, 60, at thresholds from .07 to .18."""
ENTRIES_PER_FEED = 20
MAX_CHARACTERS = 5_000

Parts = tuple[tuple[str, int], ...]


def vietnamese() -> Iterator[Parts]:
    """17,745 articles of 2017."""
    with gzip.open(DATA / "vi" / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            yield (article["title"], 1), (article["sapo"] or "", 1), (article["body"] or "", 1)


def english() -> Iterator[Parts]:
    """Entries of 87 feeds, nearly all English."""
    import feedparser

    for path in sorted((DATA / "feeds" / "benchmark").iterdir()):
        for entry in feedparser.parse(path.read_bytes()).entries[:ENTRIES_PER_FEED]:
            content = (entry.get("content") or [{}])[0].get("value", "") or entry.get("summary", "")
            yield (entry.get("title", ""), 1), (re.sub("<[^>]+>", " ", content)[:MAX_CHARACTERS], 1)


def main() -> None:
    """Count and write, or say how large the file in use is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        rarity, articles = Rarity(), 0
        for parts in (*vietnamese(), *english()):
            rarity.learn(counted(parts))
            articles += 1
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_bytes(rarity.common(ARTICLES, LEAST))
        print(f"{articles} articles counted")
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
