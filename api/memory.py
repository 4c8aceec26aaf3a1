"""What the process keeps of the memory it once used.

Requests are answered by several threads. glibc gives each thread a heap of its own, and each
heap keeps what its largest answer took: 230 MB in fifteen heaps after some hundred large pages. Two
heaps keep a third of that, and what lies free at their ends goes back to the system once a minute.

Large pieces, such as a decoded part of a table, lie in no heap but in pages of their own, which go
back as soon as they are freed. glibc too begins so, but puts pieces of up to 32 MB into heaps once
it has seen some freed.
"""

import asyncio
import ctypes
from collections.abc import Callable

import pyarrow as pa

_M_ARENA_MAX = -8
_HEAPS = 2
_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 1 << 20
_EVERY_S = 60.0


def share_heaps() -> None:
    """Let threads share a few heaps, Arrow too, but for large pieces; without glibc do nothing."""
    mallopt = _function("mallopt")
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _HEAPS)
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        pa.set_memory_pool(pa.system_memory_pool())


async def give_back() -> None:
    """Give free memory back to the system again and again, until cancelled."""
    trim = _function("malloc_trim")
    while trim is not None:
        await asyncio.sleep(_EVERY_S)
        await asyncio.to_thread(trim, 0)


def _function(name: str) -> Callable[..., int] | None:
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found
