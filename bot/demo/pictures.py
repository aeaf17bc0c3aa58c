"""A picture for every article: a view of hills, different for each, drawn here so that none is shipped."""

import struct
import zlib
from math import sin

WIDTH_PIXELS, HEIGHT_PIXELS = 480, 270
"""16:9, as picture cards are."""

RANGES = 4
"""Mountain ranges, one behind the other."""


def draw_hills(name: str) -> bytes:
    """Draw the PNG (RFC 2083) that belongs to a name; the same one every time."""
    seed = zlib.crc32(name.encode())
    heights = [_skyline(seed, nth) for nth in range(RANGES)]
    rows = (b"\0" + bytes(_nearest(heights, x, y) for x in range(WIDTH_PIXELS)) for y in range(HEIGHT_PIXELS))
    header = struct.pack(">IIBBBBB", WIDTH_PIXELS, HEIGHT_PIXELS, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", _palette(seed)),
            _chunk(b"IDAT", zlib.compress(b"".join(rows))),
            _chunk(b"IEND", b""),
        )
    )


def _skyline(seed: int, nth: int) -> list[int]:
    """Where a range begins in each column, counted from the top; nearer ranges are lower and rougher."""
    base = HEIGHT_PIXELS * (0.35 + 0.17 * nth)
    phase = seed % 997 + nth * 1.7
    wave = (0.011 + 0.005 * nth, 0.029 + 0.004 * nth)
    return [
        int(base + 22 * sin(x * wave[0] + phase) + 9 * sin(x * wave[1] + 2 * phase))
        for x in range(WIDTH_PIXELS)
    ]


def _nearest(heights: list[list[int]], x: int, y: int) -> int:
    """The colour of a pixel: the nearest range that reaches up to it, counted from 1, or 0 for the sky."""
    return max((nth for nth, skyline in enumerate(heights, start=1) if y >= skyline[x]), default=0)


def _palette(seed: int) -> bytes:
    """The sky, then the ranges from the palest to the darkest, in a morning's or an evening's light."""
    warm = (seed >> 8) % 90
    colours = [(190 + warm // 2, 214, 232 - warm)]
    colours += [(120 - 28 * nth + warm // 3, 160 - 30 * nth, 140 - 32 * nth) for nth in range(RANGES)]
    return bytes(value for colour in colours for value in colour)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
