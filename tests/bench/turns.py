"""Whose turn it is."""

#: So many times the turns for a row whose target is near to what it varies by.
OFTEN = 3
#: So many pairs of servers, one after the other, where a few per cent decide: each keeps for life what chance gave it.
PAIRS = 5


def turns(count, contestants):
    """Everyone `count` times, in one order and in the other."""
    for turn in range(count):
        yield from contestants if turn % 2 == 0 else reversed(contestants)
