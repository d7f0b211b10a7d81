import asyncio

from cti_server.ami.inbox import GAP, MAX_BATCH, Inbox


async def test_entries_come_in_order_with_their_positions() -> None:
    inbox = Inbox()
    inbox.put(1.0, b"a")
    inbox.put(1.5, b"b")
    assert await inbox.take() == [(1.0, b"a"), (1.5, b"b")]
    assert inbox.taken == inbox.position == 2


async def test_a_reader_waits_for_the_first() -> None:
    inbox = Inbox()
    reading = asyncio.ensure_future(inbox.take())  # noqa: TID251
    await asyncio.sleep(0)
    assert not reading.done()
    inbox.put(2.0, b"a")
    assert await asyncio.wait_for(reading, 1) == [(2.0, b"a")]


async def test_a_full_inbox_throws_all_away_and_says_so() -> None:
    inbox = Inbox(max_events=3)
    for number in range(5):
        inbox.put(float(number), b"%d" % number)
    assert await inbox.take() == [(3.0, GAP), (3.0, b"3"), (4.0, b"4")]
    assert (inbox.overruns, inbox.lost) == (1, 3)
    assert inbox.taken == inbox.position == 6


async def test_bytes_are_bounded_too() -> None:
    inbox = Inbox(max_bytes=100)
    for _ in range(5):
        inbox.put(1.0, b"x" * 40)
    assert len(inbox) <= 3
    assert inbox.overruns == 2


async def test_a_long_backlog_is_handed_over_in_pieces_and_others_may_run_between() -> None:
    inbox = Inbox()
    for number in range(2 * MAX_BATCH + 1):
        inbox.put(1.0, b"%d" % number)
    turns = 0

    def turn() -> None:
        nonlocal turns
        turns += 1

    sizes = []
    for _ in range(3):
        asyncio.get_running_loop().call_soon(turn)
        sizes.append(len(await inbox.take()))
    assert sizes == [MAX_BATCH, MAX_BATCH, 1]
    assert turns == 3
    assert inbox.taken == inbox.position


async def test_taken_lags_behind_while_a_backlog_waits() -> None:
    inbox = Inbox()
    for _ in range(MAX_BATCH + 5):
        inbox.put(1.0, b"x")
    await inbox.take()
    assert inbox.taken == MAX_BATCH


async def test_closing_lets_the_reader_go_after_the_rest() -> None:
    inbox = Inbox()
    inbox.put(1.0, b"a")
    inbox.close()
    assert await inbox.take() == [(1.0, b"a")]
    assert await asyncio.wait_for(inbox.take(), 1) == []
