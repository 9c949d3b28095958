"""A rectangular array cut into chunks, which are numbered in the order of the array."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np


@dataclass(frozen=True)
class Chunks:
    """How an array is cut; the chunks at its ends may be smaller.

    Attributes
    ----------
    shape : tuple of int
        Of the array.
    block : tuple of int
        Of a chunk.

    Examples
    --------
    >>> chunks = Chunks((3, 5), (2, 5))
    >>> len(chunks)
    2
    >>> chunks.region(1)
    (slice(2, 3, None), slice(0, 5, None))
    """

    shape: tuple[int, ...]
    block: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of chunks along every axis."""
        return tuple(-(-size // block) for size, block in zip(self.shape, self.block, strict=True))

    def __len__(self) -> int:
        return prod(self.counts)

    def place(self, number: int) -> tuple[int, ...]:
        """Which chunk it is along every axis."""
        return tuple(int(k) for k in np.unravel_index(number, self.counts))

    def region(self, number: int) -> tuple[slice, ...]:
        """What it covers of the array."""
        parts = zip(self.place(number), self.shape, self.block, strict=True)
        return tuple(slice(k * block, min((k + 1) * block, size)) for k, size, block in parts)

    def size(self, number: int) -> int:
        """How many entries of the array it has."""
        return prod(part.stop - part.start for part in self.region(number))

    def indices(self, number: int) -> list[tuple[int, ...]]:
        """Its entries, in the order of the array."""
        region = self.region(number)
        first = [part.start for part in region]
        inside = np.ndindex(*(part.stop - part.start for part in region))
        return [tuple(int(a + b) for a, b in zip(first, index, strict=True)) for index in inside]


def cut(shape: tuple[int, ...], most: int) -> Chunks:
    """Chunks of at most `most` entries: whole rows of the last axes, where they fit.

    Examples
    --------
    >>> cut((21, 21), 64).block
    (3, 21)
    """
    block, room = [1] * len(shape), most
    for axis in reversed(range(len(shape))):
        block[axis] = max(1, min(shape[axis], room))
        room //= block[axis]
    return Chunks(shape, tuple(block))
