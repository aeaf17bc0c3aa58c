"""What one poll's parsing costs when one entry of a document is new, in one run with feedparser.

    python -m benchmarks.parsing [--rounds 5]

Three readings of the same bytes: `feedparser.parse` with its defaults; ours of everything; ours with what is
remembered of the poll before, when all entries but the first stood in the document. Feeds are a newspaper's
section as Vietnamese publishers write it (made here), and the real feeds of ../shared/data/feeds that have
enough entries, cut to 25 and 50. Figures are ms of CPU time, the best of a few rounds in which the three take
turns. Then the way through the child process, and how large that process has grown.
"""

import argparse
import asyncio
import io
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import feedparser

from feeds.errors import FeedError
from feeds.incremental import Reading, read_feed
from feeds.memory import FeedMemory
from feeds.parse import open_document
from feeds.repair import root_element
from feeds.sandbox import Sandbox
from feeds.slices import cut_xml

WANTED = 1 / 5
DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "feeds"
NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
URL = "https://bao.example/rss/feed.xml"
ROUND_TRIPS = 100


def newspaper(count: int) -> list[str]:
    """Items as VnExpress writes them: line breaks, a picture and a teaser in CDATA."""
    return [
        f"<item>\n<title>\nHội nghị tổng kết công tác dân vận khéo lần thứ {number}\n</title>\n"
        f"<description>\n<![CDATA[ <a href='https://bao.example/tin/bai-{number}.html'>"
        f"<img width=130 height=100 src='https://i.bao.example/2026/{number}_180x108.jpg'></a></br>"
        "Ban Dân vận tổ chức hội nghị trực tuyến toàn quốc tổng kết công tác năm qua và triển khai nhiệm vụ "
        "năm tới, với sự tham gia của đại diện các địa phương trong cả nước. ]]>\n</description>\n"
        f"<pubDate>\nMon, 05 Oct 2026 {number // 60:02}:{number % 60:02}:00 +0700\n</pubDate>\n"
        f"<link>\nhttps://bao.example/tin/bai-{number}.html\n</link>\n"
        f"<guid>\nhttps://bao.example/tin/bai-{number}.html\n</guid>\n</item>\n"
        for number in range(count, 0, -1)
    ]


def section(items: list[str]) -> bytes:
    head = "<title>Tin mới nhất</title><link>https://bao.example/</link><description>Báo Thử</description>"
    whole = f'<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'
    return f'<?xml version="1.0" encoding="utf-8"?>{whole}'.encode()


def real_feeds(count: int) -> Iterator[tuple[str, bytes, bytes]]:
    """Real documents cut to their first `count` entries, and the same without the first of them."""
    for path in sorted((DATA / "benchmark").glob("*")):
        try:
            opened = open_document(path.read_bytes(), url=path.name, content_type=None)
        except FeedError:
            continue
        root = root_element(opened[0]) if opened else None
        cut = cut_xml(root.text) if root else None
        if root is None or cut is None or len(cut.slices) < count:
            continue
        begin = root.text.index(cut.slices[0])
        end = root.text.rindex(cut.slices[-1]) + len(cut.slices[-1])
        head, tail = root.text[:begin], root.text[end:]
        poll = "\n".join(cut.slices[:count])
        before = "\n".join(cut.slices[1:count])
        yield path.name, f"{head}{poll}{tail}".encode(), f"{head}{before}{tail}".encode()


def cpu_ms(function: Callable[[], object]) -> float:
    began = time.process_time()
    function()
    return (time.process_time() - began) * 1_000


def measure(body: bytes, before: bytes, rounds: int) -> tuple[float, float, float]:
    """Give ms for (feedparser, ours of everything, ours with one new entry); both of ours find the same."""
    memory = read(before, None).memory
    full, found = read(body, None).parsed, read(body, memory).parsed
    assert found.entries == (full.entries[0],)
    assert len(found.unchanged) == len(full.entries) - 1
    turns = [
        (
            cpu_ms(lambda: feedparser.parse(io.BytesIO(body))),
            cpu_ms(lambda: read(body, None)),
            cpu_ms(lambda: read(body, memory)),
        )
        for _ in range(rounds)
    ]
    theirs, whole, ours = (min(column) for column in zip(*turns, strict=True))
    return theirs, whole, ours


def read(body: bytes, memory: bytes | None) -> Reading:
    return read_feed(body, url=URL, content_type=None, time_zone="Asia/Ho_Chi_Minh", now=NOW, memory=memory)


def row(name: str, size: int, figures: tuple[float, float, float]) -> None:
    theirs, whole, ours = figures
    print(
        f"{name:<28} {size / 1024:>7.0f} kB {theirs:>12.2f} {whole:>10.2f} {ours:>10.2f}"
        f"   1/{theirs / ours:<6.1f} 1/{whole / ours:.1f}"
    )


def in_process(rounds: int) -> dict[int, list[float]]:
    """Print the tables; give the ratios to feedparser by the number of entries."""
    ratios = {}
    for count in (50, 25):
        print(f"\n{count} entries, 1 new {'':>18} feedparser   ours all      1 new   of feedparser, of all")
        items = newspaper(count)
        cases = [("newspaper's section", section(items), section(items[1:]))]
        cases += list(real_feeds(count)) if DATA.is_dir() else []
        found = []
        for name, body, before in cases:
            figures = measure(body, before, rounds)
            row(name, len(body), figures)
            found.append(figures)
        theirs, whole, ours = (sum(column) for column in zip(*found, strict=True))
        row("all", sum(len(body) for _, body, _ in cases), (theirs, whole, ours))
        ratios[count] = [ours / theirs for theirs, _, ours in found]
    if not DATA.is_dir():
        print("(the gathered feeds, ../shared/data/feeds, are not here)")
    return ratios


def resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1_024


async def through_the_child() -> None:
    """Print ms of wall time a call through the child process takes, and the child's size."""
    items = newspaper(50)
    body, before = section(items), section(items[1:])
    memory = read(before, None).memory
    print(
        f"\nthrough the child process, 50 entries, {len(body) / 1024:.0f} kB, ms of wall time (best, median)"
    )
    for name, stored in (("1 new", memory), ("all new", None)):
        async with Sandbox() as sandbox:
            times = []
            for _ in range(ROUND_TRIPS):
                began = time.perf_counter()
                await sandbox.run(
                    read_feed,
                    body,
                    url=URL,
                    content_type=None,
                    time_zone="Asia/Ho_Chi_Minh",
                    now=NOW,
                    memory=stored,
                    seconds=10.0,
                )
                times.append((time.perf_counter() - began) * 1_000)
            size = max(map(resident_mib, children()))
        print(f"{name:<28} {min(times):>8.2f} {statistics.median(times):>8.2f}   child {size:.0f} MiB")


def children() -> list[int]:
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    ratios = in_process(parser.parse_args().rounds)
    print(f"\nwanted: at most 1/{1 / WANTED:.0f} of feedparser with 50 entries")
    for count, found in ratios.items():
        print(
            f"{count} entries: median 1/{1 / statistics.median(found):.1f}, worst 1/{1 / max(found):.1f}, "
            f"{sum(ratio <= WANTED for ratio in found)} of {len(found)} feeds within 1/{1 / WANTED:.0f}"
        )
    for count in (50, 300):
        items = newspaper(count)
        stored = read(section(items), None).memory
        kept = FeedMemory.decode(stored)
        assert stored and kept and len(kept.entries) == count
        print(f"remembered of {count} entries: {len(stored):,} bytes")
    asyncio.run(through_the_child())


if __name__ == "__main__":
    main()
