"""A package index on loopback, as simple as an index may be."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self


class Index:
    """Serves the wheels and source archives of a directory. Counts what was asked for."""

    def __init__(self, files: Path) -> None:
        self.files = files
        self.asked: Counter[str] = Counter()
        """How often each path was asked for."""
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.asked[self.path] += 1
                index.answer(self)

            do_HEAD = do_GET  # noqa: N815 - so the library names it

            def log_message(self, *_: object) -> None:
                """Tests look at `asked` instead."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/simple"

    def downloads(self) -> list[str]:
        """Names of the files that were fetched, in whole or in part."""
        return sorted(path[len("/files/") :] for path in self.asked if path.startswith("/files/"))

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        kind, _, name = request.path.strip("/").partition("/")
        content = self._page(name) if kind == "simple" else self._file(name)
        if content is None:
            request.send_error(404)
            return
        request.send_response(200)
        kind_of_content = "text/html" if kind == "simple" else "application/octet-stream"
        request.send_header("Content-Type", kind_of_content)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(content)

    def _page(self, project: str) -> bytes | None:
        found = [
            path
            for path in sorted(self.files.iterdir())
            if path.is_file() and path.name.split("-")[0].replace("_", "-").lower() == project
        ]
        if not found:
            return None
        links = "".join(
            f'<a href="/files/{path.name}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}">'
            f"{path.name}</a>\n"
            for path in found
        )
        return f"<!DOCTYPE html><html><body>{links}</body></html>".encode()

    def _file(self, name: str) -> bytes | None:
        path = self.files / name
        return path.read_bytes() if "/" not in name and path.is_file() else None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
