"""A portal on this machine, with the manners and the bad manners of the real ones."""

import contextlib
import http.server
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Portal:
    """Answers ``/MODE/...`` as the mode says with ``body``; ``asked`` is what came."""

    body: bytes
    pages: dict[str, bytes] = field(default_factory=dict)
    """further paths, answered as they are"""
    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    version: str = '"v1"'
    times: dict[str, int] = field(default_factory=dict)

    def ranges(self) -> list[str]:
        """The Range headers that came."""
        return [headers.get("Range", "") for _, headers in self.asked]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    portal: Portal

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        portal = self.portal
        portal.asked.append((self.path, dict(self.headers)))
        count = portal.times[self.path] = portal.times.get(self.path, 0) + 1
        if self.path in portal.pages:
            self.reply(200, portal.pages[self.path])
            return
        mode = self.path.strip("/").split("/")[0]
        if mode.isdecimal():
            self.reply(int(mode), b"no")
        elif mode == "busy" and count == 1:
            self.reply(503, b"", None, **{"Retry-After": "0"})
        elif mode == "to":
            self.reply(302, b"", Location=self.path.removeprefix("/to"))
        elif mode == "page":
            self.reply(200, b"<!DOCTYPE html>\n<html>Verify that you are human</html>")
        else:
            self.serve(mode, count)

    def serve(self, mode: str, count: int) -> None:
        """Send the body or the asked part of it."""
        body, version = self.portal.body, self.portal.version
        if mode == "changes" and count > 1:
            body, version = body[::-1], '"v2"'
        if mode == "weak":
            version = f"W/{version}"
        headers = {"ETag": version}
        start, status = 0, 200
        asked = self.headers.get("Range")
        if asked and mode != "norange" and self.headers.get("If-Range", version) == version:
            start = int(asked.removeprefix("bytes=").split("-")[0])
            if start >= len(body):
                self.reply(416, b"", None, **{"Content-Range": f"bytes */{len(body)}"})
                return
            status = 206
            first = start + 5 if mode == "liar" else start
            headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        send = body[start:]
        length = len(send)
        if mode == "never" or (mode in ("cut", "changes", "norange", "liar") and count == 1):
            send = send[: len(send) // 2]
        if mode == "slow":
            send = send[: len(send) // 2]
            headers["X-Wait"] = "1"
        self.reply(status, send, length, **headers)

    def reply(self, status: int, data: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(data)
            self.wfile.flush()
            if "X-Wait" in headers:
                time.sleep(0.6)
        self.close_connection = True


@contextlib.contextmanager
def running(portal: Portal) -> Iterator[Portal]:
    """Serve ``portal`` on a free port of this machine."""
    handler = type("Bound", (Handler,), {"portal": portal})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    portal.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
