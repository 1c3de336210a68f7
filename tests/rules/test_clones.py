from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from rules.clones import Entry, align, bits, units_of
from rules.facts import read
from rules.trees import snapshot_of


def entries(hashes: Sequence[int]) -> list[Entry]:
    return [Entry(hash_, hash_, line, line, 5, 0) for line, hash_ in enumerate(hashes, 1)]


def ten(_one: Entry, _other: Entry) -> float:
    return 10.0


def pairs(one: Sequence[int], other: Sequence[int], *, same: bool = False) -> list[tuple[int, int]]:
    return list(align(entries(one), entries(other), ten, same=same).pairs)


def test_an_aligned_run_bridges_what_was_inserted() -> None:
    assert pairs([1, 2, 3, 4], [9, 1, 2, 8, 3, 4]) == [(0, 1), (1, 2), (2, 4), (3, 5)]


def test_a_run_ends_where_too_much_lies_between() -> None:
    assert pairs([1, 2, 3, 4], [1, 2, *range(50, 70), 3, 4]) in ([(0, 0), (1, 1)], [(2, 22), (3, 23)])


def test_nothing_in_common_is_no_alignment() -> None:
    assert align(entries([1, 2]), entries([3, 4]), ten) == ((), 0.0)
    assert align([], entries([1]), ten) == ((), 0.0)


def test_a_block_pasted_twice_into_one_unit_is_found_and_does_not_overlap_itself() -> None:
    assert pairs([1, 2, 3, 7, 1, 2, 3], [1, 2, 3, 7, 1, 2, 3], same=True) == [(4, 0), (5, 1), (6, 2)]


def test_repetition_is_no_information() -> None:
    once = align(entries([1, 2]), entries([1, 2]), ten).bits
    assert align(entries([1] * 8 + [2]), entries([1] * 8 + [2]), ten).bits < once + 8 * 1.5


@given(st.lists(st.integers(0, 5), max_size=12), st.lists(st.integers(0, 5), max_size=12))
def test_alignments_are_increasing_pairs_of_equal_entries(one: list[int], other: list[int]) -> None:
    found = align(entries(one), entries(other), ten)
    assert all(one[i] == other[j] for i, j in found.pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in zip(found.pairs, found.pairs[1:], strict=False))
    assert bool(found.pairs) == bool(set(one) & set(other))


def test_units_are_outermost_functions_methods_and_module_code() -> None:
    facts = read(
        b"x = compute(1, 2)\n\ndef f(a):\n    def g(b):\n        return load(b, 1)\n    return g(load(a, 2))\n\n"
        b"class C:\n    def m(self):\n        return self.load(1, 2)\n    def n(self):\n        return self.save(1, 2)\n"
    )
    assert [(unit.symbol, len(unit.entries)) for unit in units_of("a.py", facts)] == [
        ("", 1),
        ("f", 2),
        ("C.m", 1),
        ("C.n", 1),
    ]


def test_rare_statements_carry_more_information_than_common_ones() -> None:
    common = "def f{0}(a):\n    return load(a, 1)\n"
    index = snapshot_of(
        {"a.py": "".join(common.format(i) for i in range(40)) + "def g(a):\n    return save(a, 1)\n"}
    ).clones
    *_, last, rare = (index.unit(number).entries[0] for number in index.in_file("a.py"))
    assert bits(index, rare, rare) > bits(index, last, last) + 2


def test_generated_files_are_not_indexed() -> None:
    index = snapshot_of({"a.py": "# @generated\ndef f(a):\n    return load(a, 1)\n"}).clones
    assert index.total == 0
    assert list(index.in_file("a.py")) == []
