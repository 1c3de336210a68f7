from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from rules.components import find_components


def parts(modules: list[str]) -> dict[str, int]:
    components = find_components(modules)
    return dict(Counter(components.of(module) for module in modules))


def test_the_only_package_is_split() -> None:
    modules = ["shop", "shop.web.a", "shop.web.b", "shop.core.c", "shop.core.d", "shop.settings"]
    assert parts(modules) == {"shop": 1, "shop.web": 2, "shop.core": 2, "shop.settings": 1}


def test_a_dominant_package_is_split_one_level_deeper() -> None:
    api = [f"shop.api.{name}.{i}" for name in ("orders", "users", "stock") for i in range(4)]
    assert parts(["shop.core.a", "shop.core.b", "shop.mail.a", *api]) == {
        "shop.core": 2,
        "shop.mail": 1,
        "shop.api.orders": 4,
        "shop.api.users": 4,
        "shop.api.stock": 4,
    }


def test_packages_of_like_size_stay_whole() -> None:
    modules = [f"{name}.m{i}" for name in ("one", "two", "three") for i in range(5)]
    assert parts(modules) == {"one": 5, "two": 5, "three": 5}


def test_no_modules_no_components() -> None:
    assert find_components([]).of("a.b") == "a"


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(".".join), unique=True, max_size=40))
def test_components_are_a_partition_whatever_the_order(modules: list[str]) -> None:
    components = find_components(modules)
    assert [find_components(reversed(modules)).of(m) for m in modules] == [components.of(m) for m in modules]
    assert all(m == components.of(m) or m.startswith(components.of(m) + ".") for m in modules)
