"""Asking a virus scanner: ClamAV's daemon, over its socket.

::

    clamd = Clamd("unix:/run/clamav/clamd.ctl")  # or "tcp:127.0.0.1:3310"
    clamd.scan(path)  # "" or the name of what was found
"""

import socket
import struct
from pathlib import Path

from shuixin.errors import Misconfigured
from shuixin.texts import domain

_ = domain("shuixin")
_CHUNK = 64 * 1024
_LONGEST_REPLY = 4096


class ScannerUnavailable(Exception):
    """The scanner gave no verdict: it is not there, too slow, or refused the file."""


class Clamd:
    """A client of ``clamd``; each question has a connection of its own, so one object serves all threads.

    :param address: ``unix:<path>`` or ``tcp:<host>:<port>``.
    :param timeout: seconds without an answer after which a question is given up.
    :raises Misconfigured: *address* has another form.
    """

    def __init__(self, address: str, timeout: float = 30.0) -> None:
        kind, _colon, rest = address.partition(":")
        host, _colon, port = rest.rpartition(":")
        if not ((kind == "unix" and rest) or (kind == "tcp" and host and port.isdecimal())):
            raise Misconfigured(_("clamd的地址“{address}”不正确，应为unix:路径或tcp:主机:端口。", address=address))
        self._unix = rest if kind == "unix" else ""
        self._place = (host, int(port)) if kind == "tcp" else ("", 0)
        self._timeout = timeout

    def ping(self) -> bool:
        """Whether the scanner answers."""
        try:
            with self._connected() as connection:
                connection.sendall(b"zPING\0")
                return _reply(connection) == "PONG"
        except OSError:
            return False

    def scan(self, path: Path) -> str:
        """Return the name of what was found in the file, ``""`` for nothing.

        :raises ScannerUnavailable: there was no verdict, which is not the same as nothing found.
        """
        try:
            with self._connected() as connection, path.open("rb") as file:
                connection.sendall(b"zINSTREAM\0")
                while chunk := file.read(_CHUNK):
                    connection.sendall(struct.pack(">L", len(chunk)) + chunk)
                connection.sendall(struct.pack(">L", 0))
                reply = _reply(connection)
        except OSError as error:
            raise ScannerUnavailable(str(error)) from error
        if reply == "stream: OK":
            return ""
        if reply.startswith("stream: ") and reply.endswith(" FOUND"):
            return reply.removeprefix("stream: ").removesuffix(" FOUND")
        raise ScannerUnavailable(reply or "no answer")

    def _connected(self) -> socket.socket:
        if not self._unix:
            return socket.create_connection(self._place, self._timeout)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(self._timeout)
        try:
            connection.connect(self._unix)
        except OSError:
            connection.close()
            raise
        return connection


def _reply(connection: socket.socket) -> str:
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < _LONGEST_REPLY and (piece := connection.recv(1024)):
        reply += piece
    return reply.rstrip(b"\0").decode("utf-8", "replace")
