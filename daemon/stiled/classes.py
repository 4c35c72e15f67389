"""One net_cls class an application: which number stands for whom."""

import hashlib
import re
import struct
from collections import deque
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NewType

from stile.applications import Application

ClassId = NewType("ClassId", int)
"""0xAAAABBBB, major and minor, as in net_cls.classid (Linux, cgroup-v1/net_cls.rst)."""

MAJOR = 0x5713
EXIT_MAJOR = 0x5714
"""Of the classes on the way out of another (`exits.py`)."""
MOST_EXITS = 0xFFFE
SHARED_MAJOR = 0x5715
"""Of the classes that all share who have the same verdict, with iptables (`xtrules.py`)."""
EXIT = ClassId(EXIT_MAJOR << 16 | 0xFFFF)
EXIT_KEY, EXIT_TEXT = struct.pack("=I", EXIT), f"{EXIT:08x}"
"""Stand in messages of the exec gate for the class of an exit, which is put in their place."""
NONE = ClassId(0)
"""The class of everything that nobody has decided about."""


@lru_cache(maxsize=1 << 16)
def label(application: Application) -> str:
    """Name an application so that a file system takes it: readable, short, and one name each."""
    readable = re.sub(r"[^A-Za-z0-9._+]+", "-", application.name.rpartition("/")[2] or "-")[:80]
    digest = hashlib.sha256(str(application).encode()).hexdigest()[:12]
    return f"{readable.strip('-.') or application.kind}-{digest}"


class Classes:
    """The classes that are given out. A number is not given to another application while we run.

    One that was given back is, when there is no other: by then thousands have been given since.

    *existing* are the groups that an earlier helper left behind, by their labels: an application
    that had a class keeps it, and with it the processes in it.
    """

    def __init__(self, existing: Mapping[str, ClassId] | None = None) -> None:
        own = {name: each for name, each in (existing or {}).items() if each >> 16 == MAJOR}
        self._by_label = own
        self._taken = set(self._by_label.values())
        self._next = MAJOR << 16
        self._given_back: deque[ClassId] = deque()

    def of(self, application: Application) -> ClassId:
        """Give the class of *application*, a new one if need be. Raises OverflowError at 65,535."""
        name = label(application)
        if name not in self._by_label:
            self._by_label[name] = self._free()
        return self._by_label[name]

    def fresh(self) -> ClassId:
        """Give a class that stands for no application. Raises OverflowError at 65,535."""
        return self._free()

    def claim(self, class_id: ClassId) -> None:
        """Note that a class of an earlier helper stands for no application, and is in use."""
        self._taken.add(class_id)

    def give_back(self, class_id: ClassId) -> None:
        """Take back a class that stood for no application, and in which nobody is any more."""
        self._given_back.append(class_id)

    def known(self, applications: Iterable[Application]) -> dict[Application, ClassId]:
        """Give the classes of many."""
        return {application: self.of(application) for application in applications}

    def __len__(self) -> int:
        return len(self._taken) - len(self._given_back)

    def _free(self) -> ClassId:
        while (candidate := ClassId(self._next + 1)) in self._taken:
            self._next += 1
        if candidate >> 16 != MAJOR:
            if self._given_back:
                return self._given_back.popleft()
            raise OverflowError("all 65,535 classes are taken")
        self._next += 1
        self._taken.add(candidate)
        return candidate
