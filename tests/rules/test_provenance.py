from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.assistants import ASSISTANTS, AUTOMATION
from rules.provenance import Commit, Machine, provenance


def commit(
    message: str = "a change",
    *,
    name: str = "A Person",
    mail: str = "person@example.org",
    committer: str = "A Person",
    login: str = "",
    bot: bool = False,
) -> Commit:
    return Commit("1", name, mail, committer, login, bot, message)


def writer(given: Commit) -> str:
    """The machine that wrote a commit, else "human" or "automation"."""
    (found,) = provenance([given]).commits
    return found.machine.name if found.machine else found.writer


@pytest.mark.parametrize(
    ("name", "mail", "expected"),
    [
        ("Claude", "noreply@anthropic.com", "Claude Code"),
        ("anthropic-code-agent[bot]", "242468646+Claude@users.noreply.github.com", "Claude Code"),
        ("claude[bot]", "41898282+claude[bot]@users.noreply.github.com", "Claude Code"),
        ("copilot-swe-agent[bot]", "198982749+Copilot@users.noreply.github.com", "GitHub Copilot"),
        ("Copilot", "223556219+Copilot@users.noreply.github.com", "GitHub Copilot"),
        ("Cursor Agent", "cursoragent@cursor.com", "Cursor"),
        ("Cursor Agent", "somebody@example.org", "Cursor"),
        ("A Person (aider)", "person@example.org", "Aider"),
        ("devin-ai-integration[bot]", "158243242+devin-ai-integration[bot]@users.noreply.github.com", "Devin"),
        ("Devin AI", "somebody@example.org", "Devin"),
        ("google-labs-jules[bot]", "161369871+google-labs-jules[bot]@users.noreply.github.com", "Jules"),
        ("openhands", "openhands@all-hands.dev", "OpenHands"),
        ("Replit Agent", "agent@replit.com", "Replit Agent"),
        ("gpt-engineer-app[bot]", "159125892+gpt-engineer-app[bot]@users.noreply.github.com", "Lovable"),
        ("fresh-robot[bot]", "1+fresh-robot[bot]@users.noreply.github.com", "fresh-robot[bot]"),
        ("Fresh", "1+fresh-robot[bot]@users.noreply.github.com", "fresh-robot[bot]"),
        ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com", "automation"),
        ("renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com", "automation"),
        ("Renovate Bot", "bot@renovateapp.com", "automation"),
        ("pre-commit-ci[bot]", "66853113+pre-commit-ci[bot]@users.noreply.github.com", "automation"),
        ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com", "automation"),
        ("Hosted Weblate", "hosted@weblate.org", "automation"),
        ("snyk-bot", "snyk-bot@snyk.io", "automation"),
        ("A Person", "person@example.org", "human"),
        ("Claude Martin", "claude.martin@example.org", "human"),
        ("Claude", "claude@example.org", "human"),
        ("Devin Smith", "devin@example.org", "human"),
        ("Jules", "jules@example.org", "human"),
        ("Gemini Ltd", "dev@gemini.com", "human"),
        ("An Employee", "somebody@anthropic.com", "human"),
        ("An Employee", "somebody@cursor.com", "human"),
        ("copilot", "7+copilot@users.noreply.github.com", "human"),
        ("robot", "robot@example.org", "human"),
        ("", "", "human"),
        ("Talbot", "talbot@example.org", "human"),
    ],
)
def test_authors(name: str, mail: str, expected: str) -> None:
    assert writer(commit(name=name, mail=mail)) == expected
    assert writer(commit(name=name, mail=mail.upper())) == expected


@pytest.mark.parametrize(
    ("login", "bot", "expected"),
    [
        ("devin-ai-integration[bot]", True, "Devin"),
        ("devin-ai-integration", True, "Devin"),
        ("Copilot", True, "GitHub Copilot"),
        ("Copilot", False, "human"),
        ("cursoragent", False, "Cursor"),
        ("fresh-robot", True, "fresh-robot[bot]"),
        ("fresh-robot[bot]", False, "fresh-robot[bot]"),
        ("dependabot", True, "automation"),
        ("renovate-bot", False, "automation"),
        ("somebody", False, "human"),
        ("claude", False, "human"),
    ],
)
def test_logins(login: str, bot: bool, expected: str) -> None:
    assert writer(commit(login=login, bot=bot)) == expected


