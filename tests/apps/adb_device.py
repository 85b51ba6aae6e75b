"""The device's end of the adb protocol over TCP, as far as Appium and ChromeDriver use it.

A real adb server connects to it (`adb connect 127.0.0.1:PORT`) and believes it is a phone. Services: `shell:COMMAND` (answered by
a function), `tcp:PORT` and `localabstract:NAME` (connected to ports of this machine), `sync:` (files are accepted and dropped).
Protocol: packages/modules/adb/protocol.txt of Android's sources.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import threading
from collections.abc import Callable

CNXN, OPEN, OKAY, CLSE, WRTE = (
    int.from_bytes(name, "little") for name in (b"CNXN", b"OPEN", b"OKAY", b"CLSE", b"WRTE")
)
VERSION, MAX_DATA = 0x01000001, 256 * 1024
HEADER = struct.Struct("<6I")

Shell = Callable[[str], str]
Resolve = Callable[[str], int | None]


class AdbDevice:
    """Listens on a loopback port. `shell` answers commands, `resolve` maps `tcp:…` and `localabstract:…` to a port here."""

    def __init__(self, shell: Shell, resolve: Resolve) -> None:
        self.shell = shell
        self.resolve = resolve
        self._lines: list[_Line] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # small answers, one after the other
            line = _Line(self, connection)
            self._lines.append(line)
            threading.Thread(target=line.run, daemon=True).start()

    def close(self) -> None:
        """The cable is pulled."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            line.hang_up()


class _Line:
    """One connection from an adb server, with its streams."""

    def __init__(self, device: AdbDevice, connection: socket.socket) -> None:
        self.device = device
        self.connection = connection
        self.streams: dict[int, _Stream] = {}
        self._lock = threading.Lock()
        self._last = 0

    def send(self, command: int, first: int, second: int, data: bytes = b"") -> None:
        header = HEADER.pack(command, first, second, len(data), sum(data) & 0xFFFFFFFF, command ^ 0xFFFFFFFF)
        with self._lock, contextlib.suppress(OSError):
            self.connection.sendall(header + data)

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            part = self.connection.recv(length - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def run(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                command, first, second, length, _, _ = HEADER.unpack(self._read(HEADER.size))
                data = self._read(length)
                if command == CNXN:
                    banner = b"device::ro.product.name=double;ro.product.model=Double;ro.product.device=double;"
                    self.send(CNXN, VERSION, MAX_DATA, banner)
                elif command == OPEN:
                    self._last += 1
                    self.streams[self._last] = _Stream(self, self._last, first, data.rstrip(b"\0").decode())
                elif (stream := self.streams.get(second)) is None:
                    if command == WRTE:
                        self.send(CLSE, 0, first)
                elif command == OKAY:
                    stream.may_send.set()
                elif command == WRTE:
                    stream.incoming.put(data)
                    self.send(OKAY, second, first)
                elif command == CLSE:
                    self.streams.pop(second, None)
                    stream.incoming.put(None)
        self.hang_up()

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()
        for stream in list(self.streams.values()):
            stream.incoming.put(None)
            stream.may_send.set()


class _Stream:
    """One service that the adb server has opened."""

    def __init__(self, line: _Line, own: int, theirs: int, service: str) -> None:
        self.line, self.own, self.theirs, self.service = line, own, theirs, service
        self.incoming: queue.Queue[bytes | None] = queue.Queue()
        self.may_send = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def write(self, data: bytes) -> None:
        for start in range(0, len(data), MAX_DATA):
            self.may_send.clear()
            self.line.send(WRTE, self.own, self.theirs, data[start : start + MAX_DATA])
            if not self.may_send.wait(30):
                return

    def _serve(self) -> None:
        kind, _, rest = self.service.partition(":")
        if kind in ("tcp", "localabstract"):
            self._bridge()
            return
        self.line.send(OKAY, self.own, self.theirs)
        if kind in ("shell", "exec"):
            self.write(self.line.device.shell(rest).encode())
        elif kind == "sync":
            self._sync()
        self._end()

    def _end(self) -> None:
        self.line.streams.pop(self.own, None)
        self.line.send(CLSE, self.own, self.theirs)

    def _bridge(self) -> None:
        port = self.line.device.resolve(self.service)
        try:
            target = socket.create_connection(("127.0.0.1", port or 0), timeout=5)
        except OSError:
            self.line.send(CLSE, 0, self.theirs)
            return
        target.settimeout(None)
        target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.line.send(OKAY, self.own, self.theirs)

        def back() -> None:
            with contextlib.suppress(OSError):
                while data := target.recv(65536):
                    self.write(data)
            self._end()

        threading.Thread(target=back, daemon=True).start()
        with contextlib.suppress(OSError):
            while (data := self.incoming.get()) is not None:
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        target.close()

    def _sync(self) -> None:
        buffer = b""
        while (data := self.incoming.get()) is not None:
            buffer += data
            while len(buffer) >= 8:
                name, length = buffer[:4], int.from_bytes(buffer[4:8], "little")
                if name == b"DONE":
                    buffer = buffer[8:]
                    self.write(b"OKAY\0\0\0\0")
                    continue
                if name == b"QUIT":
                    return
                if len(buffer) < 8 + length:
                    break
                buffer = buffer[8 + length :]
                if name in (b"STAT", b"LSTA"):
                    self.write(b"STAT" + bytes(12))
                elif name == b"RECV":
                    self.write(b"DONE\0\0\0\0")
