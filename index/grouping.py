"""Groups of values that lie one behind the other in an array."""

import numpy as np

from index.array_file import Array
from index.gaps import Numbers


def ranges(starts: Numbers, lengths: Numbers) -> Numbers:
    """The numbers of [start, start + length) for each pair, one behind the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - ends + lengths, lengths) + np.arange(total)


def gathered(values: Array, lengths: Numbers, order: Numbers) -> Array:
    """Groups of ``values``, of these ``lengths``, in another order."""
    starts = np.concatenate(([0], np.cumsum(lengths)))[:-1]
    return values[ranges(starts[order], lengths[order])]
