"""A web server for tests, with what servers may do: ranges of bytes or none, secrets, failures."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class _Handler(SimpleHTTPRequestHandler):
    """Python's own, which serves files and lists folders; it knows no ranges."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments, log, with_ranges, password, dies_after, **more):
        self.log = log
        self.with_ranges = with_ranges
        self.password = password
        self.dies_after = dies_after
        super().__init__(*arguments, **more)

    def do_GET(self):
        parts = urlsplit(self.path)
        if self.password and f"sig={self.password}" not in parts.query:
            self.send_error(403)
            return
        span = self.headers.get("Range") if self.with_ranges else None
        self.log.append((self.command, parts.path, span))
        file = Path(self.translate_path(parts.path))
        if not file.is_file() or (span is None and self.dies_after is None):
            super().do_GET()
            return
        data = file.read_bytes()
        if span is not None:
            begin, _, end = span.removeprefix("bytes=").partition("-")
            begin, end = int(begin), min(int(end), len(data) - 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{end}/{len(data)}")
            data = data[begin : end + 1]
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.dies_after is not None:
            self.wfile.write(data[: self.dies_after])
            self.close_connection = True
        else:
            self.wfile.write(data)

    def do_HEAD(self):
        if self.password and f"sig={self.password}" not in self.path:
            self.send_error(403)
        else:
            super().do_HEAD()

    def log_message(self, *_):
        pass


@contextmanager
def serving(
    folder: Path,
    *,
    with_ranges: bool = True,
    password: str | None = None,
    dies_after: int | None = None,
) -> Iterator[tuple[str, list]]:
    """Serve a folder on this machine.

    Parameters
    ----------
    folder
        The folder.
    with_ranges
        Whether a part of a file can be asked for.
    password
        What a query has to have as its ``sig``; None if anybody may read.
    dies_after
        The bytes of a file after which the connection ends; None if it does not.

    Yields
    ------
    url, log
        The URL of the folder, and what is asked for: method, path, range.
    """
    log: list = []
    handler = partial(
        _Handler,
        directory=str(folder),
        log=log,
        with_ranges=with_ranges,
        password=password,
        dies_after=dies_after,
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", log
        finally:
            server.shutdown()
