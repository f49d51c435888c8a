"""A package index on the loopback interface: serves what lies in a directory, and counts."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import TypeVar

Index = TypeVar("Index", bound="PackageIndex")


class PackageIndex:
    """Its files may be changed while it serves."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        self.directory = directory
        directory.mkdir(exist_ok=True)
        self.requests: list[str] = []
        """The paths that were asked for."""
        self.login = ""
        """`user:password` that is asked for; empty: none is."""
        self.claimed_hashes: dict[str, str] = {}
        """By file name, what the pages say instead of the file's own SHA-256."""
        self.breaks_off: dict[str, int] = {}
        """By file name, after how many bytes the connection is cut, once."""
        self.sent: list[str] = []
        """The names of files that were asked for as a whole."""
        self.ranges: list[str] = []
        """The `Range` headers that came."""
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())

    @property
    def url(self) -> str:
        """Where it is, as an index."""
        return f"http://127.0.0.1:{self.port}/simple"

    @property
    def port(self) -> int:
        return self._server.server_port

    def url_of(self, path: Path) -> str:
        return f"{self.url.removesuffix('simple')}files/{path.name}"

    def page(self, project: str) -> str | None:
        """The links to all files of the project; None when there are none."""
        links = []
        for path in sorted(self.directory.iterdir()):
            name = re.match(r"[A-Za-z0-9_.]+?(?=-\d)", path.name)
            if name and _normalized(name[0]) == project:
                digest = self.claimed_hashes.get(
                    path.name, hashlib.sha256(path.read_bytes()).hexdigest()
                )
                target = html.escape(f"../../files/{path.name}#sha256={digest}")
                links.append(f'<a href="{target}">{path.name}</a>')
        return "<!DOCTYPE html><html><body>" + "".join(links) + "</body></html>" if links else None

    def write_body(self, name: str, body: bytes, out: BufferedIOBase, *, whole: bool) -> bool:
        """Send what was asked for of a file; whether the connection can serve more.

        `whole`: that is all of the file.
        """
        cut = self.breaks_off.pop(name, None) if whole else None
        out.write(body[:cut])
        return cut is None

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.01)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(index: PackageIndex) -> type[BaseHTTPRequestHandler]:  # noqa: C901, N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self._answer(with_body=False)

            def do_GET(self) -> None:
                self._answer(with_body=True)

            def log_message(self, *_: object) -> None:
                pass

            def _answer(self, *, with_body: bool) -> None:
                index.requests.append(self.path)
                if not self._is_let_in():
                    self._say(401, b"", with_body=with_body)
                    return
                project = re.fullmatch(r"/simple/([^/]+)/", self.path)
                if project:
                    page = index.page(project[1])
                    self._say(200 if page else 404, (page or "").encode(), with_body=with_body)
                    return
                path = index.directory / Path(self.path).name
                if not self.path.startswith("/files/") or not path.is_file():
                    self._say(404, b"", with_body=with_body)
                    return
                self._send(path, with_body=with_body)

            def _is_let_in(self) -> bool:
                expected = "Basic " + base64.b64encode(index.login.encode()).decode()
                return not index.login or self.headers.get("Authorization") == expected

            def _send(self, path: Path, *, with_body: bool) -> None:
                data, first = path.read_bytes(), 0
                wanted = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
                if wanted:
                    index.ranges.append(self.headers["Range"])
                    first = int(wanted[1])
                last = int(wanted[2]) + 1 if wanted and wanted[2] else len(data)
                body = data[first:last]
                self.send_response(206 if wanted else 200)
                if wanted:
                    self.send_header("Content-Range", f"bytes {first}-{last - 1}/{len(data)}")
                self.send_header("Accept-Ranges", "bytes")
                self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
                self.send_header("Content-Type", "application/octet-stream")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if not with_body:
                    return
                if not wanted:
                    index.sent.append(path.name)
                if not index.write_body(path.name, body, self.wfile, whole=not wanted):
                    self.close_connection = True

            def _say(self, status: int, body: bytes, *, with_body: bool) -> None:
                self.send_response(status)
                if status == 401:
                    self.send_header("WWW-Authenticate", 'Basic realm="index"')
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if with_body:
                    self.wfile.write(body)

        return Handler


@contextmanager
def serving(directory: Path) -> Iterator[PackageIndex]:
    """An index that serves `directory`."""
    with being_served(PackageIndex(directory)) as index:
        yield index


@contextmanager
def being_served(index: Index) -> Iterator[Index]:
    """The index, answering until the end of the block."""
    thread = threading.Thread(target=index.serve, daemon=True)
    thread.start()
    try:
        yield index
    finally:
        index.close()
        thread.join()


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
