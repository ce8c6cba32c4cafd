"""Work one step ahead: an iterator that is run in a thread of its own, a bounded number of items ahead."""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

# How others know that such a thread is still at work.
THREAD_NAME = "conflict-events-ahead"
_Item = TypeVar("_Item")
_POLL_SECONDS = 0.1
_JOIN_SECONDS = 2.0
_EXIT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class _Made(Generic[_Item]):
    item: _Item


@dataclass(frozen=True, slots=True)
class _Ended:
    error: BaseException | None


def ahead(items: Iterable[_Item], depth: int) -> Iterator[_Item]:
    """Yield what `items` yields, in order, while a thread makes up to `depth` more.

    An exception of `items` is raised here, after the items before it. Closing this generator stops the thread
    and closes `items`, if it is a generator; a thread that waits for input at that moment ends with that
    input.
    """
    made: queue.Queue[_Made[_Item] | _Ended] = queue.Queue(maxsize=depth)
    closing = threading.Event()

    def put(entry: _Made[_Item] | _Ended) -> bool:
        while not closing.is_set():
            try:
                made.put(entry, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        error: BaseException | None = None
        iterator = iter(items)
        try:
            for item in iterator:
                if not put(_Made(item)):
                    break
        except BaseException as raised:  # Whatever it is, it belongs to the consumer's thread.
            error = raised
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
        put(_Ended(error))

    thread = threading.Thread(target=work, name=THREAD_NAME, daemon=True)

    def stop() -> None:
        closing.set()
        thread.join(_EXIT_SECONDS)

    thread.start()
    # If the iterator is left half-way, a thread in native code would abort the ending interpreter.
    atexit.register(stop)
    try:
        while True:
            entry = made.get()
            if isinstance(entry, _Ended):
                if entry.error is not None:
                    raise entry.error
                return
            yield entry.item
    finally:
        closing.set()
        thread.join(_JOIN_SECONDS)
        if not thread.is_alive():
            atexit.unregister(stop)
