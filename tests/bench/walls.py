"""Times a review of large import graphs, step by step: cycles, directions, contracts. Nothing is read but a reference.

    python -m tests.bench.walls [--shape NAME …] [--runs 5] [--quick]

All numbers are seconds of processor time (a review is one thread, and a machine has others to serve), the median of the runs; each step begins with a change that nothing of has been
looked at yet, so what several steps share is in each of them. `all` is one review by all rules but those about
duplication, with all contracts, and its notes. `load` opens the reference from bytes.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

from rules.change import Change
from rules.config import Config, parse
from rules.reference import Reference
from rules.registry import RULES
from rules.review import notes, review
from tests.bench.networks import PACKAGES, SHAPES, Network, Tree, change_between, edited, network

CHANGES = (1, 10, 100, 500)
STEPS_AT = 100
"""The change whose steps are timed one by one."""

_P = [f"app.p{i:02}" for i in range(PACKAGES)]
_SMALLER = ", ".join(f'"{p}" = {[f"{q}" for q in _P[i + 1 : 10]]}' for i, p in enumerate(_P[:10]))
CONTRACTS = {
    "layers": f'type = "layers"\nlayers = {_P[:20]}',
    "forbidden": f'type = "forbidden"\nsource = {_P[15:18]}\ntarget = {_P[:3]}',
    "independent": f'type = "independent"\nmodules = {_P[4:10]}',
    "allowed": f'type = "allowed"\nmodules = {{{_SMALLER}}}',
    "public": f'type = "public"\nmodules = {_P[10:16]}',
    "protected": f'type = "protected"\nmodules = ["app.p19.s0", "app.p07.*"]\nimporters = {_P[:3]}',
    "acyclic": 'type = "acyclic"\nparents = ["app"]\ndepth = 2',
    "frozen": f'type = "frozen"\nmodules = {_P[18:19]}',
    "layers, an exception": f'type = "layers"\nlayers = {_P[:20]}\nexceptions = [{{from = "app.p05.**", to = "app.p01.**", reason = "old"}}]',
}
"""Name -> one contract. The layers leave four packages free, through which ways lead around."""


def configured(*names: str) -> Config:
    """The configuration with some of the contracts."""
    text = "\n".join(f'[[contracts]]\nname = "{name}"\n{CONTRACTS[name]}' for name in names)
    config = parse(text.encode(), "partywall.toml")
    assert config is not None
    return config


def steps() -> Iterator[tuple[str, Callable[[Change], object]]]:
    """What a review does, one by one."""
    for rule in RULES:
        if not rule.name.startswith(("duplication/", "boundaries/contract")):
            yield rule.name, partial(review, config=Config(), rules=(rule,), file="")
    contract = next(rule for rule in RULES if rule.name == "boundaries/contract")
    for name in CONTRACTS:
        config = configured(name)
        yield f"contract: {name}", partial(review, config=config, rules=(contract,), file="")
    config = configured(*CONTRACTS)
    yield "notes", lambda change: notes(change, config, "")


def whole(change: Change) -> object:
    """The review of a change with all contracts."""
    config = configured(*CONTRACTS)
    rules = [rule for rule in RULES if not rule.name.startswith("duplication/")]
    return review(change, config, rules, ""), notes(change, config, "")


def timed(runs: int, prepare: Callable[[], Change], step: Callable[[Change], object]) -> float:
    """The median of a step on a new change each time."""
    seconds = list[float]()
    for _ in range(runs):
        change = prepare()
        gc.collect()
        started = time.process_time()
        step(change)
        seconds.append(time.process_time() - started)
    return statistics.median(seconds)


def loading(base: Network, runs: int) -> float:
    """The median of opening the reference."""
    seconds = list[float]()
    for _ in range(runs):
        started = time.process_time()
        Reference(base.reference)
        seconds.append(time.process_time() - started)
    return statistics.median(seconds)


def rows(shape: str, runs: int, *, quick: bool) -> Iterator[tuple[str, float]]:
    """What a shape's steps cost."""
    base = network(shape)
    reference = Reference(base.reference)
    heads: dict[str, Tree] = {f"{size} modules": edited(base, size) for size in CHANGES}
    heads[f"{STEPS_AT} modules moved"] = edited(base, STEPS_AT, moved=True)
    yield f"edges: {reference.edge_count}; load", loading(base, runs)
    for name, head in heads.items():
        change = whole(change_between(base, head, reference))
        told = len(change[0])  # type: ignore[index]
        yield (
            f"all: {name}, {told} findings",
            timed(runs, partial(change_between, base, head, reference), whole),
        )
    if not quick:
        head = heads[f"{STEPS_AT} modules"]
        for name, step in steps():
            yield f"{name}", timed(runs, partial(change_between, base, head, reference), step)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", nargs="*", default=list(SHAPES), choices=SHAPES)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="without the single steps")
    args = parser.parse_args()
    for shape in args.shape:
        print(shape)
        for name, seconds in rows(shape, args.runs, quick=args.quick):
            print(f"  {name:<52}{seconds:>9.3f}", flush=True)


if __name__ == "__main__":
    main()
