"""The one place where tasks begin: each has a name, an owner and an end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Tasks:
    """The tasks of one owner. `close()` ends them all; one that dies of a fault is reported, never silent."""

    def __init__(self, owner: str, on_fault: Callable[[str, BaseException], None] | None = None) -> None:
        self._owner = owner
        self._on_fault = on_fault
        self._running: set[asyncio.Task[Any]] = set()
        self._closing = False

    def __len__(self) -> int:
        return len(self._running)

    def start(self, name: str, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run `work` as a task called `owner:name`. Raises RuntimeError once the owner is closed."""
        if self._closing:
            work.close()
            raise RuntimeError(f"{self._owner} is closed and starts no further task ({name})")
        task = asyncio.get_running_loop().create_task(work, name=f"{self._owner}:{name}")
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        fault = task.exception()
        if fault is None:
            return
        log.error("task_died", task=task.get_name(), exc_info=fault)
        if self._on_fault is not None:
            self._on_fault(task.get_name(), fault)

    async def close(self, limit: float = 5.0) -> None:
        """Cancel what runs and wait for it at most `limit` seconds. May be called twice."""
        self._closing = True
        own = asyncio.current_task()
        rest = {task for task in self._running if task is not own}
        for task in rest:
            task.cancel()
        if rest:
            _, stuck = await asyncio.wait(rest, timeout=limit)
            for task in stuck:
                log.error("task_does_not_end", task=task.get_name(), limit=limit)
