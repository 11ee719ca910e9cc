"""Memory that is there before it is measured."""

import mmap


def get(size):
    """Has the system get memory that it gave back to its host, so that no contestant waits for that."""
    page = mmap.PAGESIZE
    with mmap.mmap(-1, size) as memory:
        for offset in range(0, size, page):
            memory[offset] = 1
