"""A server with bad manners, for the tests of fetch. Usage: server.py FOLDER.

It serves on a free port the body in FOLDER/body and writes FOLDER/port and FOLDER/log
(one line a request: path, Range header). What it does wrong is the first word of the
path; what follows is free, so that each test has an address of its own.
"""

import http.server
import pathlib
import sys
from typing import ClassVar

folder = pathlib.Path(sys.argv[1])
body = (folder / "body").read_bytes()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as the first word of the path says."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[dict[str, int]] = {}

    def log_message(self, *_: object) -> None:
        """Keep quiet: the tests' output is theirs."""

    def do_GET(self) -> None:
        """Send the body, or what is wrong with it."""
        path = self.path
        mode = path.strip("/").split("/")[0]
        asked = self.headers.get("Range", "")
        with (folder / "log").open("a") as log:
            log.write(f"{path} {asked}\n")
        count = self.seen[path] = self.seen.get(path, 0) + 1
        if mode == "redirect":
            self.send_response(302)
            self.send_header("Location", path.removeprefix("/redirect"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        status, start, data, claimed, kind = 200, 0, body, None, "application/octet-stream"
        etag = '"v1"'
        if mode == "changed" and count > 1:
            data, etag = body[::-1], '"v2"'
        same = self.headers.get("If-Range", etag) == etag
        if asked and mode != "norange" and same:
            start = int(asked.removeprefix("bytes=").split("-")[0])
            if start >= len(data):
                self.reply(416, b"", etag, kind, None, f"bytes */{len(data)}")
                return
            status = 206
        data = data[start:]
        if mode in ("break", "changed", "norange") and count == 1:
            claimed, data = len(data), data[: len(data) // 2]
        elif mode == "always":
            claimed, data = len(data), data[: max(len(data) // 4, 1)]
        elif mode == "long":
            claimed = len(data) + 1000
        elif mode == "short":
            claimed = len(data) - 100
        elif mode == "html":
            data, kind = b"<!DOCTYPE html>\n<html><body>Please log in</body></html>", "text/html"
        elif mode == "htmldata":
            data = b"\n <html><body>moved</body></html>"
        elif mode == "missing":
            status, data = 404, b"nothing here"
        elif mode == "empty":
            data = b""
        span = f"bytes {start}-{len(body) - 1}/{len(body)}" if status == 206 else None
        if mode == "liar" and status == 206:
            span = f"bytes {start + 5}-{len(body) - 1}/{len(body)}"
        self.reply(status, data, etag, kind, claimed, span)

    def reply(
        self, status: int, data: bytes, etag: str, kind: str, claimed: int | None, span: str | None
    ) -> None:
        """Send the data under these headers, however untrue, and hang up."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(data) if claimed is None else claimed))
        self.send_header("Content-Type", kind)
        self.send_header("ETag", etag)
        self.send_header("Connection", "close")
        if span:
            self.send_header("Content-Range", span)
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
(folder / "port.part").write_text(str(server.server_address[1]))
(folder / "port.part").rename(folder / "port")
server.serve_forever()
