"""Answers to what people tell the bot: in comments, and with the buttons of a check run.

Only who may write to the repository is obeyed. An answer is a reaction or one short comment; a task that is run again
finds its answer there and does not give it twice.
"""

from __future__ import annotations

import inspect
import re

from bot import conversation, markers
from bot.commands import COMMANDS, NAMES, Given, parse
from bot.conversation import Conversation, Remark
from bot.dispatch import task_of
from bot.events import Command, Press, Review, number_of
from bot.github import Client, GoneError, repository_path
from bot.wording import rule_in
from bot.workshop import Workshop
from worker.render.markdown import code, escape, prose

_WRITERS = ("admin", "write", "maintain")
YES, NO = "+1", "confused"


def answer(shop: Workshop, given: Command) -> str:
    """Does what a comment says; tells in a word what came of it. Raises GitHubError."""
    wanted = parse(given.body)
    if wanted is None:
        return "no command"
    desk = _Desk(shop, given)
    if not desk.may_write(given.author):
        desk.react(NO)
        return "refused: no write access"
    talk = desk.conversation()
    match wanted.name:
        case "review":
            desk.react(YES)
            desk.review(f"c{given.comment}")
        case "accept":
            return _accept(desk, talk, wanted)
        case "explain":
            desk.say(talk, _explanation(shop, talk, given, wanted))
        case "pause":
            desk.react(YES)
        case "resume":
            desk.react(YES)
            desk.review(f"c{given.comment}")
        case "help" | "":
            desk.say(talk, help_text())
        case _:
            desk.say(talk, f"{code(wanted.name)} is no command.\n\n{help_text()}")
    return wanted.name or "help"


def _accept(desk: _Desk, talk: Conversation, wanted: Given) -> str:
    """The thumb under the comment is what says that the finding is accepted: see `bot.conversation`."""
    named, reason = wanted.finding_and_reason()
    remark = _remark_of(talk, desk.given)
    if remark is not None and not named:
        reason = wanted.rest
    elif not named:
        desk.say(
            talk,
            "Which finding? Answer its comment, or write `/partywall accept ID REASON` with the id from the summary.",
        )
        return "accept: no finding"
    if not reason:
        desk.say(
            talk, "A reason is needed: `/partywall accept REASON`. It stands in the summary for whoever asks later."
        )
        return "accept: no reason"
    desk.react(YES)
    desk.review(f"c{desk.given.comment}")
    return "accept"


def _remark_of(talk: Conversation, given: Command) -> Remark | None:
    return next((remark for remark in talk.remarks if remark.comment == given.thread), None)


def _explanation(shop: Workshop, talk: Conversation, given: Command, wanted: Given) -> str:
    remark = _remark_of(talk, given)
    name = wanted.rest or (rule_in(remark.body) if remark else "")
    if name not in shop.rules:
        rules = ", ".join(map(code, sorted(shop.rules)))
        return f"Answer a finding with `/partywall explain`, or name a rule: {rules}."
    text = inspect.getdoc(shop.rules[name]) or shop.rules[name].summary
    return f"**{escape(name)}**\n\n" + re.sub(r"^## (.*)$", r"**\1**", text, flags=re.MULTILINE)


def help_text() -> str:
    """The list of commands."""
    return "\n".join(f"- {code(f'/partywall {usage}')}: {prose(meaning)}" for usage, meaning in COMMANDS.items())


def press(shop: Workshop, given: Press) -> str:
    """Does what a button says; tells in a word what came of it. Raises GitHubError."""
    number = number_of(given.external, given.target)
    if not number:
        return "not about a pull request of ours"
    desk = _Desk(shop, Command(given.target, number, 0, 0, given.author, ""))
    if not desk.may_write(given.author):
        return "refused: no write access"
    if given.button not in NAMES:
        return "no such button"
    if given.button != "review":
        talk = desk.conversation()
        text = _pressed(desk.client, given)
        if text and given.delivery not in talk.answers:
            desk.post(f"{text}\n{markers.answer(given.delivery)}")
    if given.button in ("review", "accept", "resume"):
        desk.review(given.delivery)
    return given.button


def _pressed(client: Client, given: Press) -> str:
    """The comment that a button leaves: it is where the bot finds what was decided."""
    who = code(given.author)
    if given.button == "pause":
        return f"Reviews are paused by {who}. `/partywall resume` takes them up again.\n{markers.state('paused')}"
    if given.button == "resume":
        return f"Reviews are taken up again by {who}.\n{markers.state('resumed')}"
    path = f"{repository_path(given.target.name)}/commits/{given.head}/check-runs"
    runs = client.pages(path, "check_runs", check_name=conversation.CHECK_NAME, filter="all")
    run = next((run for run in runs if run.get("external_id") == given.external), None)
    ids = markers.still_open_in((run or {}).get("output", {}).get("summary") or "")
    if given.button != "accept" or not ids:
        return ""
    listed = ", ".join(map(code, ids))
    return f"Accepted by {who}: {listed}.\n{markers.accepted(ids)}"


class _Desk:
    """Where one command is answered: the pull request it is about."""

    def __init__(self, shop: Workshop, given: Command) -> None:
        self.given = given
        self._shop = shop
        self._path = repository_path(given.target.name)
        self.client = shop.app.access(given.target.installation, given.target.repository).client

    def may_write(self, author: str) -> bool:
        """Whether a person may write to the repository; who is unknown there may not."""
        try:
            answer = self.client.get(f"{self._path}/collaborators/{author}/permission")
        except GoneError:
            return False
        return answer.get("permission") in _WRITERS

    def conversation(self) -> Conversation:
        """What stands on the pull request."""
        return conversation.read(self.client, self.given.target.name, self.given.number, self._shop.settings.app_id)

    def react(self, content: str) -> None:
        """Puts a reaction under the comment; GitHub keeps one of a kind."""
        kind = "pulls" if self.given.thread else "issues"
        self.client.post(f"{self._path}/{kind}/comments/{self.given.comment}/reactions", {"content": content})

    def say(self, talk: Conversation, text: str) -> None:
        """Answers with a comment, unless that was done."""
        name = str(self.given.comment)
        if name in talk.answers:
            return
        body = f"{text}\n{markers.answer(name)}"
        if self.given.thread:
            self.client.post(
                f"{self._path}/pulls/{self.given.number}/comments/{self.given.thread}/replies", {"body": body}
            )
        else:
            self.post(body)

    def post(self, body: str) -> None:
        """Writes into the conversation."""
        self.client.post(f"{self._path}/issues/{self.given.number}/comments", {"body": body})

    def review(self, run: str) -> None:
        """Has the pull request reviewed again."""
        self._shop.tasks.put(task_of(Review(self.given.target, self.given.number, "", run)))
