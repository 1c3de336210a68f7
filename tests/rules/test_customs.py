"""Methods of one name that begin and end alike in many classes: a custom of the repository."""

from __future__ import annotations

import pytest

from tests.rules.test_spoken import levels

MIDDLE = {
    "Order": "order.total = sum(line.price * line.count for line in order.lines)\n        order.confirm(clock.now())\n",
    "Basket": "basket.expires_at = clock.now() + LIFETIME\n        basket.owner.remember(basket.number, channel)\n",
    "Parcel": "parcel.label = printer.render(LABEL, parcel)\n        courier.announce(parcel, depot.nearest(parcel.zip))\n",
}
METHOD = """\
class {0}Update(Mutation):
    def {1}(self, root, info, data):
        instance = self.find_instance(info, data["id"], only=self.meta.model)
        self.check_permissions(info.context, [instance.channel_id])
        cleaned = self.clean_input(info, instance, data["input"])
        metadata = self.metadata_of(cleaned.pop("metadata", None), field="metadata")
        private = self.metadata_of(cleaned.pop("private_metadata", None), field="private_metadata")
        instance = self.construct_instance(instance, cleaned)
        self.validate_and_update_metadata(instance, metadata, private)
        self.clean_instance(info, instance)
        {2}        return self.success_response(instance)
"""


def update(name: str, middle: str, method: str = "perform") -> str:
    return METHOD.format(name, method, middle)


def others(count: int, method: str = "perform") -> dict[str, str]:
    middles = (f"{name}s.touch(instance.{name}_id)\n        self.journal.append({name}s)\n" for name in "abcdefgh")
    return {f"shop/other{n}.py": update(f"Other{n}", next(middles), method) for n in range(count)}


@pytest.mark.parametrize(
    ("base", "head", "told"),
    [
        pytest.param(others(6), update("Order", MIDDLE["Order"]), "info", id="a custom"),
        pytest.param(others(2), update("Order", MIDDLE["Order"]), "warning", id="two that are alike"),
        pytest.param(others(6), update("Order", MIDDLE["Order"], "carry_out"), "warning", id="another name"),
        pytest.param(others(6, "apply"), update("Order", MIDDLE["Order"]), "warning", id="a custom of another name"),
    ],
)
def test_one_more_method_that_keeps_a_custom_up_is_information(base: dict[str, str], head: str, told: str) -> None:
    assert levels(base, {"shop/new.py": head}) == [told]


def test_a_method_that_is_alike_as_a_whole_is_a_copy_whatever_the_custom() -> None:
    base = {**others(6), "shop/basket.py": update("Basket", MIDDLE["Basket"])}
    assert levels(base, {"shop/new.py": update("Bag", MIDDLE["Basket"])}) == ["warning"]
