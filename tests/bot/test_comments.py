"""What is planned: three comments at a time, the worst first, and nobody is told anything twice."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.comments import MOST, Plan, plan
from bot.conversation import Remark
from rules.model import Finding, Hunk, Report, Suggestion
from tests.bot.diffs import finding, report


def suggesting(path: str, start: int, end: int, import_line: str = "") -> Finding:
    edit = Suggestion(path, start, end, ("x",), import_line)
    shown = finding(1, "a.py", 10, 30)
    return Finding(
        id=shown.id,
        rule=shown.rule,
        level="error",
        path="a.py",
        start_line=10,
        end_line=30,
        message="m",
        suggestion=edit,
    )


HUNKS = {"a.py": (Hunk(1, 1, 1, 3), Hunk(9, 0, 12, 5), Hunk(20, 4, 19, 0), Hunk(30, 2, 25, 4)), "same.py": ()}


@pytest.mark.parametrize(
    ("found", "anchor"),
    [
        (finding(1, "a.py", 2, 2), (2, 2)),
        (finding(1, "a.py", 1, 40), (12, 16)),  # the largest part that lies in one hunk
        (finding(1, "a.py", 3, 13), (12, 13)),
        (finding(1, "a.py", 3, 12), (3, 3)),  # of two of a size, the first
        (finding(1, "a.py", 17, 24), (0, 0)),
        (finding(1, "a.py", 19, 19), (0, 0)),  # where lines went, none was added
        (finding(1, "same.py", 1, 9), (0, 0)),
        (finding(1, "else.py", 1, 9), None),
        (suggesting("a.py", 25, 28), (25, 28)),
        (suggesting("a.py", 26, 26), (26, 26)),
        (suggesting("a.py", 24, 28), (12, 16)),
        (suggesting("a.py", 25, 29), (12, 16)),
        (suggesting("b.py", 25, 28), (12, 16)),
        (suggesting("a.py", 25, 28, "import x"), (12, 16)),
    ],
)
def test_anchors(found: Finding, anchor: tuple[int, int] | None) -> None:
    planned = plan(report((found,)), HUNKS, ())
    if anchor is None:
        assert (planned.review, planned.files, planned.annotations) == ((), (), (found,))
        return
    (note,) = (*planned.review, *planned.files)
    assert (note.start_line, note.line) == anchor
    assert bool(planned.review) == (anchor != (0, 0))
    assert note.suggest == (anchor in ((25, 28), (26, 26)))


def remark(number: int, **state: object) -> Remark:
    usual = Remark(f"{number:016x}", f"node{number}", number, "a.py", "text", False, False, False, False)
    return usual._replace(**state)  # type: ignore[arg-type]


FIXED = {"minimized": True, "fixed": True}


@pytest.mark.parametrize(
    ("state", "present", "done"),
    [
        ({}, True, ""),
        ({}, False, "close"),
        ({"answered": True}, False, ""),
        ({"resolved": True}, False, ""),
        ({"minimized": True}, False, ""),  # by a person
        ({"path": "unread.py"}, False, ""),
        ({"fixed": True}, False, "close"),  # an earlier attempt died in between
        (FIXED, False, ""),
        (FIXED, True, "reopen"),
        ({"fixed": True}, True, "reopen"),
        ({**FIXED, "answered": True}, True, ""),
        ({**FIXED, "resolved": True}, True, ""),
        ({"minimized": True}, True, ""),
        ({"resolved": True}, True, ""),
    ],
)
def test_what_becomes_of_a_comment(state: dict[str, object], present: bool, done: str) -> None:
    existing = remark(1, **state)
    planned = plan(report((finding(1),) if present else (), ("unread.py",)), HUNKS, (existing,))
    assert (planned.close, planned.reopen) == (
        (existing,) if done == "close" else (),
        (existing,) if done == "reopen" else (),
    )
    assert (planned.review, planned.files, planned.annotations) == ((), (), ())


def test_an_accepted_finding_is_not_taken_up_again() -> None:
    """Not even where its comment was closed because the finding had gone."""
    accepted = {finding(1).id: "it is meant", finding(2).id: "this, too"}
    assert plan(report((finding(1), finding(2))), HUNKS, (remark(2, **FIXED),), accepted) == Plan()


def test_the_worst_come_first_and_three_at_a_time() -> None:
    found = tuple(finding(number, start=number, end=number) for number in (1, 2, 3, 12, 13))
    planned = plan(report(found), HUNKS, ())
    assert [note.finding for note in planned.review] == list(found[:3])
    assert planned.annotations == found[3:]
    existing = tuple(remark(number) for number in (1, 2, 3))
    assert plan(report(found), HUNKS, existing).annotations == found[3:]
    settled = (remark(1, resolved=True), remark(2), remark(3, **FIXED, resolved=True))
    assert [note.finding for note in plan(report(found), HUNKS, settled).review] == list(found[3:])


numbers = st.integers(0, 8)
remarks = st.lists(
    st.builds(
        lambda number, path, answered, resolved, folded: remark(
            number, path=path, answered=answered, resolved=resolved, minimized=folded[0], fixed=folded[1]
        ),
        numbers,
        st.sampled_from(["a.py", "unread.py"]),
        st.booleans(),
        st.booleans(),
        st.tuples(st.booleans(), st.booleans()),
    ),
    unique_by=lambda each: each.finding,
    max_size=8,
).map(tuple)
reports = st.builds(
    lambda found, skipped: report(tuple(found), skipped),
    st.lists(
        st.builds(
            finding,
            numbers,
            st.sampled_from(["a.py", "same.py", "else.py"]),
            st.integers(1, 30),
            st.integers(30, 40),
            st.sampled_from(["error", "warning", "info"]),
        ),
        unique_by=lambda each: each.id,
    ),
    st.sampled_from([(), ("unread.py",)]),
)
acceptances = st.frozensets(numbers.map("{:016x}".format))


def after(planned: Plan, existing: tuple[Remark, ...]) -> tuple[Remark, ...]:
    """What stands once a plan is carried out."""
    closed, opened = set(planned.close), set(planned.reopen)
    kept = [
        each._replace(minimized=True, fixed=True)
        if each in closed
        else each._replace(minimized=False, fixed=False)
        if each in opened
        else each
        for each in existing
    ]
    new = [remark(int(note.finding.id, 16), path=note.path) for note in (*planned.review, *planned.files)]
    return (*kept, *new)


def open_comments(told: Report, existing: tuple[Remark, ...], accepted: frozenset[str]) -> int:
    """How many comments wait for somebody: about what is still so, or may be."""
    present, unread = {each.id for each in told.findings}, {each.path for each in told.skipped}
    return sum(
        not each.minimized
        and not each.resolved
        and each.finding not in accepted
        and (each.finding in present or each.path in unread)
        for each in existing
    )


@settings(deadline=None, max_examples=400)
@given(told=reports, existing=remarks, accepted=acceptances)
def test_reconciliation(told: Report, existing: tuple[Remark, ...], accepted: frozenset[str]) -> None:
    planned = plan(told, HUNKS, existing, accepted)
    known, unread = {each.finding for each in existing}, {each.path for each in told.skipped}
    written = [note.finding.id for note in (*planned.review, *planned.files)]
    annotated = [each.id for each in planned.annotations]

    assert len({*written, *annotated}) == len(written) + len(annotated)
    assert known.isdisjoint(written)
    assert accepted.isdisjoint([*written, *annotated, *(each.finding for each in planned.reopen)])
    wanted = {each.id for each in told.findings if each.level != "info"}
    opened = {each.finding for each in planned.reopen}
    folded = {each.finding for each in existing if each.fixed and not each.answered and not each.resolved} - opened
    assert {*written, *annotated} <= (wanted - known - accepted) | folded
    assert {*written, *annotated} >= wanted - known - accepted
    for each in (*planned.close, *planned.reopen):
        assert not each.answered
        assert not each.resolved
    assert unread.isdisjoint(each.path for each in planned.close)
    assert {each.finding for each in planned.close}.isdisjoint(each.id for each in told.findings)

    then = after(planned, existing)
    assert open_comments(told, then, accepted) <= max(MOST, open_comments(told, existing, accepted))
    assert not plan(told, HUNKS, then, accepted).writes


@settings(deadline=None, max_examples=100)
@given(history=st.lists(st.tuples(reports, acceptances), min_size=2, max_size=6))
def test_three_at_most_however_it_goes_on(history: list[tuple[Report, frozenset[str]]]) -> None:
    """From an empty conversation, push after push, what was accepted stays so."""
    existing: tuple[Remark, ...] = ()
    accepted: frozenset[str] = frozenset()
    for told, more in history:
        accepted |= more
        planned = plan(told, HUNKS, existing, accepted)
        existing = after(planned, existing)
        assert len({each.finding for each in existing}) == len(existing)
        assert open_comments(told, existing, accepted) <= MOST
