"""A process that does the least that a click can take: an HTTP request comes in, an AMI action goes out.

Its argument is the port of the AMI; it prints its own port and ends when standard input ends. Beside the real server it
tells what of a delay is the machine's, the client's and the PBX's own.
"""

import asyncio
import re
import sys

_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)")


async def main(ami_port: int) -> None:
    """Serve."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # One for each client: between two phases the PBX cuts its connections.
        _, ami = await asyncio.open_connection("127.0.0.1", ami_port)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = _LENGTH.search(head)
                await reader.readexactly(int(found[1]) if found else 0)
                ami.write(b"Action: Floor\r\nActionID: f\r\n\r\n")
                writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}")
        except asyncio.IncompleteReadError:
            ami.close()
            writer.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(ended), sys.stdin)
    await ended.read()
    server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
