"""A Bot API server that checks nothing and answers at once, so that a benchmark measures the client.

`python -m benchmarks.fast_botapi --latency-ms 50` prints its address and answers every call as sendMessage
would.
"""

import argparse
import asyncio
import json
from contextlib import suppress

TEXT = (
    "Năm 2020 đẩy mạnh công tác dân vận khéo\nNgày 9/1, Ban Dân vận Trung ương tổ chức Hội nghị trực tuyến "
    "toàn quốc tổng kết công tác dân vận và đánh giá kết quả thực hiện “Năm dân vận chính quyền” 2019 và "
    "triển khai nhiệm vụ năm 2020.\nBáo Điện Biên Phủ · 14:15, 09/01/2020"
)


def _answer() -> bytes:
    message = {
        "message_id": 1,
        "date": 1_578_554_100,
        "chat": {"id": 1001, "type": "private", "first_name": "Hoa"},
        "from": {"id": 4242, "is_bot": True, "first_name": "Loa", "username": "loa_news_bot"},
        "text": TEXT,
        "entities": [{"type": "bold", "offset": 0, "length": 39}],
        "reply_markup": {"inline_keyboard": [[{"text": "Toàn văn", "callback_data": "full 1"}]]},
    }
    body = json.dumps({"ok": True, "result": message}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class FastBotApi(asyncio.Protocol):
    """Reads requests by their Content-Length and writes the one answer, `latency` seconds later."""

    def __init__(self, answer: bytes, latency: float) -> None:
        self._answer = answer
        self._latency = latency
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._end_of_request()) is not None:
            self._buffer = self._buffer[end:]
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._reply)
            else:
                self._reply()

    def _end_of_request(self) -> int | None:
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return None
        at = self._buffer[:head].lower().find(b"content-length:")
        length = int(self._buffer[at + 15 : head].split(b"\r\n", 1)[0]) if at >= 0 else 0
        end = head + 4 + length
        return end if len(self._buffer) >= end else None

    def _reply(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._answer)


async def serve(port: int, latency_seconds: float) -> None:
    """Serve until cancelled; prints `ready <address>`."""
    answer = _answer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: FastBotApi(answer, latency_seconds), "127.0.0.1", port, backlog=1024
    )
    print(f"ready http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--latency-ms", type=int, default=0)
    given = options.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(given.port, given.latency_ms / 1000))


if __name__ == "__main__":
    main()
