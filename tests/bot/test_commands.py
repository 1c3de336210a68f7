"""What people tell the bot in comments, and what it does."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bot.answers import help_text
from tests.bot.harness import Bot
from tests.bot.stage import (
    FIX,
    HARMLESS,
    MESSAGES,
    ORDERS,
    Stage,
    answers_of,
    check_of,
    comment_on,
    finding_of,
    findings_of,
    reactions_of,
    summary_of,
)
from tests.github.faults import Fault, secondary_limit
from tests.github.model import Place
from worker.demo import CHANGE


def test_review(stage: Stage) -> None:
    pull = stage.open(draft=True)
    asked = stage.say(pull, "/partywall review")
    assert reactions_of(asked) == ["+1"]
    assert check_of(pull).conclusion == "failure"
    assert len(findings_of(pull)) == 2
    stage.say(pull, " /partywall  Review please\nand more text")
    assert len(stage.shop.check_runs(pull.head)) == 2
    assert len(findings_of(pull)) == 2
    assert answers_of(pull) == []


def test_accept_in_an_answer(stage: Stage, tmp_path: Path) -> None:
    """What is accepted stays so: after pushes, and for a bot that knows nothing but what GitHub tells."""
    pull = stage.open()
    error, warning = findings_of(pull)
    given = stage.reply(pull, error, "/partywall accept the preview is *only* for @bob")
    assert reactions_of(given) == ["+1"]
    assert check_of(pull).conclusion == "neutral"
    assert check_of(pull).title == "1 warning"
    accepted = summary_of(pull).partition("### Accepted")[2]
    assert f"`{finding_of(error)}`: the preview is \\*only\\* for @\u200bbob" in accepted
    stage.reply(pull, warning, "/partywall accept they will part ways", author="bob")
    assert (check_of(pull).conclusion, check_of(pull).title) == ("success", "Nothing to say")
    stage.push(pull, HARMLESS)
    stage.push(pull, FIX)
    stage.flush()
    with Bot(stage.github, tmp_path / "other", stage.bot.environ["REDIS_URL"]) as fresh:
        Stage(stage.github, fresh, stage.shop).push(pull, CHANGE)
    assert check_of(pull).conclusion == "success"
    assert "they will part ways" in summary_of(pull)
    assert [comment.id for comment in findings_of(pull)] == [error.id, warning.id]
    assert len([review for review in pull.reviews if review.author.login == "partywall[bot]"]) == 1
    assert answers_of(pull) == []


def test_accept_by_id(stage: Stage) -> None:
    pull = stage.open()
    error, warning = findings_of(pull)
    stage.say(pull, f"/partywall accept `{finding_of(error)}` previews are part of an order")
    assert check_of(pull).title == "1 warning"
    assert "previews are part of an order" in summary_of(pull)
    stage.reply(pull, error, f"/partywall accept {finding_of(warning)} from another thread")
    assert check_of(pull).conclusion == "success"
    assert f"`{finding_of(warning)}`: from another thread" in summary_of(pull)
    assert f"`{finding_of(error)}`: previews are part of an order" in summary_of(pull)


def test_accept_by_id_in_a_conversation_of_people(stage: Stage) -> None:
    pull = stage.open()
    talk = pull.add_comment(pull.review("bob", "", "COMMENTED"), Place(MESSAGES, 3), "What about this?")
    stage.reply(pull, talk, f"/partywall accept {finding_of(comment_on(pull, ORDERS))} we agreed on it")
    assert check_of(pull).title == "1 warning"


def test_what_is_accepted_by_id_stays_folded(stage: Stage) -> None:
    pull = stage.open()
    error = comment_on(pull, ORDERS)
    stage.push(pull, {ORDERS: FIX[ORDERS]})
    stage.say(pull, f"/partywall accept {finding_of(error)} should it come back")
    stage.push(pull, {ORDERS: CHANGE[ORDERS]})
    assert error.minimized == "resolved"
    assert check_of(pull).title == "1 warning"


def test_accept_needs_a_reason_and_a_finding(stage: Stage) -> None:
    pull = stage.open()
    error = comment_on(pull, ORDERS)
    answers = [
        stage.reply(pull, error, "/partywall accept"),
        stage.say(pull, f"/partywall accept {finding_of(error)}"),
        stage.say(pull, "/partywall accept because I say so"),
    ]
    assert [reactions_of(answer) for answer in answers] == [[], [], []]
    said = [answer.body.partition(":")[0] for answer in answers_of(pull)]
    assert sorted(said) == [
        "A reason is needed",
        "A reason is needed",
        "Which finding? Answer its comment, or write `/partywall accept ID REASON` with the id from the summary.\n<!-- partywall",
    ]
    assert [run.conclusion for run in stage.shop.check_runs()] == ["failure"]


def test_pause_and_resume(stage: Stage) -> None:
    pull = stage.open()
    assert reactions_of(stage.say(pull, "/partywall pause")) == ["+1"]
    stage.push(pull, FIX)
    assert (check_of(pull).conclusion, len(stage.shop.check_runs(pull.head))) == ("neutral", 1)
    assert "reviews of this pull request are paused; `/partywall resume` takes them up again" in summary_of(pull)
    assert all(comment.minimized is None for comment in findings_of(pull))
    assert reactions_of(stage.say(pull, "/partywall resume")) == ["+1"]
    assert check_of(pull).conclusion == "success"
    assert all(comment.minimized == "resolved" for comment in findings_of(pull))
    stage.push(pull, CHANGE)
    assert check_of(pull).conclusion == "failure"


def test_pause_in_a_thread(stage: Stage) -> None:
    pull = stage.open()
    stage.reply(pull, comment_on(pull, ORDERS), "/partywall pause")
    stage.push(pull, HARMLESS)
    assert check_of(pull).conclusion == "neutral"
    stage.reply(pull, comment_on(pull, ORDERS), "/partywall resume")
    assert check_of(pull).conclusion == "failure"


def test_explain(stage: Stage) -> None:
    pull = stage.open()
    error = comment_on(pull, ORDERS)
    stage.reply(pull, error, "/partywall explain")
    (answer,) = answers_of(pull)
    assert answer.body.startswith("**boundaries/contract**")
    assert "**Why it matters**" in answer.body
    stage.say(pull, "/partywall explain duplication/copy")
    stage.say(pull, "/partywall explain everything")
    texts = [comment.body for comment in pull.issue_comments if comment in answers_of(pull)]
    assert texts[0].startswith("**duplication/copy**")
    assert "name a rule: `boundaries/contract`, " in texts[1]


def test_help(stage: Stage) -> None:
    pull = stage.open(HARMLESS)
    for text in ("/partywall help", "/partywall", "/partywall reveiw <b>@bob</b>", "/partywall HELP me"):
        stage.say(pull, text)
        answer = answers_of(pull)[-1]
        assert help_text() in answer.body
        assert answer.body.startswith("`reveiw` is no command.") == ("reveiw" in text)
        assert "@bob" not in answer.body
    assert len(answers_of(pull)) == 4
    assert len(stage.shop.check_runs()) == 1


def test_a_command_on_the_diff(stage: Stage) -> None:
    """Written on a line, not as an answer: GitHub keeps such comments elsewhere."""
    pull = stage.open()
    review = pull.review("alice", "", "COMMENTED")
    wanted = pull.add_comment(review, Place(MESSAGES, 3), "/partywall review")
    stage.bot.work_off()
    assert reactions_of(wanted) == ["+1"]
    assert len(stage.shop.check_runs()) == 2
    asked = pull.add_comment(review, Place(MESSAGES, 4), "/partywall help")
    stage.bot.work_off()
    (answer,) = answers_of(pull)
    assert pull.thread_of(asked.id).comments == [asked, answer]


def test_what_is_no_command(stage: Stage) -> None:
    pull = stage.open(HARMLESS)
    for text in (
        "Please say /partywall review to it.",
        "> /partywall review\n\nI would not.",
        "First this.\n/partywall review",
        "`/partywall review`",
        "/partywallreview",
        "/partywall-review",
        "//partywall review",
        "",
    ):
        assert stage.requests_of(partial(pull.comment, "alice", text)) == [], text
    assert len(stage.shop.check_runs()) == 1


def test_only_who_may_write_is_obeyed(stage: Stage) -> None:
    pull = stage.open()
    error = comment_on(pull, ORDERS)
    stage.shop.set_permission("eve", "read")
    texts = ["review", "explain", "help", "pause", "accept 0123456789abcdef so", "wrong"]
    comments = [stage.say(pull, f"/partywall {text}", author) for text in texts for author in ("eve", "stranger")]
    comments.append(stage.reply(pull, error, "/partywall accept it is fine", "eve"))
    assert [reactions_of(comment) for comment in comments] == [["confused"]] * len(comments)
    assert answers_of(pull) == []
    assert len(stage.shop.check_runs()) == 1
    stage.push(pull, HARMLESS)
    assert check_of(pull).title == "1 error, 1 warning"


def test_bots_are_not_heard(stage: Stage) -> None:
    pull = stage.open()
    stage.shop.set_permission("helper[bot]", "write")
    for author in ("helper[bot]", "partywall[bot]"):
        assert stage.requests_of(partial(pull.comment, author, "/partywall review")) == []
    assert stage.requests_of(lambda: pull.reply(findings_of(pull)[0].id, "helper[bot]", "/partywall accept so")) == []


def test_a_command_that_comes_again_is_answered_once(stage: Stage) -> None:
    pull = stage.open()
    first = findings_of(pull)[0].id
    for act in (
        partial(pull.comment, "alice", "/partywall help"),
        partial(pull.reply, first, "alice", "/partywall explain"),
        partial(pull.reply, first, "alice", "/partywall accept it is meant"),
    ):
        act()
        stage.bot.work_off()
        told = [each for each in stage.github.deliveries if each.body["sender"]["login"] == "alice"][-1]
        assert stage.requests_of(partial(stage.github.redeliver, told.guid)) == []
        stage.flush()
        stage.github.redeliver(told.guid)
        assert stage.finish() == 0
    assert len(answers_of(pull)) == 2
    assert [run.conclusion for run in stage.shop.check_runs()] == ["failure", "neutral"]


@pytest.mark.parametrize(
    ("text", "path", "kind"),
    [
        ("help", r"/issues/1/comments$", "status"),
        ("help", r"/issues/1/comments$", "status_after"),
        ("help", r"/issues/1/comments$", "limit"),
        ("review", r"/access_tokens$", "close_after"),
        ("review", r"/reactions$", "limit"),
        ("accept 0123456789abcdef it is meant", r"/reactions$", "status"),
        ("accept 0123456789abcdef it is meant", r"/reactions$", "close_after"),
    ],
)
def test_a_command_whose_answer_fails_is_answered_once(stage: Stage, text: str, path: str, kind: str) -> None:
    pull = stage.open(HARMLESS)
    match = ("POST", path)
    stage.github.fail(secondary_limit(match) if kind == "limit" else Fault(match, kind))  # type: ignore[arg-type]
    comment = stage.say(pull, f"/partywall {text}")
    assert stage.finish() == 1
    if text == "help":
        assert len(answers_of(pull)) == 1
    else:
        assert reactions_of(comment) == ["+1"]
        assert len(stage.shop.check_runs()) == 2
    assert stage.bot.shop.tasks.failed() == []