def test_what_aider_commits_is_its_own() -> None:
    assert writer(commit(committer="A Person (aider)")) == "Aider"
    assert writer(commit(committer="claude[bot]")) == "human"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Co-authored-by: Claude <noreply@anthropic.com>", "Claude Code"),
        ("Co-Authored-By: Claude Opus 4.8 (1M context) <noreply@anthropic.com>", "Claude Code"),
        ("CO-AUTHORED-BY: claude <NOREPLY@ANTHROPIC.COM>", "Claude Code"),
        ("Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>", "GitHub Copilot"),
        ("Co-authored-by: Copilot <copilot@github.com>", "GitHub Copilot"),
        (
            (
                "Co-authored-by: Copilot Autofix powered by AI "
                "<62310815+github-advanced-security[bot]@users.noreply.github.com>"
            ),
            "GitHub Copilot",
        ),
        ("Co-authored-by: Cursor <cursoragent@cursor.com>", "Cursor"),
        ("Co-authored-by: Codex <noreply@openai.com>", "Codex"),
        ("Co-authored-by: aider (gpt-4o) <noreply@aider.chat>", "Aider"),
        ("Co-authored-by: aider (openai/gpt-4o) <aider@aider.chat>", "Aider"),
        ("Co-authored-by: Devin AI <158243242+devin-ai-integration[bot]@users.noreply.github.com>", "Devin"),
        ("Co-authored-by: openhands <openhands@all-hands.dev>", "OpenHands"),
        (
            "Co-authored-by: gemini-code-assist[bot] <176961590+gemini-code-assist[bot]@users.noreply.github.com>",
            "Gemini Code Assist",
        ),
        ("Co-authored-by: gemini-cli <218195315+gemini-cli@users.noreply.github.com>", "Gemini CLI"),
        ("Co-authored-by: Amp <amp@ampcode.com>", "Amp"),
        ("Amp-Thread-ID: https://ampcode.com/threads/T-1", "Amp"),
        ("Claude-Session: https://claude.ai/code/session_1", "Claude Code"),
        ("Agent-Logs-Url: https://github.com/o/r/sessions/1", "GitHub Copilot"),
        ("Replit-Commit-Author: Agent", "Replit Agent"),
        ("Replit-Commit-Author: Deployment", "human"),
        ("Co-authored-by: Cline <noreply@cline.bot>", "Cline"),
        ("Co-authored-by: Roomote <roomote@roocode.com>", "Roo Code"),
        ("Co-authored-by: Kiro Agent <244629292+kiro-agent@users.noreply.github.com>", "Kiro"),
        ("Co-authored-by: opencode <noreply@opencode.ai>", "OpenCode"),
        ("Co-authored-by: Junie <junie@jetbrains.com>", "Junie"),
        ("Co-authored-by: Qwen-Coder <qwen-coder@alibabacloud.com>", "Qwen Code"),
        ("Co-authored-by: Oz (oz-agent@warp.dev)", "Warp"),
        ("Co-authored-by: fresh[bot] <1+fresh[bot]@users.noreply.github.com>", "fresh[bot]"),
        ("Assisted-by: Claude:claude-opus-4-8 coccinelle sparse", "Claude Code"),
        ("Assisted-by: Claude Code (claude-opus-5)", "Claude Code"),
        ("Assisted-by: cursor-agent/0.42 (model: gpt-5)", "Cursor"),
        ("Assisted-by: Newcomer:model-1", "Newcomer"),
        ("Assisted-by: Crush <crush@charm.land>", "Crush"),
        ("Generated-by: claude-opus-4-6", "Claude Code"),
        ("Generated-by: GPT-5.5 via Codex", "Codex"),
        ("Made-with: Cursor", "Cursor"),
        ("Co-authored-by: Claude Martin <claude.martin@example.org>", "human"),
        ("Co-authored-by: Claude <claude@example.org>", "human"),
        ("Co-authored-by: Devin Smith <devin@example.org>", "human"),
        ("Co-authored-by: Gemini Ltd <dev@gemini.com>", "human"),
        ("Co-authored-by: dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>", "human"),
        ("Co-authored-by: Somebody", "human"),
        ("Assisted-by: Claude Martin", "human"),
        ("Assisted-by: Jay Somebody", "human"),
        ("Generated-by: protoc 3.1", "human"),
        ("Made-with: love", "human"),
        ("Reviewed-by: Claude <noreply@anthropic.com>", "human"),
        ("Signed-off-by: Claude Martin <claude.martin@example.org>", "human"),
    ],
)
def test_trailers(line: str, expected: str) -> None:
    assert writer(commit(f"a change\n\nwith words\n\n{line}")) == expected
    assert writer(commit(f"a change\r\n\r\n{line}\r\n")) == expected
    assert (
        writer(commit(f"a change\n\nCloses: #1\n{line}\nSigned-off-by: A Person <person@example.org>\n\n")) == expected
    )
    assert writer(commit(f"a change\n\n{line}\n\nwith words behind it")) == "human"
    assert writer(commit(f"a change\n\nSuch a line is quoted here:\n{line}")) == "human"
    assert writer(commit(f"a change\n\n> {line}")) == "human"
    assert writer(commit(line)) == "human"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("🤖 Generated with [Claude Code](https://claude.com/claude-code)", "Claude Code"),
        ("Generated with [Claude Code](https://claude.ai/code)", "Claude Code"),
        ("🤖 Generated with Claude Code", "Claude Code"),
        ("🤖 Generated with [opencode](https://opencode.ai)", "OpenCode"),
        ("🤖 Generated with [Newcomer](https://example.org)", "Newcomer"),
        ("💘 Generated with Crush", "Crush"),
        ("Generated with [Devin](https://devin.ai)", "Devin"),
        ("Generated with [Codex CLI](https://openai.com/codex)", "Codex"),
        ("Made with [Cursor](https://cursor.com)", "Cursor"),
        ("Generated by Claude Code.", "Claude Code"),
        ("Generated with [protoc](https://example.org)", "human"),
        ("🤖 Generated with care", "human"),
        ("generated with Copilot", "human"),
        ("- Generated with Claude Code", "human"),
        ("> 🤖 Generated with [Claude Code](https://claude.ai/code)", "human"),
        ("Generated with Claude Code by mistake, now removed", "human"),
        ("The stubs are Generated with Claude Code", "human"),
    ],
)
def test_signatures(line: str, expected: str) -> None:
    assert writer(commit(f"a change\n\nwith words\n\n{line}")) == expected
    assert writer(commit(f"a change\n\nwith words\n{line}\n\nCloses: #1")) == expected
    assert writer(commit(f"a change\n\n{line}\n\nwords\n\nmore words")) == "human"
    assert writer(commit(line)) == "human"


