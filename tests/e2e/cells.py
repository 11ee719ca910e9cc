"""What the matrices have in common: their cells, and the choice of them that a usual run takes."""

from dataclasses import fields
from itertools import combinations, product


class Cell:
    """One combination: subclasses are data classes whose fields are the dimensions."""

    @property
    def id(self):
        """Its name in the test output."""
        return "-".join(getattr(self, field.name) for field in fields(self))


def possible(kind, dimensions, reason):
    """Every cell of `kind` for which there is no reason why it cannot be."""
    return [cell for values in product(*dimensions.values()) if reason(cell := kind(*values)) is None]


def covering(cells, strength):
    """A small choice of `cells` in which each combination of `strength` values that occurs in them occurs.

    Greedy and deterministic: always the first cell that adds most.
    """

    def tuples(cell):
        values = [(field.name, getattr(cell, field.name)) for field in fields(cell)]
        return frozenset(combinations(values, strength))

    pool = {cell: tuples(cell) for cell in cells}
    missing = frozenset().union(*pool.values())
    chosen = []
    while missing:
        best = max(pool, key=lambda cell: len(pool[cell] & missing))
        chosen.append(best)
        missing -= pool.pop(best)
    return chosen
