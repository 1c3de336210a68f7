"""How loud a copy is told: as a warning, as information, or not at all."""

from __future__ import annotations

import pytest

from rules.config import Config
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of
from tests.rules.test_duplication import HELPER

DOCUMENTS = """\
def {0}archive(self, documents, target):
    names = [document.title.casefold() for document in documents if document.is_final]
    if len(names) != len(set(names)):
        raise AmbiguousTitles(names, target)
    self.journal.append(Archived(target, len(names), clock.today()))
    for document in sorted(documents, key=lambda document: document.signed_at):
        {1}self.store.put(target, document.content, checksum=document.checksum)
    return names
"""
TWINS = ("", ""), ("a", "await ")
MOVES = """\
def {0}move(self, boxes, hall):
    free = [shelf for shelf in hall.shelves if not shelf.locked and shelf.capacity >= boxes.volume]
    if not free:
        raise HallIsFull(hall.name, boxes.volume, [shelf.number for shelf in hall.shelves])
    shelf = min(free, key=lambda shelf: (shelf.distance(hall.gate), -shelf.capacity))
    for box in sorted(boxes.items, key=lambda box: (-box.weight, box.number)):
        {1}shelf.place(box, label=LABEL.format(number=box.number, hall=hall.name))
        hall.journal.append(Moved(box.number, shelf.number, clock.now(hall.zone)))
    hall.load[shelf.number] = hall.load.get(shelf.number, 0) + boxes.volume
    if hall.load[shelf.number] > ALARM * shelf.capacity:
        {1}hall.warden.notify(shelf.number, hall.load[shelf.number], subject="shelf is nearly full")
    return shelf.number
"""
LONGER = DOCUMENTS.replace(
    "    return names\n",
    """\
    manifest = Manifest(target, sorted(names), signed=max(document.signed_at for document in documents))
    for reader in self.readers.entitled(target, level=manifest.level):
        {1}reader.mailbox.deliver(manifest.summary(reader.language), sender=self.archivist)
    if manifest.size > self.quota.remaining(target):
        raise QuotaExceeded(target, manifest.size, self.quota.remaining(target))
    {1}self.store.put(manifest.path, manifest.render(), checksum=manifest.checksum)
    return names
""",
)
FINE = """\
class {0}:
    def close(self):
        if self.alarm:
            self.alarm.trigger()
        if self.runner:
            self.runner.join()
            self.runner = {1}
{2}"""
MORE = """\
            self.opened_at = None
            self.journal.append(Closed(self.name, clock.now()))
"""
PARCELS = """\
def {0}_parcels(self, maximum=100):
    try:
        today = clock.now(zone).timestamp()
        numbers = self.parcels.by_date(self.due_key, {1}, start=0, count=maximum)
        return [Number(number, "{0}") for number in numbers]
    except StoreError as error:
        logger.error(f"Parcels that are {0} cannot be read: {{error}}")
        raise
"""
SOURCE = "https://example.org/tables/blob/3f2a/orders.py"


def levels(base: Tree, head: Tree, rule: str = "duplication/copy") -> list[str]:
    found = review(
        change_of(base, {**base, **head}), Config(rules={"duplication/copy": {"warn": 0.9}}), RULES, "partywall.toml"
    )
    return [finding.level for finding in found if finding.rule == rule]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        pytest.param(f'"""From Tables 1: {SOURCE}\n"""\n', [], id="from, docstring"),
        pytest.param(f"# Adapted from the tables project,\n# {SOURCE}\n", [], id="adapted, two lines"),
        pytest.param(f"# {SOURCE}\n", ["warning"], id="an address alone"),
        pytest.param("# Adapted from the tables project.\n", ["warning"], id="no address"),
        pytest.param("# Adapted from https://example.org/tables\n", ["warning"], id="an address of no file"),
        pytest.param(f"import shop\n\n# copied from {SOURCE}\n", ["warning"], id="about a part of the file"),
        pytest.param(f'"""Reads what comes from {SOURCE}"""\n', ["warning"], id="about data"),
    ],
)
def test_of_a_file_that_was_taken_over_nothing_is_told(header: str, told: list[str]) -> None:
    assert levels({"shop/orders.py": HELPER}, {"shop/tables.py": header + HELPER}) == told


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        pytest.param(
            FINE.format("Bell", "None", ""), FINE.format("Light", "None", ""), "info", id="17 words, verbatim"
        ),
        pytest.param(
            FINE.format("Bell", "None", MORE), FINE.format("Light", "None", MORE), "warning", id="more, verbatim"
        ),
        pytest.param(
            PARCELS.format("late", "0, today"), PARCELS.format("open", "today, 9"), "info", id="29 words, edited"
        ),
        pytest.param(PARCELS.format("late", "0, today"), PARCELS.format("late", "0, today"), "warning", id="verbatim"),
    ],
)
def test_a_small_copy_is_information_the_more_so_where_it_is_edited(one: str, other: str, told: str) -> None:
    assert levels({"shop/a.py": one}, {"shop/b.py": other}) == [told]


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        pytest.param(("", ""), ("a", "await "), "info", id="the prefix of asynchronous twins"),
        pytest.param(("", ""), ("async_", "await "), "info", id="the same spelt out"),
        pytest.param(("", ""), ("re", "await "), "warning", id="another name"),
        pytest.param(("", ""), ("a", ""), "warning", id="both synchronous"),
        pytest.param(("", ""), ("async_", ""), "info", id="both synchronous, one makes what is awaited"),
    ],
)
def test_small_twins_for_two_kinds_of_callers_are_information(
    one: tuple[str, str], other: tuple[str, str], told: str
) -> None:
    texts = [("async " if text[1] else "") + DOCUMENTS.format(*text) for text in (one, other)]
    assert levels({"shop/a.py": texts[0]}, {"shop/b.py": texts[1]}) == [told]


def test_folders_that_mirror_each_other_get_one_comment() -> None:
    parcels = PARCELS.format("late", "0, today")
    base = {"shop/one/orders.py": HELPER, "shop/one/parcels.py": parcels}
    assert levels(base, {"shop/two/orders.py": HELPER, "shop/two/parcels.py": parcels}) == ["warning", "info"]
    assert levels(base, {"shop/two/orders.py": HELPER, "shop/two/boxes.py": parcels}) == ["warning", "warning"]
    assert levels(base, {"shop/two/orders.py": HELPER, "shop/three/parcels.py": parcels}) == ["warning", "warning"]


def test_twins_of_two_files_get_one_comment() -> None:
    documents, orders = ("\n\n".join(text.format(*two) for text in (LONGER, MOVES)) for two in TWINS)
    assert levels({"shop/a.py": documents}, {"shop/b.py": orders.replace("def a", "async def a")}) == [
        "warning",
        "info",
    ]
    again = orders.replace("aarchive", "store").replace("amove", "carry")
    assert levels({"shop/a.py": documents}, {"shop/b.py": again}) == ["warning", "warning"]