@pytest.mark.parametrize(
    "message",
    [
        "Use Copilot for the documentation\n\nCopilot and Claude Code can do this, Cursor cannot.",
        "Strip Co-authored-by: Claude <noreply@anthropic.com>\n\nfrom messages",
        "Merge pull request #1 from somebody/claude/fix",
        "claude: raise the limit\n\nagent: refactor hooks",
        "",
        "\n\n\n",
    ],
)
def test_talk_about_assistants_is_no_sign_of_one(message: str) -> None:
    assert writer(commit(message)) == "human"


def test_trailers_mixed_with_text_count_as_git_counts_them() -> None:
    mark = "Co-authored-by: Claude <noreply@anthropic.com>"
    signed = "Signed-off-by: A Person <person@example.org>"
    assert writer(commit(f"a change\n\n[somebody: fixed a typing error]\n{mark}\n{signed}")) == "Claude Code"
    assert writer(commit(f"a change\n\n{mark}\n(cherry picked from commit 1234)")) == "Claude Code"
    assert writer(commit("a change\n\n" + "text\n" * 9 + f"{mark}\n{signed}")) == "human"
    assert writer(commit(f"a change\n\nCloses: a long\n  continued value\n{mark}")) == "Claude Code"


def test_a_robot_that_carries_the_work_of_an_assistant_does_not_hide_it() -> None:
    actions = commit(
        "a release\n\nCo-authored-by: Claude <noreply@anthropic.com>",
        name="github-actions[bot]",
        mail="41898282+github-actions[bot]@users.noreply.github.com",
    )
    assert writer(actions) == "Claude Code"


