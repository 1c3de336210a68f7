"""From a repository and two revisions to a report: git, cached facts, snapshots, the review."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rules import config as configuration
from rules.change import Change, FileChange, Snapshot
from rules.config import Config, ConfigError
from rules.contracts.adopted import Later
from rules.contracts.bounded import looked_into, package_folders
from rules.graph import Graph
from rules.layout import Root, find_layout
from rules.links import changed_links
from rules.manifests import MANIFESTS, declared_roots
from rules.model import Finding, Report, Skipped, Stats
from rules.overlay import Overlay, Roots
from rules.reference import Reference, build
from rules.reference import key_of as reference_key
from rules.resolver import build as build_graph
from rules.review import notes, review
from rules.rule import Rule
from rules.selection import Selection
from worker.cache import FactsCache
from worker.configured import Configured, is_configuration, read_configured
from worker.ends import PATHSPECS, Ends, find_ends, tree_of
from worker.errors import NothingToReviewError, ReviewError
from worker.extract import FactsByPath, FactsSource
from worker.git import EMPTY_TREES, ChangedFile, Entry, Repository
from worker.objects import ObjectReader
from worker.references import ReferenceStore


class Settings(NamedTuple):
    """What the caller decides: a configuration file of his own, the rules there are, the cache, and who hears of progress.

    timed: called with each step, "read" and "rules", and the seconds it took.
    """

    rules: Sequence[Rule]
    cache: FactsCache
    config_file: Path | None = None
    progress: Callable[[int, int], None] = lambda _done, _total: None
    timed: Callable[[str, float], None] = lambda _step, _seconds: None


def review_range(
    repository: Repository, base: str | None, head: str | None, settings: Settings
) -> tuple[Report, Config]:
    """Reviews what lies between two revisions (see `find_ends` for the defaults). Raises ReviewError.

    Returns the report and the configuration it was made with.
    """
    started = time.perf_counter()
    with find_ends(repository, base, head) as ends:
        return _reviewed(ends, settings, started)


def review_commits(
    repository: Repository, base: str, head: str, settings: Settings, messages: Sequence[str] = ()
) -> tuple[Report, Config]:
    """Reviews what lies between two commits, compared as they stand. Raises ReviewError.

    base: the commit where the work began; the caller knows it, the history between the two need not be here.
    messages: what the commits between the two say, as far as the caller knows.
    Returns the report and the configuration it was made with.
    """
    started = time.perf_counter()
    ends = Ends(repository, repository.commit(base), (), repository.commit(head), False, messages=messages)
    return _reviewed(ends, settings, started)


def review_whole(repository: Repository, head: str | None, settings: Settings) -> tuple[Report, Config]:
    """Looks at a whole tree instead of a change. Raises ReviewError.

    head: a revision, default the working tree (HEAD where there is none).
    Returns the report and the configuration it was made with.
    """
    started = time.perf_counter()
    with tree_of(repository, head) as (place, tree):
        return _reviewed(_whole(place, tree, head), settings, started)


class Look(NamedTuple):
    """One whole tree, in which everything counts as new, what is configured in it, and where it is to be read."""

    repository: Repository
    tree: str
    change: Change
    configured: Configured


@contextmanager
def look_at(repository: Repository, revision: str | None, settings: Settings) -> Iterator[Look]:
    """A whole tree as rules see it, while the context lasts. Raises ReviewError.

    revision: default the working tree (HEAD where there is none).
    """
    with tree_of(repository, revision) as (place, tree):
        try:
            with _Review(_whole(place, tree, revision), settings, time.perf_counter()).look() as subject:
                yield Look(place, tree, subject.change, subject.configured)
        except ConfigError as error:
            raise ReviewError(str(error)) from None


def _whole(place: Repository, tree: str, revision: str | None) -> Ends:
    is_work_tree = revision is None and place.work_tree is not None
    return Ends(place, place.empty_tree(), (), tree, is_work_tree, True)


def _reviewed(ends: Ends, settings: Settings, started: float) -> tuple[Report, Config]:
    try:
        try:
            return _Review(ends, settings, started).run()
        except ConfigError as error:
            return _Review(ends, settings, started, broken=error).run()
    except ConfigError as error:
        raise ReviewError(str(error)) from None


def load_graph(
    repository: Repository,
    revision: str | None,
    settings: Settings,
    *,
    reviewed_only: bool = False,
    configured: str | None = None,
) -> Graph:
    """The import graph of one tree, with all its Python files unless `reviewed_only`. Raises ReviewError.

    revision: default the working tree, HEAD where there is none. configured: the tree whose configuration counts,
    default the same.
    """
    with tree_of(repository, revision) as (place, tree):
        graph = _read_graph(place, tree, configured or tree, settings, reviewed_only=reviewed_only)
    if not graph.modules:
        raise ReviewError(f"there is no Python module in {tree[:12]}; nothing to draw.")
    return graph


class Graphs(NamedTuple):
    """The import graphs of two trees. `renames` maps modules of the base to the names that they have in the head."""

    ends: Ends
    base: Graph
    head: Graph
    renames: Mapping[str, str]


def load_graphs(
    repository: Repository, base: str, head: str | None, settings: Settings, *, reviewed_only: bool = False
) -> Graphs:
    """The import graphs of a change (see `find_ends`), both read with one configuration, as a review is.

    Raises ReviewError.
    """
    with find_ends(repository, base, head) as ends:
        place = ends.repository
        configured = ends.head if ends.head_is_work_tree or ends.base in EMPTY_TREES else ends.base
        before, after = (
            _read_graph(place, tree, configured, settings, reviewed_only=reviewed_only)
            for tree in (ends.base, ends.head)
        )
        changed = place.changed_files(ends.base, ends.head, PATHSPECS)
    if not after.modules:
        raise ReviewError(f"there is no Python module in {ends.head[:12]}; nothing to draw.")
    old, new = ({path: name for name, path in graph.modules.items()} for graph in (before, after))
    moved = {
        old[file.base_path]: new[file.head_path] for file in changed if file.base_path in old and file.head_path in new
    }
    return Graphs(ends, before, after, {one: other for one, other in moved.items() if one != other})


def _read_graph(place: Repository, tree: str, configured: str, settings: Settings, *, reviewed_only: bool) -> Graph:
    """The import graph of `tree`, read with the configuration in the tree `configured`."""
    with ObjectReader(place, missing := place.missing(tree, configured)) as reader:
        entries = place.entries(tree)
        with_files = entries if configured == tree else place.entries(configured)
        here = {entry.path: entry.blob for entry in with_files if is_configuration(entry.path)}
        try:
            configured_by = read_configured(reader, here, settings.config_file)
        except ConfigError as error:
            raise ReviewError(str(error)) from None
        config = configured_by.config
        selection = Selection(config.exclude, config.include)
        blobs = {
            e.path: e.blob
            for e in entries
            if e.path.endswith(".py") and not e.link and (not reviewed_only or selection(e.path))
        }
        source = FactsSource(place, settings.cache, missing, settings.progress)
        source.load(blobs.values())
        imports = {path: source(blob).imports for path, blob in blobs.items() if source.has(blob)}
        roots = _roots(reader, entries, config, package_folders(configured_by.adopted, blobs))
        layout = find_layout(imports, roots.manifests, roots.declared, lambda path: imports[path])
        return build_graph(layout, imports)


def _roots(reader: ObjectReader, entries: Sequence[Entry], config: Config, more: Sequence[Root] = ()) -> Roots:
    """What module names depend on. more: roots that somebody else declares; our own configuration wins."""
    manifests = {entry.path: entry.blob for entry in entries if entry.path.rpartition("/")[2] in MANIFESTS}
    contents = dict(reader.read(manifests.values()))
    declared = [root for path, blob in manifests.items() for root in declared_roots(path, contents[blob] or b"")]
    return Roots(tuple(manifests), (*declared, *more, *(Root(folder.strip("/"), "") for folder in config.source_roots)))


class _Subject(NamedTuple):
    """What is reviewed, by which configuration, the files of the latter that the change edits, the files of the head, and
    the links that are not followed."""

    change: Change
    configured: Configured
    edited: Sequence[str]
    listed: Mapping[str, str]
    links: Sequence[str]


class _Review:
    def __init__(self, ends: Ends, settings: Settings, started: float, broken: ConfigError | None = None) -> None:
        """broken: what is wrong with the configuration of the base, where another attempt found so."""
        self._ends = ends
        self._broken = broken
        self._later: Later | None = None
        self._settings = settings
        self._started = started
        self._repository = ends.repository
        self._missing = ends.repository.missing(ends.base, ends.head)
        self._notes = list(ends.notes)
        self._facts = FactsSource(ends.repository, settings.cache, self._missing, settings.progress)

    def run(self) -> tuple[Report, Config]:
        with self.look() as (change, (config, file, adopted), edited, listed, links):
            configuration.check_rule_names(config, [rule.name for rule in self._settings.rules], file)
            began = time.perf_counter()
            self._settings.timed("read", began - self._started)
            findings = review(change, config, self._settings.rules, file, adopted, self._later)
            self._settings.timed("rules", time.perf_counter() - began)
            self._notes.extend(notes(change, config, file, adopted, edited, self._later))
            return self._report(findings, change, listed, links), config

    @contextmanager
    def look(self) -> Iterator[_Subject]:
        """What there is to review, while the context lasts."""
        base, head = self._ends.base, self._ends.head
        entries = self._repository.entries(head)
        changed = self._repository.changed_files(base, head, PATHSPECS)
        with ObjectReader(self._repository, self._missing) as reader:
            configured, edited = self._configuration(reader, entries, changed)
            config, adopted = configured.config, configured.adopted
            selection = Selection(config.exclude, config.include)
            before, listed = _sides(entries, changed, selection)
            if not listed and not before:
                raise NothingToReviewError(self._nothing_found(entries))
            beside = _sides(entries, changed, looked_into(adopted, selection)) if adopted else ({}, {})
            hunks = self._repository.hunks(changed, base, head, ("*.py",))
            files = [FileChange(file.head_path, file.base_path, hunks.get(file.head_path, ())) for file in changed]
            roots = _roots(reader, entries, config, package_folders(adopted, listed))
            change = self._change(reader, (before, listed), beside, roots, files)
            links = [entry.path for entry in entries if entry.link and selection(entry.path)]
            yield _Subject(change, configured, edited, listed, links)

    def _change(
        self,
        reader: ObjectReader,
        reviewed: tuple[Mapping[str, str], Mapping[str, str]],
        beside: tuple[Mapping[str, str], Mapping[str, str]],
        roots: Roots,
        files: Sequence[FileChange],
    ) -> Change:
        """The change, over the nearest reference there is, or over a new one of the head.

        reviewed, beside: path -> blob of the files of base and head, those that are reviewed and those that only
        contracts of other tools are about.
        """
        before, listed = reviewed
        store = ReferenceStore(self._settings.cache.folder, self._repository.common_dir)
        key = reference_key([roots])
        reference = store.nearest(key, listed)
        if reference is None:
            self._facts.load({*listed.values(), *before.values()})
            facts = {path: self._facts(blob) for path, blob in sorted(listed.items()) if self._facts.has(blob)}
            layout = find_layout(facts, roots.manifests, roots.declared, lambda path: facts[path].imports)
            content = build(key, listed, facts, layout)
            store.save(content)
            reference = Reference(content)
        known = dict(zip(reference.paths, reference.blobs, strict=True))
        sides = [{path: blob for path, blob in side.items() if known.get(path) != blob} for side in (before, listed)]
        gone = {blob for path, blob in known.items() if any(side.get(path) != blob for side in (before, listed))}
        self._facts.load(gone.union(*(side.values() for side in sides)))

        def snapshot(side: Mapping[str, str], own: Mapping[str, str]) -> Snapshot:
            blobs = {path: blob for path, blob in side.items() if path not in own or self._facts.has(blob)}
            overlay = Overlay(reference, blobs, self._facts, roots)
            return Snapshot(overlay, FactsByPath(blobs, self._facts), lambda path: _read(reader, blobs.get(path)))

        def change(base: Mapping[str, str], head: Mapping[str, str], wider: Change | None) -> Change:
            mine = [file for file in files if file.base_path in base or file.path in head]
            old, new = snapshot(base, sides[0]), snapshot(head, sides[1])
            return Change(old, new, mine, whole=self._ends.whole, wider=wider, messages=self._messages)

        wider = None
        if any(beside):
            self._facts.load({*beside[0].values(), *beside[1].values()})
            wider = change({**before, **beside[0]}, {**listed, **beside[1]}, None)
        return change(before, listed, wider)

    def _messages(self) -> Sequence[str]:
        """What the commits of the change say; nothing where some are uncommitted or not here."""
        ends = self._ends
        if ends.messages is not None:
            return ends.messages
        if ends.whole or ends.head_is_work_tree or self._repository.is_shallow():
            return ()
        return [commit.message for commit in self._repository.commits(ends.base, ends.head)]

    def _configuration(
        self, reader: ObjectReader, entries: Sequence[Entry], changed: Sequence[ChangedFile]
    ) -> tuple[Configured, list[str]]:
        """The configuration in force, and the files of it that the change edits.

        A given file comes before our own in the tree, the working tree's own before the base's. A change that mends a
        base's configuration that cannot be used is reviewed with its own. Raises ConfigError.
        """
        here = {entry.path: entry.blob for entry in entries if is_configuration(entry.path)}
        base = dict(here)
        for file in changed:
            if is_configuration(file.head_path):
                base.pop(file.head_path, None)
            if is_configuration(file.base_path):
                base[file.base_path] = file.base_blob
        if self._ends.head_is_work_tree or self._ends.base in EMPTY_TREES:
            ours = read_configured(reader, here, self._settings.config_file)
            return self._usable(ours), [path for path in here if base.get(path) != here[path]]
        if self._broken is not None and base != here:
            why = str(self._broken).removesuffix(".")
            self._notes.append(f"the base's configuration cannot be used ({why}); this review used the change's own")
            return read_configured(reader, here, self._settings.config_file), []
        ours = self._usable(read_configured(reader, base, self._settings.config_file))
        if base == here:
            return ours, []
        try:
            theirs = read_configured(reader, here, self._settings.config_file)
        except ConfigError as error:
            self._notes.append(f"the change leaves a configuration that cannot be used: {error}")
            return ours, []
        self._later = Later(theirs.config.contracts, theirs.adopted)
        edited = ours.edited(theirs, [path for path in {**base, **here} if base.get(path) != here.get(path)])
        if edited:
            self._notes.append(f"the change edits the configuration ({', '.join(edited)}); this review used the base's")
        return ours.with_layers_of(theirs), edited

    def _usable(self, configured: Configured) -> Configured:
        if self._broken is not None:
            raise self._broken
        return configured

    def _nothing_found(self, entries: Sequence[Entry]) -> str:
        python = sum(entry.path.endswith(".py") for entry in entries)
        if not python:
            return f"there is no Python file in {self._ends.head[:12]}; nothing could be reviewed."
        return (
            f"none of the {python} Python files in {self._ends.head[:12]} is reviewed: all are excluded as tests, "
            "migrations, examples, documentation or vendored code; take some back with `include`."
        )

    def _report(
        self, findings: tuple[Finding, ...], change: Change, listed: Mapping[str, str], links: Sequence[str]
    ) -> Report:
        head = change.head
        skipped = [Skipped(path, "the blob is not in this repository") for path in listed if path not in head.facts]
        skipped += [Skipped(path, problem) for path, problem in head.overlay.problems.items()]
        skipped += [Skipped(path, f"{other} has the same module name") for path, other in head.layout.shadowed.items()]
        skipped += [Skipped(path, "a symbolic link, not followed") for path in links]
        stats = Stats(
            files=len(listed),
            modules=len(head.layout.names),
            edges=head.overlay.edge_count,
            changed_files=len(change.files),
            cached=sum(path in head.facts and blob not in self._facts.fresh for path, blob in listed.items()),
            seconds=round(time.perf_counter() - self._started, 3),
        )
        return Report(
            base=self._ends.base,
            head=self._ends.head,
            findings=findings,
            skipped=tuple(sorted(skipped)),
            notes=tuple(self._notes),
            links=() if change.whole else changed_links(change),
            stats=stats,
        )


def _read(reader: ObjectReader, blob: str | None) -> bytes | None:
    return next(reader.read([blob]))[1] if blob is not None else None


def _sides(
    entries: Sequence[Entry], changed: Sequence[ChangedFile], selection: Callable[[str], bool]
) -> tuple[dict[str, str], dict[str, str]]:
    """Path -> blob of the Python files of base and head that are chosen."""
    head = {e.path: e.blob for e in entries if e.path.endswith(".py") and selection(e.path) and not e.link}
    base = dict(head)
    for file in changed:
        base.pop(file.head_path, None)
    base.update(
        (file.base_path, file.base_blob)
        for file in changed
        if file.base_path.endswith(".py") and selection(file.base_path)
    )
    return base, head
