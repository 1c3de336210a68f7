"""The examples of `boundaries/contract`: for each type of contract a change that breaks it, and changes rightly passed."""

from __future__ import annotations

from collections.abc import Mapping

from rules.rule import Example

_SHOP = {
    "shop/__init__.py": "",
    "shop/web/views.py": "x = 1\n",
    "shop/core/__init__.py": "",
    "shop/core/prices.py": "y = 1\n",
    "shop/mail/send.py": "z = 1\n",
    "shop/old/orders.py": "def place():\n    pass\n",
}


def _example(
    title: str, contract: str, change: Mapping[str, str], findings: tuple[tuple[str, int], ...] = ()
) -> Example:
    settings = f'[[contracts]]\nname = "{title}"\n{contract}\n'
    return Example(title=title, settings=settings, base=_SHOP, head={**_SHOP, **change}, findings=findings)


EXAMPLES = (
    _example(
        "a lower layer imports a higher one",
        'type = "layers"\nlayers = ["shop.web", "shop.core"]',
        {"shop/core/prices.py": "from shop.web.views import x\n\ny = x\n"},
        (("shop/core/prices.py", 1),),
    ),
    _example(
        "the allowed direction",
        'type = "layers"\nlayers = ["shop.web", "shop.core"]',
        {"shop/web/views.py": "from shop.core.prices import y\n\nx = y\n"},
    ),
    _example(
        "past a closed layer",
        'type = "layers"\nlayers = ["shop.web", { modules = ["shop.core"], closed = true }, "shop.old"]',
        {"shop/web/views.py": "from shop.old import orders\n\nx = orders\n"},
        (("shop/web/views.py", 1),),
    ),
    _example(
        "a package that the core must not know",
        'type = "forbidden"\nsource = ["shop.core"]\ntarget = ["django"]',
        {"shop/core/prices.py": "from django.db import models\n\ny = models\n"},
        (("shop/core/prices.py", 1),),
    ),
    _example(
        "one of several siblings imports another",
        'type = "independent"\nmodules = ["shop.web", "shop.mail"]',
        {"shop/mail/send.py": "from shop.web import views\n\nz = views\n"},
        (("shop/mail/send.py", 1),),
    ),
    _example(
        "more than a module may import",
        'type = "allowed"\nmodules = { "shop.web" = ["shop.core"], "shop.core" = [], "shop.mail" = ["shop.core"] }',
        {"shop/mail/send.py": "from shop.core import prices\nfrom shop.web import views\n\nz = prices, views\n"},
        (("shop/mail/send.py", 2),),
    ),
    _example(
        "a module below a package that publishes only itself",
        'type = "public"\nmodules = ["shop.core"]',
        {"shop/mail/send.py": "from shop.core.prices import y\n\nz = y\n"},
        (("shop/mail/send.py", 1),),
    ),
    _example(
        "a name that the package publishes",
        'type = "public"\nmodules = ["shop.core"]\nnames = ["prices.y"]',
        {"shop/mail/send.py": "from shop.core.prices import y\n\nz = y\n"},
    ),
    _example(
        "an importer that is not on the list",
        'type = "protected"\nmodules = ["shop.core"]\nimporters = ["shop.web"]',
        {"shop/mail/send.py": "from shop.core.prices import y\n\nz = y\n"},
        (("shop/mail/send.py", 1),),
    ),
    _example(
        "siblings in a circle",
        'type = "acyclic"\nparents = ["shop"]',
        {
            "shop/mail/send.py": "from shop.web import views\n\nz = views\n",
            "shop/web/views.py": "x = 1\n\n\ndef view():\n    from shop.mail import send\n\n    return send\n",
        },
        (("shop/mail/send.py", 1),),
    ),
    _example(
        "a new importer of what is frozen, and a new definition in it",
        'type = "frozen"\nmodules = ["shop.old"]',
        {
            "shop/web/views.py": "from shop.old.orders import place\n\nx = place\n",
            "shop/old/orders.py": "def place():\n    pass\n\n\ndef cancel(order):\n    return order\n",
        },
        (("shop/web/views.py", 1), ("shop/old/orders.py", 5)),
    ),
)
