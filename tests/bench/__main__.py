"""Times Partywall and its peers on checkouts or git directories, in one run on one machine, and prints one table.

    python -m tests.bench PATH [PATH …] [--pull-request REV] [--runs 5] [--skip TOOL …]

Every row is a whole process; the number is the median of the runs. Peers are installed into an environment of their own
on the first run. `ratio` is against grimp's cold build of the import graph of the same tree.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.bench.peers import Peer, edges_of_grimp, peers
from tests.bench.trees import Subject, enlarged, extract

SLOW = 20.0
"""A tool that takes longer is run once, and the table says so."""


class Measurement(NamedTuple):
    seconds: float
    megabytes: float
    runs: int
    note: str


def measure(
    command: list[str],
    runs: int,
    *,
    cwd: Path | None = None,
    before: list[str] | None = None,
    accept: tuple[int, ...] = (0, 1),
) -> Measurement:
    """Median wall time and largest resident memory of a command's processes; `before` runs untimed ahead of each."""
    seconds, peak = list[float](), 0.0
    for _ in range(runs):
        if before:
            subprocess.run(before, check=True)
        reader = "import resource,subprocess,sys; code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code)"
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-I", "-c", reader, *command], cwd=cwd, capture_output=True, text=True, check=False
        )
        seconds.append(time.perf_counter() - started)
        memory, code = map(int, done.stdout.split())
        peak = max(peak, memory / (1024 if sys.platform == "linux" else 1024 * 1024))
        if code not in accept:
            return Measurement(0.0, 0.0, 0, f"failed: exit {code}")
        if seconds[-1] > SLOW:
            break
    return Measurement(statistics.median(seconds), peak, len(seconds), "")


def partywall(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).parent / "partywall"), *arguments]


def five_files(subject: Subject, wanted: str | None) -> tuple[str, str]:
    """(base, head) of the youngest first-parent commit that changes five reviewed Python files, or of the one asked for."""
    if wanted:
        return f"{wanted}^1", wanted
    log = subject.git("log", "--first-parent", "--format=@%H", "--name-only", "-m", "-500", "--", "*.py").splitlines()
    files, commit = 0, ""
    for line in [*log, "@"]:
        if line.startswith("@"):
            if files == 5:
                return f"{commit}^1", commit
            commit, files = line[1:], 0
        elif line and "/tests/" not in line and "/migrations/" not in line and "test_" not in line:
            files += 1
    return "HEAD^1", "HEAD"


def rows(subject: Subject, args: argparse.Namespace, scratch: Path) -> list[tuple[str, Measurement]]:
    found: list[tuple[str, Measurement]] = []
    whole, tree = (
        extract(subject, scratch / "whole", reviewed=False),
        extract(subject, scratch / "reviewed", reviewed=True),
    )
    cache = scratch / "cache"
    cold = ["rm", "-rf", str(cache)]
    environment = ["env", f"PARTYWALL_CACHE={cache}"]
    base, head = five_files(subject, args.pull_request)
    at = ["--repo", str(subject.path), "--format", "json"]
    grimp = next(peer for peer in peers(args.skip) if peer.name == "grimp")
    found.append(("grimp: cold graph, all files", measure(grimp.command(whole), args.runs, cwd=whole)))
    found.append(
        (
            "partywall check: cold, HEAD",
            measure([*environment, *partywall("check", *at, "--head", "HEAD")], args.runs, before=cold),
        )
    )
    found.append(
        (
            "partywall graph: cold, all files",
            measure(
                [*environment, *partywall("graph", "--repo", str(subject.path), "--rev", "HEAD")],
                args.runs,
                before=cold,
            ),
        )
    )
    pull = partywall("check", *at, "--base", subject.commit(base), "--head", subject.commit(head))
    subprocess.run([*environment, *pull], stdout=subprocess.DEVNULL, check=False)
    found.append(("partywall check: warm, five files", measure([*environment, *pull], args.runs)))
    if not args.small:
        large, large_base, large_head = enlarged(subject, base, head, scratch / "large")
        pull = partywall("check", "--repo", str(large), "--format", "json", "--base", large_base, "--head", large_head)
        print("  reading ten times the tree once …", file=sys.stderr)
        subprocess.run([*environment, *pull], stdout=subprocess.DEVNULL, check=False)
        found.append(
            ("partywall check: warm, five files, ten times the tree", measure([*environment, *pull], args.runs))
        )
    compare_edges(subject, whole)
    for peer in peers(args.skip):
        if peer.name != "grimp":
            print(f"  {peer.name} …", file=sys.stderr)
            found.append((f"{peer.name}: {peer.what}", time_peer(peer, tree, args.runs)))
    return found


def compare_edges(subject: Subject, whole: Path) -> None:
    """Prints whether our import graph of the modules that grimp sees has the edges that grimp finds.

    Left out are string references, which grimp does not read, and imports of a module by itself.
    """
    modules, theirs = edges_of_grimp(whole)
    command = partywall("graph", "--repo", str(subject.path), "--rev", "HEAD", "--format", "json")
    graph = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    ours = {
        (edge["importer"], edge["imported"])
        for edge in graph["edges"]
        if edge["scope"] != "string" and modules.issuperset((edge["importer"], edge["imported"]))
    }
    theirs = {(one, other) for one, other in theirs if one != other}
    print(
        f"  edges that both we and grimp find: {len(ours & theirs)}; only we: {len(ours - theirs)}; only grimp: {len(theirs - ours)}"
    )


def time_peer(peer: Peer, tree: Path, runs: int) -> Measurement:
    missing = peer.install()
    if missing:
        return Measurement(0.0, 0.0, 0, missing)
    return measure(peer.command(tree), runs, cwd=tree, accept=tuple(range(64)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, help="checkouts or git directories")
    parser.add_argument(
        "--pull-request", metavar="REV", help="the commit for the warm rows (default: the youngest with five files)"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--skip", nargs="*", default=[], metavar="TOOL", help="peers to leave out")
    parser.add_argument("--small", action="store_true", help="without the tree ten times as large")
    args = parser.parse_args()
    print(f"{'':<58}{'seconds':>9}{'ratio':>8}{'MB':>7}{'runs':>6}")
    for path in args.paths:
        subject = Subject(path.resolve())
        with tempfile.TemporaryDirectory(prefix="partywall-bench-") as folder:
            found = rows(subject, args, Path(folder))
        print(f"{subject.name} at {subject.commit('HEAD')[:12]}")
        against = found[0][1].seconds
        for name, m in found:
            shown = (
                f"{m.seconds:>9.2f}{m.seconds / against if against else 0:>7.1f}×{m.megabytes:>7.0f}{m.runs:>6}"
                if m.runs
                else f"   {m.note}"
            )
            print(f"  {name:<56}{shown}", flush=True)
    print(
        f"memory is of the largest process of a run; this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"
    )


if __name__ == "__main__":
    main()
