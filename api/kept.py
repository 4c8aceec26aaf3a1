"""Things made from files and kept while there is room for them: the longest unused go first."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

Made = TypeVar("Made")


class Kept:
    """A bounded memory of what can be made again.

    Parameters
    ----------
    most_bytes
        What all that is kept may take together. A thing larger than that is made each time.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._making = threading.RLock()

    def find(self, key: Hashable) -> Any | None:
        """Return what is kept under a key, or None."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, made: object, size: int) -> None:
        """Keep something of a size in bytes, and let go of what there is no more room for."""
        if size > self.most_bytes:
            return
        with self._lock:
            before = self._held.pop(key, None)
            self._bytes += size - (before[1] if before is not None else 0)
            self._held[key] = made, size
            while self._bytes > self.most_bytes:
                _, (_, freed) = self._held.popitem(last=False)
                self._bytes -= freed

    def get(self, key: Hashable, make: Callable[[], tuple[Made, int]]) -> Made:
        """Return what is kept under a key, made first if it is not there.

        One thing is made at a time, so that what is being made is bounded too.

        Parameters
        ----------
        key
            Its name.
        make
            Returns it with its size in bytes.
        """
        found = self.find(key)
        if found is None:
            with self._making:
                found = self.find(key)  # another thread may have made it meanwhile
                if found is None:
                    found, size = make()
                    self.keep(key, found, size)
        return cast("Made", found)
