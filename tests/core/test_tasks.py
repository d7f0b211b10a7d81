import asyncio

import pytest

from cti_server.core.tasks import Tasks


async def test_a_task_carries_owner_and_name_and_is_let_go_when_it_ends() -> None:
    tasks = Tasks("feed")

    async def name() -> str:
        task = asyncio.current_task()
        assert task is not None
        return task.get_name()

    task = tasks.start("read", name())
    assert len(tasks) == 1
    assert await task == "feed:read"
    await asyncio.sleep(0)
    assert len(tasks) == 0


async def test_close_ends_what_runs_and_starts_nothing_more() -> None:
    tasks, ended = Tasks("feed"), asyncio.Event()

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    tasks.start("wait", wait_for_ever())
    await asyncio.sleep(0)
    await tasks.close()
    assert ended.is_set()
    with pytest.raises(RuntimeError, match="feed is closed"):
        tasks.start("late", wait_for_ever())
    await tasks.close()


async def test_a_task_that_dies_is_told() -> None:
    told: list[tuple[str, BaseException]] = []
    tasks = Tasks("feed", on_fault=lambda name, fault: told.append((name, fault)))

    async def die() -> None:
        raise ValueError("on purpose")

    task = tasks.start("read", die())
    await asyncio.wait([task])
    await asyncio.sleep(0)
    [(name, fault)] = told
    assert name == "feed:read"
    assert isinstance(fault, ValueError)
