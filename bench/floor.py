"""A process that does the least that a pop can take: a line comes in over TCP, PostgreSQL is asked, the line goes back.

Prints its port; ends when standard input ends. Beside the real server it tells what of a delay is the machine's.
"""

import asyncio
import sys

import asyncpg


async def main(dsn: str) -> None:
    """Serve."""
    connection = await asyncpg.connect(dsn)
    ask = await connection.prepare("select 1")
    turn = asyncio.Lock()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            async with turn:
                await ask.fetchval()
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(ended), sys.stdin)
    await ended.read()
    server.close()
    await connection.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
