"""What a pull request looks like after a review, and after each push: comments, their folding, the check run."""

from __future__ import annotations

import re

import pytest

from tests.bot.stage import (
    FIX,
    HARMLESS,
    MESSAGES,
    ORDERS,
    Stage,
    check_of,
    comment_on,
    finding_of,
    findings_of,
    shown,
    summary_of,
)
from tests.github.bare import ALICE, Files
from tests.github.model import ReviewComment
from tests.github.pull import Pull
from worker.demo import BASE, CHANGE


def _ids(comments: list[ReviewComment]) -> list[str]:
    return [finding_of(comment) for comment in comments]


def _posted(stage: Stage) -> list[tuple[str, str]]:
    """Every request so far that wrote something new for people to read."""
    return [
        (request.method, request.path)
        for request in stage.github.requests
        if request.method == "POST" and re.search(r"/(reviews|comments|replies)$", request.path)
    ]


def test_the_first_review(stage: Stage) -> None:
    stage.shop.push("topic", CHANGE)
    states: list[tuple[str, str | None]] = []
    stage.github.observe = lambda *_: states.extend(
        (run.status, run.conclusion) for run in stage.shop.runs if (run.status, run.conclusion) not in states
    )
    asked = stage.requests_of(lambda: stage.shop.open_pull("topic"))
    (pull,) = stage.shop.pulls
    assert states == [("in_progress", None), ("completed", "failure")]
    assert len(asked) <= 8
    assert len(pull.reviews) == 1
    assert [(c.path, c.start_line, c.line) for c in findings_of(pull)] == [(ORDERS, None, 15), (MESSAGES, 6, 19)]
    error, warning = findings_of(pull)
    assert error.body.startswith("**error** · `shop.core.orders` now imports `shop.web.views`")
    assert "`format_e164`" in warning.body
    (run,) = stage.shop.check_runs()
    assert (run.head_sha, run.conclusion, run.title) == (pull.head, "failure", "1 error, 1 warning")
    assert [action["identifier"] for action in run.actions] == ["review", "accept", "pause"]
    assert run.annotations == []
    text = summary_of(pull)
    assert f"Reviewed `{pull.head}` against `{pull.base}`: 2 changed of 9 Python files" in text
    assert text.count("(commented)") == 2
    assert '```mermaid\nflowchart LR\n  n0["shop.core"]' in text
    assert pull.issue_comments == []


def test_without_findings_only_the_check_speaks(stage: Stage) -> None:
    pull = stage.open(HARMLESS)
    assert (check_of(pull).conclusion, check_of(pull).title) == ("success", "Nothing to say")
    assert pull.reviews == []
    assert pull.issue_comments == []


def test_a_push_that_changes_nothing(stage: Stage) -> None:
    pull = stage.open()
    posted = _posted(stage)
    asked = stage.requests_of(lambda: pull.push({"shop/core/extra.py": "COLOUR = 'red'\n"}))
    assert len(asked) <= 6
    assert _posted(stage) == posted
    assert check_of(pull).conclusion == "failure"
    assert "(commented)" in summary_of(pull)


def test_fixed_and_back(stage: Stage) -> None:
    pull = stage.open()
    before = {comment.id: comment.body for comment in findings_of(pull)}
    head = stage.push(pull, FIX)
    assert [(c.minimized, c.body.split("\n")[0]) for c in findings_of(pull)] == [
        ("resolved", f"**Fixed** in {head[:12]}.")
    ] * 2
    assert check_of(pull).conclusion == "success"
    again = stage.push(pull, HARMLESS)
    assert all(f"in {head[:12]}" in comment.body for comment in findings_of(pull))
    assert check_of(pull).head_sha == again
    stage.push(pull, CHANGE)
    assert {comment.id: comment.body for comment in shown(pull)} == before
    assert len(pull.reviews) == 1
    assert check_of(pull).conclusion == "failure"
    stage.push(pull, {MESSAGES: None})
    assert [comment.path for comment in shown(pull)] == [ORDERS]


