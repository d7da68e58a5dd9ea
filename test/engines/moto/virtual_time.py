"""Time that passes only where something waits, and no second thread. Import before moto.

moto runs every task, child and branch in a thread of its own and waits with `threading.Event` and
`time.sleep`. Here a thread runs to its end when it is started, so that whoever waits afterwards waits either
for something that has happened, or for something that can never happen: then the whole timeout passes.
"""

import datetime
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

_real_datetime = datetime.datetime


class NeverAnswers(BaseException):
    """What a task raises that gives no answer. No Exception: no handler of the interpreter may see it."""


class Clock:
    def __init__(self) -> None:
        self.seconds = Fraction(0)

    def set_ms(self, at_ms: int) -> None:
        self.seconds = Fraction(at_ms, 1000)

    def sleep(self, seconds: float) -> None:
        self.seconds += Fraction(max(0, seconds))


CLOCK = Clock()


class InlineThread:
    native_id = None

    def __init__(
        self,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        self._run = lambda: target(*args, **(kwargs or {})) if target else None

    def start(self) -> None:
        try:
            self._run()
        except NeverAnswers:
            pass

    def join(self, timeout: float | None = None) -> None:
        pass

    def is_alive(self) -> bool:
        return False


class VirtualEvent(threading.Event):
    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            if timeout is None:
                raise RuntimeError("nothing is left that could end this wait")
            CLOCK.sleep(timeout)
        return self.is_set()


class VirtualDatetime(_real_datetime):
    """Without a time zone it is UTC: moto takes the difference to a Timestamp, which is in UTC."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> "VirtualDatetime":
        at = cls.fromtimestamp(float(CLOCK.seconds), datetime.timezone.utc)
        return at.replace(tzinfo=None) if tz is None else at.astimezone(tz)


def install() -> None:
    threading.Thread = InlineThread
    threading.Event = VirtualEvent
    time.sleep = CLOCK.sleep
    # A Fraction: moto cuts differences of two readings to whole seconds.
    time.time = lambda: CLOCK.seconds
    datetime.datetime = VirtualDatetime


install()
