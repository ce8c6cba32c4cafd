"""How a command stops when it is told to by a signal."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED, TERMINATED = 130, 143
_MOMENT_SECONDS = 0.05


class Terminated(KeyboardInterrupt):
    """SIGTERM: stop as at Ctrl-C, with another exit code."""


def _signal_main_thread(number: int) -> None:
    main = threading.main_thread().ident
    if sys.platform == "win32" or main is None:
        signal.raise_signal(number)
    else:
        signal.pthread_kill(main, number)  # which also ends its waiting


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Within the block, SIGTERM raises `Terminated`, and neither it nor Ctrl-C is lost.

    What a handler raises while a finalizer runs, Python shows as a traceback and drops: instead, the signal
    is sent again a moment later. Only the main thread may set this up.
    """

    def terminate(number: int, frame: FrameType | None) -> None:
        raise Terminated

    def send_again(dropped: sys.UnraisableHookArgs) -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            shown(dropped)
            return
        number = signal.SIGTERM if issubclass(dropped.exc_type, Terminated) else signal.SIGINT
        timer = threading.Timer(_MOMENT_SECONDS, _signal_main_thread, (number,))
        timer.daemon = True
        timer.start()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, terminate)
    shown, sys.unraisablehook = sys.unraisablehook, send_again
    try:
        yield
    finally:
        sys.unraisablehook = shown
        signal.signal(signal.SIGTERM, before)