def test_what_moves_and_is_not_posted_twice(stage: Stage) -> None:
    """Force-push of the same, a rebase that shifts lines, a renamed file, a merge of main: the same two findings."""
    pull = stage.open()
    ids, posted = _ids(findings_of(pull)), _posted(stage)
    heads = [pull.head]
    pull.force_push(CHANGE)
    heads.append(_seen(stage, pull))
    main = stage.shop.push("main", {ORDERS: f'"""More to read."""\n\n{BASE[ORDERS]}'})
    stage.shop.push("topic", _shifted(CHANGE), force=True, onto=main)
    heads.append(_seen(stage, pull))
    stage.push(pull, {MESSAGES: None, "shop/mail/texts.py": CHANGE[MESSAGES]})
    heads.append(_seen(stage, pull))
    stage.shop.push("main", HARMLESS)
    _merge_main(stage, pull)
    heads.append(_seen(stage, pull))
    assert len(set(heads)) == len(heads)
    assert _posted(stage) == posted
    assert _ids(shown(pull)) == ids


def _seen(stage: Stage, pull: Pull) -> str:
    stage.bot.work_off()
    assert (check_of(pull).conclusion, check_of(pull).title) == ("failure", "1 error, 1 warning")
    assert len(shown(pull)) == 2
    return pull.head


def _shifted(files: Files) -> Files:
    return {path: f'"""More to read."""\n\n{content!s}' for path, content in files.items()}


def _merge_main(stage: Stage, pull: Pull) -> None:
    shop = stage.shop
    before, main = pull.head, shop.branches()["main"]
    tree = shop.git("merge-tree", "--write-tree", before, main).split()[0]
    after = shop.bare.commit("refs/heads/topic", {}, [before, main], "Merge main", ALICE, tree)
    shop.pushed("topic", before, after)


def test_an_answered_comment_is_left_alone(stage: Stage) -> None:
    pull = stage.open()
    answered = comment_on(pull, ORDERS)
    pull.reply(answered.id, "bob", "Let us talk about that.")
    body = answered.body
    stage.push(pull, FIX)
    assert (answered.minimized, answered.body) == (None, body)
    assert comment_on(pull, MESSAGES).minimized == "resolved"
    stage.push(pull, CHANGE)
    assert (answered.minimized, answered.body) == (None, body)
    assert len(findings_of(pull)) == 2


def test_a_resolved_thread_is_settled(stage: Stage) -> None:
    pull = stage.open()
    settled = comment_on(pull, ORDERS)
    pull.resolve("bob", settled.id)
    stage.bot.work_off()
    assert _line(pull, settled).endswith("(settled in the conversation)")
    assert check_of(pull).conclusion == "failure"
    stage.push(pull, HARMLESS)
    assert _line(pull, settled).endswith("(settled in the conversation)")
    stage.push(pull, FIX)
    assert (settled.minimized, "Fixed" in settled.body) == (None, False)
    stage.push(pull, CHANGE)
    assert len(findings_of(pull)) == 2
    pull.unresolve("bob", settled.id)
    stage.bot.work_off()
    assert _line(pull, settled).endswith("(commented)")


@pytest.mark.parametrize("rest", ["draft", "paused"])
def test_who_settles_a_thread_asks_for_no_review(stage: Stage, rest: str) -> None:
    pull = stage.open()
    if rest == "draft":
        pull.to_draft()
    else:
        stage.say(pull, "/partywall pause")
    before = len(stage.shop.check_runs())
    pull.resolve("bob", comment_on(pull, ORDERS).id)
    stage.bot.work_off()
    assert len(stage.shop.check_runs()) == before


def _line(pull: Pull, comment: ReviewComment) -> str:
    (line,) = [each for each in summary_of(pull).split("\n") if each.startswith("- ") and finding_of(comment) in each]
    return line


def test_a_file_that_cannot_be_read_this_time(stage: Stage) -> None:
    pull = stage.open()
    stage.push(pull, {MESSAGES: "def broken(:\n    '''\n"})
    assert "### Skipped, wholly or in part: 1" in summary_of(pull)
    assert f"- `{MESSAGES}`: " in summary_of(pull)
    assert len(shown(pull)) == 2
    stage.push(pull, {MESSAGES: None})
    assert [comment.path for comment in shown(pull)] == [ORDERS]


def test_a_suppression_is_told_of(stage: Stage) -> None:
    said = "        # partywall: ignore[boundaries/contract, coupling/cycle, coupling/hidden-cycle] for the preview\n"
    text = CHANGE[ORDERS].replace("        from shop.web", f"{said}        from shop.web")
    pull = stage.open({ORDERS: text})
    assert (
        "the change suppresses boundaries/contract, coupling/cycle, coupling/hidden-cycle: for the preview"
        in summary_of(pull)
    )
    assert check_of(pull).conclusion == "success"
    assert findings_of(pull) == []
