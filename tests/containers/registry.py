"""A registry on loopback that holds one image and lets nobody in without the password."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USER, PASSWORD = "operator", "registry-pAsSwOrD-9f3c"
_EXPECTED = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_OCI = "application/vnd.oci.image"


def image_files(root: bytes) -> dict[str, tuple[bytes, str]]:
    """By the end of its address each file of an image with this file system, and its kind."""
    layer = gzip.compress(root, 1, mtime=0)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [_digest(root)]},
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": f"{_OCI}.manifest.v1+json",
            "config": _described(config, f"{_OCI}.config.v1+json"),
            "layers": [_described(layer, f"{_OCI}.layer.v1.tar+gzip")],
        }
    ).encode()
    kind = f"{_OCI}.manifest.v1+json"
    return {
        "manifests/1": (manifest, kind),
        f"manifests/{_digest(manifest)}": (manifest, kind),
        f"blobs/{_digest(config)}": (config, "application/octet-stream"),
        f"blobs/{_digest(layer)}": (layer, "application/octet-stream"),
    }


@contextmanager
def registry(root: bytes) -> Iterator[str]:
    """The name of its image, which has this file system."""
    files = image_files(root)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.headers.get("Authorization") != _EXPECTED:
                self._answer(401, b"{}", "application/json")
                return
            found = files.get("/".join(self.path.split("/")[-2:]))
            if self.path == "/v2/":
                self._answer(200, b"{}", "application/json")
            elif found is None:
                self._answer(404, b"{}", "application/json")
            else:
                self._answer(200, *found)

        do_HEAD = do_GET  # noqa: N815 - the library's name

        def _answer(self, code: int, content: bytes, kind: str) -> None:
            self.send_response(code)
            if code == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
            self.send_header("Docker-Content-Digest", _digest(content))
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}/private/image:1"
        finally:
            server.shutdown()
            thread.join()


def _described(content: bytes, kind: str) -> dict[str, object]:
    return {"mediaType": kind, "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