def test_machines_of_ones_own() -> None:
    own = {
        "Our agent": ["Our-Agent[bot]", "agent@example.org", "*@agents.example.org", "github-actions[bot]", "helper"]
    }
    cases = [
        commit(mail="agent@example.org"),
        commit(mail="any@agents.example.org"),
        commit(login="our-agent", bot=True),
        commit(mail="1+our-agent[bot]@users.noreply.github.com"),
        commit(mail="2+helper@users.noreply.github.com"),
        commit(name="github-actions[bot]"),
        commit("x\n\nCo-authored-by: A <agent@example.org>"),
    ]
    found = provenance([*cases, commit(mail="other@example.org"), commit(mail="x@sub.agents.example.org")], own)
    assert [authorship.writer for authorship in found.commits] == ["machine"] * len(cases) + ["human", "human"]
    assert found.machines == ("Our agent",)


def test_evidence_is_what_the_commit_says() -> None:
    given = [
        commit(mail="cursoragent@cursor.com"),
        commit(login="fresh", bot=True),
        commit("x\n\nMade-with: Cursor"),
        commit("x\n\n🤖 Generated with Claude Code"),
        commit(name="A Person (aider)"),
    ]
    assert [authorship.machine for authorship in provenance(given).commits] == [
        Machine("Cursor", "author cursoragent@cursor.com"),
        Machine("fresh[bot]", "author fresh[bot]"),
        Machine("Cursor", "made-with: Cursor"),
        Machine("Claude Code", "🤖 Generated with Claude Code"),
        Machine("Aider", "author A Person (aider)"),
    ]


def test_a_change_as_a_whole() -> None:
    human, machine, bump = commit(), commit(mail="amp@ampcode.com"), commit(login="dependabot", bot=True)
    for commits, summary, by_machine in (
        ([], "human", False),
        ([human], "human", False),
        ([human, bump], "human", False),
        ([bump], "automation", False),
        ([machine, bump], "machine", True),
        ([human, machine], "mixed", True),
    ):
        found = provenance(commits)
        assert (found.summary, found.by_machine) == (summary, by_machine)


def test_the_table_is_in_lower_case_and_says_nothing_twice() -> None:
    marks = [mark for tool in ASSISTANTS for mark in (*tool.identities, *tool.trailers, tool.suffix)]
    words = [name for tool in ASSISTANTS for name in (*tool.names, *tool.short_names)]
    assert all(text == text.lower() for text in (*marks, *words, *AUTOMATION))
    for column in (list(filter(None, marks)), words):
        assert len(set(column)) == len(column)
    assert not AUTOMATION.intersection(marks)
    for name in words:
        assert writer(commit(f"x\n\nGenerated-by: {name}")) != "human", name


@given(st.text(), st.text(), st.text(), st.text(alphabet="Generatdwih[]():- \n🤖@<>*.", max_size=400))
def test_no_text_is_too_strange(name: str, mail: str, login: str, message: str) -> None:
    writer(commit(message, name=name, mail=mail, login=login))


def test_long_messages_take_no_long_time() -> None:
    for part in ("a", "a-", "@", ".", "Generated with ", "x:", "<", "\n \n", "a@", "🤖", "1+"):
        long = part * (1_000_000 // len(part))
        for message in (f"x\n\n{long}", f"x\n\nCo-authored-by: {long}", f"x\n\n🤖 Generated with [{long}"):
            assert writer(commit(message, name=long, mail=long)) == "human"
