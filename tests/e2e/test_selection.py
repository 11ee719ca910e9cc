"""The choice of cells that a run takes, and the table of what cannot be done."""

from itertools import combinations, product

from cells import covering
from impossible import CELLS, OPERATIONS, reason
from matrix import DIMENSIONS, Cell, all_cells, big_cells


def test_every_three_values_that_can_meet_do_meet():
    def meetings(cells):
        pairs = [[(name, getattr(cell, name)) for name in DIMENSIONS] for cell in cells]
        return {meeting for values in pairs for meeting in combinations(values, 3)}

    assert meetings(covering(all_cells(), 3)) == meetings(all_cells())


def test_the_choice_is_the_same_in_every_process():
    assert covering(all_cells(), 2) == covering(all_cells(), 2)


def test_every_daemon_moves_a_big_file_behind_every_interceptor():
    chosen = {(cell.daemon, cell.interceptor) for cell in big_cells(covering(all_cells(), 3))}
    assert chosen == set(product(DIMENSIONS["daemon"], DIMENSIONS["interceptor"]))


def test_everything_that_is_left_out_has_a_reason_of_its_own():
    everything = [Cell(*values) for values in product(*DIMENSIONS.values())]
    for part in CELLS:
        left_out = [cell for cell in everything if part.holds(cell)]
        assert left_out
        assert any(not any(other.holds(cell) for other in CELLS if other is not part) for cell in left_out)
        assert len(part.reason.split()) > 5
    assert len(all_cells()) == len([cell for cell in everything if reason(cell) is None])


def test_operations_that_are_left_out_are_of_programs_that_exist():
    programs = {*DIMENSIONS["daemon"], *DIMENSIONS["client"]}
    operations = {"APPE", "MLSD", "NLST", "AUTH after CCC"}
    assert all(program in programs and operation in operations for program, operation in OPERATIONS)
