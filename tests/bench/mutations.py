"""How many copies are found, by what was done to them: functions of installed packages, copied, mutated and injected.

    python -m tests.bench.mutations [--package NAME …] [--count 150] [--seed 1] [--skip TOOL …] [--misses FILE]

The base is the reviewed files of the packages; the head has in addition mutated copies of functions drawn from them,
each in a file of its own. A copy counts as found when one finding names its file and lines of its original. Peers work
on the same trees, written out, with the settings that they come with. `with content` is about the copies of functions
that say at least 20 words, as `duplication/copy` counts them: what says less is not worth a comment.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.bench.injected import KINDS, Case, cases_of
from tests.bench.judges import Partywall, found_by
from tests.bench.originals import draw, read_package
from tests.bench.peers import peers

PACKAGES = ("rich", "hypothesis")
CONTENT = 20
_JUDGES = ("jscpd", "pylint R0801")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", nargs="+", default=PACKAGES, metavar="NAME", help="installed packages")
    parser.add_argument("--count", type=int, default=150, help="functions drawn from all packages together")
    parser.add_argument("--seed", type=int, default=1, help="draws other functions and mutates them otherwise")
    parser.add_argument("--skip", nargs="*", default=[], metavar="TOOL", help="peers to leave out")
    parser.add_argument("--misses", type=Path, metavar="FILE", help="write what Partywall did not find, for reading")
    args = parser.parse_args()
    tree = {path: text for name in args.package for path, text in read_package(name).items()}
    originals = draw(tree, args.count, args.seed)
    asked = [peer for peer in peers(args.skip) if peer.name in _JUDGES]
    absent = {peer.name: note for peer in asked if (note := peer.install())}
    ours = Partywall(tree)
    misses = list[Case]()
    columns = "".join(
        f"{name:>14}" for name in ("any level", "with content", "warning", *(peer.name for peer in asked))
    )
    print(f"{len(originals)} functions of {', '.join(args.package)}, seed {args.seed}; found, in percent")
    print(f"{'':<22}{'cases':>6}{columns}")
    for kind in KINDS:
        cases = cases_of(kind, originals, args.seed)
        levels = ours.levels(cases)
        loud = sum(level == "warning" for level in levels.values())
        misses += [case for case in cases if case not in levels]
        full = [case for case in cases if ours.words(case.original) >= CONTENT]
        told = sum(case in levels for case in full)
        shown = [_percent(len(levels), len(cases)), _percent(told, len(full)), _percent(loud, len(cases))]
        shown += [
            "absent" if peer.name in absent else _percent(len(found_by(peer, tree, cases)), len(cases))
            for peer in asked
        ]
        print(f"{kind:<22}{len(cases):>6}" + "".join(f"{text:>14}" for text in shown), flush=True)
    for name, note in absent.items():
        print(f"{name}: {note}")
    if args.misses:
        args.misses.write_text("\n".join(map(_report, misses)), encoding="utf-8")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}" if whole else "-"


def _report(case: Case) -> str:
    original = case.original
    head = f"#### {case.kind}: {original.path}:{original.start}-{original.end} -> {case.path}"
    return f"{head}\n{original.source}\n## mutated\n{case.text}"


if __name__ == "__main__":
    main()
