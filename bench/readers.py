"""A process that plays many browsers for `push_fanout`: it opens connections and counts the bytes that come.

On standard input a line of JSON each: {"open": name, "kind": "hub" | "websocket" | "raw", "port", "tickets" | "count"}
opens a group and answers with {"opened": name}; {"expect": name, "bytes": n} answers with {"arrived": name} when the
group has had n further bytes in all since the last answer about it.
"""

import json
import os
import selectors
import socket
import sys
from dataclasses import dataclass, field
from typing import Any

from bench.websocket import Browser


@dataclass
class Group:
    """Connections to one sender."""

    name: str
    sockets: list[socket.socket] = field(default_factory=list)
    arrived: int = 0
    expected: int | None = None


def opened(order: dict[str, Any]) -> Group:
    """Open a group as ordered."""
    group, port = Group(order["open"]), order["port"]
    if order["kind"] == "hub":
        for ticket in order["tickets"]:
            browser = Browser(port)
            browser.enter(ticket, [order["topic"]])
            group.sockets.append(browser.sock)
    elif order["kind"] == "websocket":
        group.sockets = [Browser(port, "/").sock for _ in range(order["count"])]
    else:
        group.sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(order["count"])]
    return group


class Readers:
    """Reads everything that comes, as fast as it comes."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        self._groups: dict[str, Group] = {}
        self._buffer = bytearray(1 << 18)
        self._orders = b""

    def run(self) -> None:
        """Until standard input ends."""
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    if not self._read_orders():
                        return
                else:
                    self._read(key.fileobj, key.data)

    def _read_orders(self) -> bool:
        data = os.read(sys.stdin.fileno(), 1 << 20)
        *lines, self._orders = (self._orders + data).split(b"\n")
        for line in lines:
            self._obey(json.loads(line))
        return bool(data)

    def _obey(self, order: dict[str, Any]) -> None:
        if "open" in order:
            group = self._groups[order["open"]] = opened(order)
            for sock in group.sockets:
                sock.setblocking(False)
                self._selector.register(sock, selectors.EVENT_READ, group)
            print(json.dumps({"opened": group.name}), flush=True)
            return
        group = self._groups[order["expect"]]
        group.expected = order["bytes"]
        self._look(group)

    def _read(self, sock: Any, group: Group) -> None:
        size = sock.recv_into(self._buffer)
        if not size:
            self._selector.unregister(sock)
            sock.close()
            return
        group.arrived += size
        self._look(group)

    def _look(self, group: Group) -> None:
        if group.expected is not None and group.arrived >= group.expected:
            group.arrived, group.expected = group.arrived - group.expected, None
            print(json.dumps({"arrived": group.name}), flush=True)


if __name__ == "__main__":
    Readers().run()
