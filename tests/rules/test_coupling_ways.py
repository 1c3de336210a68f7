"""The way out of a finding about coupling: what is advised, and that it helps when somebody does it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from rules.config import Config
from rules.model import Finding
from rules.registry import RULES
from rules.review import review
from rules.trees import Tree, change_of, whole_of

ABOUT_IMPORTS = [rule for rule in RULES if not rule.name.startswith("duplication/")]


def told(base: Tree, head: Tree, config: Config | None = None) -> list[Finding]:
    findings = review(change_of(base, head), config or Config(), ABOUT_IMPORTS, "f")
    return [
        f for f in findings if f.rule != "coupling/first-edge" and (f.rule, f.level) != ("coupling/reversal", "info")
    ]


class Case(NamedTuple):
    """A change, what is advised, and the head after somebody did it; a file with None is untouched."""

    base: Tree
    head: Tree
    advice: str
    done: Tree


PRICES = "p = 1\n\n\ndef total(x):\n    return x\n"
ORDERS = (
    "from shop.prices import total\n\nCURRENCY = 'EUR'\n\n\ndef parse(text):\n    return _clean(text), CURRENCY\n\n\n"
    "def _clean(text):\n    return text.strip()\n\n\nclass Order:\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n\n"
    "    def total(self):\n        one = total(self)\n        return one\n"
)
BASE = {"shop/__init__.py": "", "shop/orders.py": ORDERS, "shop/prices.py": PRICES}


STATEFUL = {
    "shop/__init__.py": "",
    "shop/prices.py": "db = connect()\n",
    "shop/orders.py": "from shop.prices import db\n\n\nclass Order:\n    rows = db.rows()\n",
}

FEW = "".join(f"z{i} = {i}\n" for i in range(9))

CASES = {
    "names that only annotations use": Case(
        BASE,
        {**BASE, "shop/prices.py": f"from shop.orders import Order\n\n{PRICES}\n\ndef of(order: Order) -> 'Order | None':\n    return order\n"},
        "Import `Order` of `shop.orders` under `if TYPE_CHECKING:`, with `from __future__ import annotations` or quoted annotations: only annotations "
        "of `shop.prices` use it. That takes the cycle away and closes no other.",
        {"shop/prices.py": f"from __future__ import annotations\n\nif TYPE_CHECKING:\n    from shop.orders import Order\n\n{PRICES}\n\ndef of(order: Order) -> 'Order | None':\n    return order\n"},
    ),
    "a whole module that only annotations use, quoted and not": Case(
        BASE,
        {**BASE, "shop/prices.py": f"from __future__ import annotations\nfrom shop import orders\n\n{PRICES}\n\ndef of(order: orders.Order) -> list['orders.Order']:\n    return [order]\n"},
        "Import `Order` of `shop.orders` under `if TYPE_CHECKING:`: only annotations of `shop.prices` use it. "
        "That takes the cycle away and closes no other.",
        {"shop/prices.py": f"from __future__ import annotations\nif TYPE_CHECKING:\n    from shop import orders\n\n{PRICES}\n\ndef of(order: orders.Order) -> list['orders.Order']:\n    return [order]\n"},
    ),
    "only annotations use it on the way back": Case(
        {**BASE, "shop/orders.py": "from __future__ import annotations\nfrom shop.prices import Price\n\n\ndef f(x: Price): ...\n", "shop/prices.py": "class Price: ...\n"},
        {
            **BASE,
            "shop/orders.py": "from __future__ import annotations\nfrom shop.prices import Price\n\n\ndef f(x: Price): ...\n",
            "shop/prices.py": "from shop.orders import f\n\n\nclass Price:\n    def g(self):\n        return f(self)\n",
        },
        "Import `Price` of `shop.prices` under `if TYPE_CHECKING:`: only annotations of `shop.orders` use it.",
        {"shop/orders.py": "from __future__ import annotations\nif TYPE_CHECKING:\n    from shop.prices import Price\n\n\ndef f(x: Price): ...\n"},
    ),
    "a name that is defined elsewhere": Case(
        {**BASE, "shop/orders.py": f"from shop.money import parse_money\n{ORDERS}", "shop/money.py": "def parse_money(): ...\n"},
        {**BASE, "shop/orders.py": f"from shop.money import parse_money\n{ORDERS}", "shop/money.py": "def parse_money(): ...\n", "shop/prices.py": f"from shop import orders\n{PRICES}\nq = orders.parse_money()\n"},
        "Import `parse_money` into `shop.prices` from `shop.money`, where it comes from. That takes the cycle away and closes no other.",
        {"shop/prices.py": f"from shop import money\n{PRICES}\nq = money.parse_money()\n"},
    ),
    "a function with what it needs": Case(
        BASE,
        {**BASE, "shop/prices.py": f"from shop.orders import parse\n{PRICES}\nq = parse('1')\n"},
        "Move `parse` with `CURRENCY` and `_clean` from `shop.orders` to a new module of `shop`: they use nothing else of "
        "`shop.orders`. That takes the cycle away and closes no other.",
        {
            "shop/prices.py": f"from shop.parsing import parse\n{PRICES}\nq = parse('1')\n",
            "shop/parsing.py": "CURRENCY = 'EUR'\n\n\ndef parse(text):\n    return _clean(text), CURRENCY\n\n\ndef _clean(text):\n    return text.strip()\n",
            "shop/orders.py": ORDERS.partition("CURRENCY")[0] + "from shop.parsing import parse\n" + "class Order" + ORDERS.partition("class Order")[2],
        },
    ),
    "what needs the cycle itself cannot move": Case(
        STATEFUL,
        {**STATEFUL, "shop/prices.py": "db = connect()\n\n\nclass Prices:\n    def late(self):\n        from shop.orders import Order\n\n        return Order(db)\n\n\nprices = Prices()\n"},
        "The new import of `shop.orders` by `shop.prices` (shop/prices.py:6) is the weakest link: it stands on `Order` alone. "
        "Pass it in there, or move what uses it out of `shop.prices`.",
        {"shop/prices.py": "db = connect()\n\n\nclass Prices:\n    def late(self, order):\n        return order(db)\n\n\nprices = Prices()\n"},
    ),
    "what uses it moves": Case(
        {**STATEFUL, "shop/web.py": "w = 1\n"},
        {
            **STATEFUL,
            "shop/prices.py": f"db = connect()\n{FEW}\n\ndef late():\n    from shop.orders import Order\n\n    return _of(Order(), db)\n\n\ndef _of(order, rows):\n    return rows\n",
            "shop/web.py": "from shop.prices import late\n\nw = late\n",
        },
        "Move `late` with `_of` from `shop.prices` to a new module of `shop`: nothing else of `shop.prices` uses them. "
        "That takes the cycle away and closes no other.",
        {
            "shop/prices.py": f"db = connect()\n{FEW}",
            "shop/late.py": "from shop.prices import db\n\n\ndef late():\n    from shop.orders import Order\n\n    return _of(Order(), db)\n\n\ndef _of(order, rows):\n    return rows\n",
            "shop/web.py": "from shop.late import late\n\nw = late\n",
        },
    ),
    "a direction that turns": Case(
        {
            "s/__init__.py": "",
            **{f"s/web/v{i}.py": "from s.core.x import y\n" for i in range(4)},
            "s/web/text.py": "from s.core.x import y\n\n\ndef title(text):\n    return text\n\n\ndef more():\n    a = y\n    b = a\n    return b\n",
            "s/core/x.py": "y = 1\n",
        },
        {
            "s/__init__.py": "",
            **{f"s/web/v{i}.py": "from s.core.x import y\n" for i in range(4)},
            "s/web/text.py": "from s.core.x import y\n\n\ndef title(text):\n    return text\n\n\ndef more():\n    a = y\n    b = a\n    return b\n",
            "s/core/x.py": "y = 1\n",
            "s/core/z.py": "from s.web.text import title\n\nq = title('')\n",
        },
        "Move `title` from `s.web.text` to a new module of `s`: it uses nothing else of `s.web.text`. "
        "That keeps the direction and closes no cycle.",
        {
            "s/core/z.py": "from s.text import title\n\nq = title('')\n",
            "s/text.py": "def title(text):\n    return text\n",
            "s/web/text.py": "from s.core.x import y\nfrom s.text import title\n\n\ndef more():\n    a = y\n    b = a\n    return b\n",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_advised_helps_when_it_is_done(case: Case) -> None:
    (finding,) = told(case.base, case.head)
    assert finding.advice.startswith(case.advice)
    assert told(case.base, {**case.head, **case.done}) == []


GENERAL = (
    "Move what `shop.prices` needs from `shop.orders` to a module that imports neither, or pass it in as an argument."
)
MANY = "\n".join(f"def f{i}(x):\n    return total(x)" for i in range(4))


@pytest.mark.parametrize(
    ("orders", "prices"),
    [
        pytest.param(
            f"from shop.prices import g0, g1, g2, g3\n{MANY.replace('total', 'g0')}\nused = g1, g2, g3\n",
            "from shop.orders import f0, f1, f2, f3\n" + "\n".join(f"def g{i}(): return f{i}" for i in range(4)) + "\n",
            id="much on both sides",
        ),
        pytest.param(f"from shop.prices import *\n{ORDERS}", f"from shop.orders import *\n{PRICES}", id="star imports"),
        pytest.param("import shop.prices\nz = vars(shop.prices)\n", "import shop.orders\nz = vars(shop.orders)\n", id="whole modules"),
    ],
)  # fmt: skip
def test_where_nothing_is_certain_the_advice_is_general(orders: str, prices: str) -> None:
    (finding,) = told({**BASE, "shop/orders.py": orders}, {**BASE, "shop/orders.py": orders, "shop/prices.py": prices})
    assert finding.advice == GENERAL


@pytest.mark.parametrize(
    "use",
    [
        "class Mine(Order): ...",
        "def f(x):\n    return isinstance(x, Order)",
        "class Model(Base):\n    order: Order",
        "@app.get('/')\ndef f(x: Order): ...",
        "def f(x: int = Order): ...",
        "Alias = list[Order]",
        "__all__ = ['Order']\n\n\ndef f(x: Order): ...",
    ],
)
def test_what_is_evaluated_is_not_put_under_type_checking(use: str) -> None:
    (finding,) = told(BASE, {**BASE, "shop/prices.py": f"from shop.orders import Order\n{PRICES}\n\n{use}\n"})
    assert "TYPE_CHECKING" not in finding.advice


def test_a_registry_does_not_move() -> None:
    orders = f"{STATEFUL['shop/orders.py']}\n\nrouter = Router(Order)\n"
    base = {**STATEFUL, "shop/orders.py": orders}
    (finding,) = told(base, {**base, "shop/prices.py": "from shop.orders import router\n\ndb = connect(router)\n"})
    assert "weakest link: it stands on `router` alone" in finding.advice


LATE = f"db = connect()\n{FEW}\n\ndef late():\n    from shop.orders import Order\n\n    return Order(db)\n"


@pytest.mark.parametrize(
    ("web", "more", "moves"),
    [
        ("from shop.prices import late\n\nw = late\n", "", True),
        ("from shop import prices\n\nw = prices.late\n", "", True),
        ("from shop import prices\n\nw = vars(prices)\n", "", True),
        ("from shop import prices\n\nw = vars(prices)['late']\n", "", False),
        ("from shop.prices import *\n", "", False),
        ("w = 1\n", "\n\nq = late\n", False),
        ("w = 1\n", "\n\n__all__ = ['late']\n", False),
    ],
    ids=["by name", "by module", "elsewhere", "out of sight", "all names", "used here", "exported"],
)
def test_what_uses_an_import_moves_where_it_is_known_who_takes_it(web: str, more: str, moves: bool) -> None:
    base = {**STATEFUL, "shop/web.py": "w = 1\n"}
    (finding,) = told(base, {**base, "shop/prices.py": LATE + more, "shop/web.py": web})
    assert finding.advice.startswith("Move `late` from `shop.prices` to a new module of `shop`") == moves
    assert finding.level == ("error" if moves else "info")


def test_a_package_that_leads_back_is_no_way_to_the_home_of_a_name() -> None:
    base = {
        "shop/__init__.py": "", "shop/prices.py": PRICES, "shop/models/money.py": "class Money: ...\n",
        "shop/models/__init__.py": "from shop.models.money import Money\nfrom shop.models.order import Order\n",
        "shop/models/order.py": "from shop.prices import total\n\n\nclass Order:\n    t = total(1)\n",
    }  # fmt: skip
    (finding,) = told(base, {**base, "shop/prices.py": f"from shop.models import Money\n{PRICES}\nm = Money()\n"})
    assert "where it comes from" not in finding.advice


def test_advice_keeps_to_the_contracts() -> None:
    wall = b'[[contracts]]\nname = "w"\ntype = "forbidden"\nsource = ["shop.prices"]\ntarget = ["shop.money"]\n'
    from rules.config import parse

    case = CASES["a name that is defined elsewhere"]
    config = parse(wall, "partywall.toml")
    assert config is not None
    first = told(case.base, case.head, config)
    assert [finding.rule for finding in first if "where it comes from" in finding.advice] == []


def test_a_whole_tree_gets_general_advice() -> None:
    case = CASES["a function with what it needs"]
    (finding,) = review(whole_of(case.head), Config(), ABOUT_IMPORTS, "f")
    assert "to a new module" not in finding.advice


PADDING = "".join(f"z{i} = {i}\n" for i in range(30))


def advised(base: Tree, head: Tree) -> list[str]:
    return [
        f.advice
        for f in review(change_of(base, head), Config(), RULES, "f")
        if f.rule.startswith("coupling/") and f.advice
    ]


def test_a_direction_may_be_cut_at_two_imports_that_need_two_new_modules() -> None:
    base = {
        "p/__init__.py": "", "p/other/__init__.py": "", "p/third/x.py": "", "p/s/__init__.py": "",
        "p/t/__init__.py": "from p.s.a2 import k2\n",
        "p/t/b.py": "from p.s.c import cc\n\n\ndef helper():\n    return cc()\n\n\n" + PADDING,
        "p/t/e.py": "from p.s.d import dd\n\n\ndef other():\n    return dd()\n\n\n" + PADDING,
        "p/t/f.py": "from p.s.d import dd\n\ny = dd\n" + PADDING,
        "p/s/c.py": "from p.s.a1 import k1\n\n\ndef cc():\n    return k1\n",
        "p/s/d.py": "def dd():\n    return 1\n",
        "p/s/a1.py": "k1 = 1\n",
        "p/s/a2.py": "k2 = 2\n",
    }  # fmt: skip
    head = {
        **base,
        "p/s/a1.py": "from p.t.e import other\n\nk1 = 1\n\n\ndef q():\n    return other()\n",
        "p/s/a2.py": "from p.t.b import helper\n\nk2 = 2\n\n\ndef r():\n    return helper()\n",
    }
    assert advised(base, head)


def test_nobody_is_sent_to_what_is_private() -> None:
    base = {
        "p/__init__.py": "", "p/orders/__init__.py": "", "p/third/__init__.py": "", "p/third/x.py": "", "p/fourth/x.py": "",
        "p/money/__init__.py": "from p.money._impl import parse\n",
        "p/money/_impl.py": "def parse(t):\n    return int(t)\n",
        "p/orders/o.py": "from p.money import parse\nfrom p.prices.q import q\n",
        "p/prices/__init__.py": "",
        "p/prices/q.py": "q = 1\n",
        "p/prices/r.py": "from p.money import parse\n",
    }  # fmt: skip
    (advice,) = advised(base, {**base, "p/prices/q.py": "from p.orders.o import parse\n\nq = parse('1')\n"})
    assert advice.startswith("Import `parse` into `p.prices.q` from `p.money`, where it comes from.")


CACHE = "def schema():\n    from s.schema import Schema\n\n    return Schema\n"
PACKAGED = {
    "s/__init__.py": "",
    "s/ext/__init__.py": "from .base import Extension\nfrom .cache import schema\n",
    "s/ext/base.py": "class Extension: ...\n",
    "s/ext/cache.py": "def schema():\n    return None\n",
    "s/schema.py": "from s.ext import Extension\n\n\nclass Schema(Extension):\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n",
}


@pytest.mark.parametrize(("apart", "certain"), [(False, False), (True, True)])
def test_a_home_in_a_package_that_runs_on_the_way_takes_no_cycle_away(*, apart: bool, certain: bool) -> None:
    """Who imports `s.ext.base` runs `s.ext` first, and with it what the package imports."""
    base = dict(PACKAGED)
    if apart:
        base |= {
            "s/ext/__init__.py": "from s.base import Extension\nfrom .cache import schema\n",
            "s/base.py": "class Extension: ...\n",
        }
        del base["s/ext/base.py"]
    (finding,) = told(base, {**base, "s/ext/cache.py": CACHE})
    assert ("where it comes from. That takes the cycle away" in finding.advice) == certain
    assert finding.level == ("error" if certain else "info")


@pytest.mark.parametrize(("takes", "moves"), [(True, False), (False, True)])
def test_a_move_that_leaves_a_long_way_round_is_not_advised(*, takes: bool, moves: bool) -> None:
    """`a` may take what is to move: it then leads back to itself over that and two more modules."""
    large = "    w = 1\n    x = 2\n    y = 3\n    z = 4\n"
    base = {
        "s/__init__.py": "",
        "s/a.py": f"from s.b import {'work' if takes else 'z1'}\n\n\ndef a():\n    return {'work' if takes else 'z1'}\n",
        "s/b.py": f"{FEW}\n\ndef work():\n    return 1\n",
        "s/c.py": f"from s.d import D\n\n\nclass C:\n    d = D\n{large}",
        "s/d.py": f"from s.a import a\n\n\nclass D:\n    a = a\n{large}",
    }
    (finding,) = told(base, {**base, "s/b.py": f"{FEW}\n\ndef work():\n    from s.c import C\n\n    return C\n"})
    assert ("That takes the cycle away" in finding.advice) == moves
    assert finding.level == ("error" if moves else "info")


def test_nothing_moves_into_a_package_that_leads_back_inside_a_function() -> None:
    base = {
        "s/__init__.py": "",
        "s/models/__init__.py": f"{FEW}\n\ndef client():\n    return z1\n\n\ndef load():\n    from s.guard import guard\n\n    return guard()\n",
        "s/models/one.py": "",
        "s/guard.py": "def guard():\n    return 1\n",
    }
    (advice,) = advised(
        base, {**base, "s/guard.py": "from s.models import client\n\n\ndef guard():\n    return client()\n"}
    )
    assert "from `s.models` to a new module of `s`: they use nothing else" in advice


def test_it_is_said_what_a_move_leaves() -> None:
    base = {
        "s/a.py": "def a():\n    import s.m\n\n    return s.m\n",
        "s/m.py": "def m():\n    import s.b\n\n    return s.b\n",
        "s/b.py": f"from s.a import a\n\n{FEW}\n\ndef f():\n    return 1\n",
    }
    (advice,) = advised(base, {**base, "s/a.py": f"from s.b import f\n\n\n{base['s/a.py']}\n\nx = f()\n"})
    assert advice.endswith(
        "takes the cycle away and closes no other; longer ways round, which the base has as well, stay."
    )


def test_of_a_reversal_that_is_information_no_move_is_told_that_leaves_it() -> None:
    """Nobody imports `s.core.main`, so its import is information; `helper` comes from the same package by any way."""
    layers = {f"s/web/v{i}.py": "from s.core.x import x\n" for i in range(4)}
    base = {
        **layers,
        "s/core/x.py": "x = 1\n",
        "s/core/main.py": "m = 1\n",
        "s/web/a.py": "from s.web.b import helper\n",
        "s/web/b.py": "import os\n\n\ndef helper():\n    return os.getcwd()\n",
    }
    head = {**base, "s/core/main.py": "from s.web.a import helper\n\nm = helper()\n"}
    rules = [rule for rule in RULES if rule.name.startswith("coupling/") and rule.name != "coupling/first-edge"]
    found = review(change_of(base, head), Config(), rules, "f")
    assert [(finding.rule, finding.level) for finding in found] == [("coupling/reversal", "info")]
    assert "keeps the direction" not in found[0].advice
