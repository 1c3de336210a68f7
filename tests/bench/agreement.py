"""Contracts of other tools on whole trees: the tool's verdict on each, and ours.

`python -m tests.bench.agreement REPOSITORY...` takes git repositories with an import-linter configuration at the root of
`HEAD`. Their Python files and configuration are written to a temporary folder, where import-linter looks at them in a
process of its own; nothing of them is run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rules.contracts.rule import ContractRule
from rules.model import Report
from rules.tally import contract_of
from worker.cache import FactsCache
from worker.git import Repository
from worker.objects import ObjectReader
from worker.pipeline import Settings, review_whole

_VERDICTS = """
import json, sys
import importlinter.api
from importlinter.application import use_cases

sys.path[:0] = sys.argv[1:]
found = {}
options = use_cases.read_user_options()
use_cases._register_contract_types(options)
for contract in options.contracts_options:
    one = use_cases.UserOptions(dict(options.session_options), [contract])
    name = contract.get("name", "")
    try:
        report = use_cases.create_report(one, cache_dir=None)
    except BaseException as error:
        found[name] = f"{type(error).__name__}: {error}"
        continue
    checks = list(report.get_contracts_and_checks())
    found[name] = "invalid" if report.invalid_contract_options else "kept" if checks[0][1].kept else "broken"
json.dump(found, sys.stdout)
"""


def main() -> None:
    """Prints a line for each contract of each repository."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repositories", nargs="+")
    differing = 0
    for folder in parser.parse_args().repositories:
        repository = Repository.discover(Path(folder))
        theirs = their_verdicts(repository)
        report = our_report(repository)
        broken = Counter(map(contract_of, report.findings))
        print(f"{folder}: {len(theirs)} contracts")
        for name, verdict in theirs.items():
            ours = "broken" if broken[name] else "kept"
            differs = verdict in ("kept", "broken") and ours != verdict
            differing += differs
            print(f"  {'DIFFERS: ' if differs else ''}{name}: {verdict}, ours {ours} ({broken[name]})")
        for note in report.notes:
            print(f"  note: {note}")
    print(f"{differing} verdicts differ")


def our_report(repository: Repository) -> Report:
    """The report on contracts, of the whole tree."""
    with tempfile.TemporaryDirectory() as folder:
        return review_whole(repository, "HEAD", Settings((ContractRule(),), FactsCache(Path(folder))))[0]


def their_verdicts(repository: Repository) -> Mapping[str, str]:
    """What import-linter says of each contract: kept, broken, or why it refuses to look at it."""
    with tempfile.TemporaryDirectory() as folder:
        places = _write(repository, Path(folder))
        command = [sys.executable, "-P", "-c", _VERDICTS, *places]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            return {"(all)": done.stderr.strip().splitlines()[-1]}
        found: dict[str, str] = json.loads(done.stdout[done.stdout.index("{") :])
        return found


def _write(repository: Repository, folder: Path) -> list[str]:
    """Writes the Python files and the configuration; returns the folders that packages lie in."""
    commit = repository.commit("HEAD")
    missing = repository.missing(commit, commit)
    entries = [
        entry for entry in repository.entries(commit) if entry.path.endswith((".py", ".toml", ".cfg", ".importlinter"))
    ]
    with ObjectReader(repository, missing) as reader:
        contents = dict(reader.read(entry.blob for entry in entries))
    for entry in entries:
        target = folder / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(contents[entry.blob] or b"")
    packages = {path.parent for path in folder.rglob("__init__.py")}
    tops = {package.parent for package in packages if package.parent not in packages}
    return [str(folder), *map(str, sorted(tops - {folder}, key=lambda path: (len(path.parts), path)))]


if __name__ == "__main__":
    main()
