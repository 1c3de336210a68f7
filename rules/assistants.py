"""Who is known to write commits without being a person: what code assistants and bump robots call themselves.

Only what a tool writes of its own accord stands here. The addresses of a maker's employees do not, nor do names that
a person can have: those count only where no address stands beside them.
"""

from __future__ import annotations

from typing import NamedTuple


class Assistant(NamedTuple):
    """A code assistant and its marks, all in lower case.

    `identities` are logins, mail addresses and `*@domain`; a login stands for its address at GitHub too.
    `names` are tool names that nobody else has, `short_names` those that a person or a firm may have.
    `trailers` are lines at the end of a message that only this tool writes: `key`, or `key: value`.
    `suffix` is what it appends to the name of the person who runs it.
    """

    name: str
    identities: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    short_names: tuple[str, ...] = ()
    trailers: tuple[str, ...] = ()
    suffix: str = ""


_GITHUB = "@users.noreply.github.com"
"""Addresses with a number stand here where the login alone may be a person's on another platform."""

ASSISTANTS = (
    Assistant(
        "Claude Code",
        (
            *("noreply@anthropic.com", "claude[bot]", "anthropic-code-agent[bot]"),
            *(f"{number}+claude{_GITHUB}" for number in (81847, 242468646)),
        ),
        ("claude code", "claude opus", "claude sonnet", "claude haiku", "claude fable"),
        ("claude",),
        ("claude-session",),
    ),
    Assistant(
        "GitHub Copilot",
        (
            *(f"{number}+copilot{_GITHUB}" for number in (175728472, 198982749, 223556219)),
            *("copilot@github.com", "copilot[bot]", "copilot-swe-agent[bot]", "github-advanced-security[bot]"),
        ),
        ("github copilot", "copilot swe agent", "copilot coding agent", "copilot cli", "copilot autofix"),
        ("copilot",),
        ("agent-logs-url",),
    ),
    Assistant(
        "Cursor",
        ("cursoragent@cursor.com", "cursoragent", "cursor[bot]", "cursoragent[bot]"),
        ("cursor agent", "cursoragent"),
        ("cursor",),
    ),
    Assistant(
        "Codex",
        (
            *("noreply@openai.com", "codex@openai.com", "codex@example.com"),
            *("chatgpt-codex-connector[bot]", "openai-code-agent[bot]"),
            *(f"{number}+codex{_GITHUB}" for number in (242516109, 267193182)),
        ),
        ("openai codex", "codex cli"),
        ("codex", "gpt", "chatgpt"),
    ),
    Assistant("Aider", ("*@aider.chat",), ("aider",), suffix="(aider)"),
    Assistant(
        "Devin", ("devin-ai-integration[bot]", "devin@cognition.ai"), ("devin ai", "devin ai integration"), ("devin",)
    ),
    Assistant(
        "OpenHands",
        (
            *("openhands@all-hands.dev", "openhands@openhands.dev"),
            *("openhands-agent", "openhands-agent[bot]", "openhands-ai[bot]"),
        ),
        ("openhands", "openhands agent"),
    ),
    Assistant("Jules", ("google-labs-jules[bot]",), ("google jules", "google labs jules"), ("jules",)),
    Assistant("Gemini Code Assist", ("gemini-code-assist[bot]",), ("gemini code assist",)),
    Assistant("Gemini CLI", ("gemini-cli", "gemini-cli[bot]"), ("gemini cli",), ("gemini",)),
    Assistant(
        "Windsurf",
        ("windsurf-bot[bot]", "windsurf@codeium.com"),
        ("windsurf cascade", "windsurf ai", "codeium"),
        ("windsurf",),
    ),
    Assistant("Amp", ("amp@ampcode.com",), ("sourcegraph amp", "amp agent"), ("amp",), ("amp-thread-id",)),
    Assistant("Cline", ("noreply@cline.bot", "cline[bot]"), (), ("cline",)),
    Assistant(
        "Roo Code",
        ("roomote@roocode.com", "roomote@roomote.dev", "roomote[bot]", "roomote-roomote[bot]"),
        ("roo code", "roocode", "roomote"),
    ),
    Assistant("Kilo Code", ("kilo-code-bot[bot]",), ("kilo code", "kilocode")),
    Assistant("Kiro", ("kiro-agent", "kiro-agent[bot]", "noreply@kiro.dev"), ("kiro agent", "kiro ai"), ("kiro",)),
    Assistant("Amazon Q", ("amazon-q-developer[bot]",), ("amazon q", "amazon q developer")),
    Assistant("OpenCode", ("noreply@opencode.ai", "opencode-agent[bot]"), ("opencode",)),
    Assistant(
        "Replit Agent",
        ("agent@replit.com",),
        ("replit agent",),
        # `Replit-Commit-Author: Deployment` marks what was published, which nobody wrote.
        trailers=("replit-commit-author: agent", "replit-commit-author: assistant"),
    ),
    Assistant("Junie", ("junie@jetbrains.com",), ("jetbrains junie",), ("junie",)),
    Assistant("Crush", ("crush@charm.land",), (), ("crush",)),
    Assistant("Warp", ("agent@warp.dev", "oz-agent@warp.dev"), ("warp agent",), ("warp",)),
    Assistant("Qwen Code", ("qwen-coder@alibabacloud.com",), ("qwen code", "qwen coder"), ("qwen",)),
    Assistant("Factory Droid", ("factory-droid[bot]",), ("factory droid",), ("droid",)),
    Assistant("Lovable", ("lovable-dev[bot]", "gpt-engineer-app[bot]"), (), ("lovable",)),
    Assistant("v0", ("v0[bot]",)),
    Assistant("Sweep", ("sweep-ai[bot]", "sweep-nightly[bot]"), ("sweep ai",)),
    Assistant("Codegen", ("codegen-sh[bot]",)),
    Assistant("Ellipsis", ("ellipsis-dev[bot]",)),
    Assistant("Mentat", ("mentatbot[bot]",)),
    Assistant("Tembo", ("tembo[bot]",)),
    Assistant("CodeRabbit", ("coderabbitai[bot]",)),
)

AUTOMATION = frozenset(
    (
        *("dependabot[bot]", "dependabot-preview[bot]", "support@dependabot.com"),
        *("renovate[bot]", "renovate-bot", "bot@renovateapp.com", "renovate@whitesourcesoftware.com"),
        *("github-actions[bot]", "actions@github.com", "action@github.com", "github-merge-queue[bot]"),
        *("pre-commit-ci[bot]", "pre-commit-ci-lite[bot]", "autofix-ci[bot]"),
        *("weblate", "hosted@weblate.org", "noreply@weblate.org", "crowdin-bot", "transifex-integration[bot]"),
        *("snyk-bot", "snyk-bot@snyk.io", "snyk-io[bot]", "pyup-bot", "depfu[bot]", "greenkeeper[bot]"),
        *("mergify[bot]", "release-please[bot]", "semantic-release-bot", "semantic-release-bot@martynus.net"),
        *("allcontributors[bot]", "imgbot[bot]", "codecov[bot]", "conda-forge-admin"),
    )
)
"""Identities of robots that raise versions, format, translate, merge or release: neither a person nor an assistant."""
