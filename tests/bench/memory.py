"""Which of the bot's processes take how much memory: what they wrote, without files that the system may drop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.bot.disasters import processes_of
from tests.support.processes import arguments_of_all

SUPERVISOR, WEB, POOL, WORKER, TASK, GIT, QUEUE = "up", "web", "pool", "workers", "tasks", "git", "queue server"
KINDS = (SUPERVISOR, WEB, POOL, WORKER, TASK, GIT)
"""`partywall up`, gunicorn, the parent of the workers, the workers, the processes of their tasks, git; and Valkey,
which holds what the bot is to remember."""

_OWN = ("Pss_Anon:", "Pss_Shmem:")


def memory_of(data: Path) -> Counter[str]:
    """The bytes of each kind of process of a `partywall up` with this data folder; pages that several share count once."""
    found = processes_of(data)
    everything = arguments_of_all()
    words = {process: everything.get(process, "") for process in found}
    parents = {process: _parent(process) for process in found}
    taken = Counter[str]()
    for process in found:
        taken[_kind(process, words, parents)] += _own_bytes(process)
    return taken


def _kind(process: int, words: Mapping[int, str], parents: Mapping[int, int]) -> str:
    said = words[process]
    program = Path(said.partition("\0")[0].partition(" ")[0]).name
    if program.startswith("git"):
        return GIT
    if "valkey" in program:
        return QUEUE
    if "gunicorn" in said:
        return WEB
    if "\0work\0" not in said:
        return SUPERVISOR
    above = 0
    while "\0work\0" in words.get(parents.get(process, 0), ""):
        process, above = parents[process], above + 1
    return (POOL, WORKER, TASK)[min(above, 2)]


def _parent(process: int) -> int:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])


def _own_bytes(process: int) -> int:
    """What a process wrote, in bytes, pages it shares with others in equal parts (see proc(5)); 0 where it is gone."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith(_OWN))
