"""Strings that name modules: which make an edge, which do not, and what follows from one."""

from __future__ import annotations

import pytest

from rules.trees import snapshot_of
from tests.support.contracts import breaches, notes_on

SHOP = {
    "shop/__init__.py": "",
    "shop/urls.py": "",
    "shop/middleware.py": "def stamp(get_response): ...\n",
    "shop/orders/__init__.py": "",
    "shop/orders/models.py": "class Order(Model): ...\n",
    "shop/orders/tasks.py": "def send(): ...\n",
    "shop/orders/log.py": "class Formatter: ...\n",
    "shop/catalog/__init__.py": "",
    "shop/catalog/models/__init__.py": "class Item(Model): ...\n",
    "shop/wiki/__init__.py": "",
    "shop/wiki/apps.py": "class WikiConfig(AppConfig):\n    name = 'shop.wiki'\n    label = 'pages'\n",
    "shop/wiki/models.py": "class Page(Model): ...\n",
    "jobs.py": "def nightly(): ...\n",
}
ORDERS, ITEMS, PAGES, TASKS = "shop.orders.models", "shop.catalog.models", "shop.wiki.models", "shop.orders.tasks"


def named(source: str, path: str = "web/a.py", **more: str) -> list[str]:
    """The modules that the strings of a file lead to, in source order."""
    tree = {**SHOP, **more, path: source + "\n"}
    graph = snapshot_of(tree).graph
    (importer,) = (name for name, where in graph.modules.items() if where == path)
    return [edge.imported for edge in graph.edges_of(importer) if edge.scope == "string"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("order = models.ForeignKey('orders.Order', on_delete=CASCADE)", [ORDERS]),
        ("order = ForeignKey(\n    to='orders.Order',\n    on_delete=CASCADE,\n)", [ORDERS]),
        ("class Line(Model):\n    order = OneToOneField('orders.Order')", [ORDERS]),
        ("items = ManyToManyField('catalog.Item', through='orders.Line')", [ITEMS, ORDERS]),
        ("items = ManyToManyField(Item, through='orders.Line')", [ORDERS]),
        ("parent = TreeForeignKey('catalog.Item')", [ITEMS]),
        ("page = ForeignKey('pages.Page')", [PAGES]),
        ("page = ForeignKey('wiki.Page')", []),
        ("order = ForeignKey('Order')\nown = ForeignKey('self')", []),
        ("user = ForeignKey('auth.User')\nkind = ForeignKey('contenttypes.ContentType')", []),
        ("order_id = Column(ForeignKey('orders.id'))", []),
        ("order = ForeignKey(Order, related_name='orders.Order')", []),
        ("order = lookup('orders.Order')", []),
        ("class A(B):\n    'as in ForeignKey(\"orders.Order\")'", []),
        ("# ForeignKey('orders.Order')", []),
        ("order = ForeignKey(f'orders.{name}')", []),
    ],
)
def test_references_between_models_lead_to_the_models_of_the_app(source: str, expected: list[str]) -> None:
    assert named(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    return apps.get_model('orders', 'Order')", [ORDERS]),
        ("def f():\n    return apps.get_model('orders', 'order')", [ORDERS]),
        ("def f():\n    return get_model('catalog.Item')", [ITEMS]),
        ("model = get_model(name, 'Order')\nother = get_model('gpt')", []),
        ("AUTH_USER_MODEL = 'orders.Order'", [ORDERS]),
        ("def f():\n    return getattr(settings, 'SHOP_ITEM_MODEL', 'catalog.Item')", [ITEMS]),
        ("DEFAULT = 'orders.Order'", []),
    ],
)
def test_models_are_asked_for_by_label(source: str, expected: list[str]) -> None:
    assert named(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("INSTALLED_APPS = ['django.contrib.auth', 'shop.orders', 'jobs']", ["shop.orders", "jobs"]),
        ("INSTALLED_APPS = [*DJANGO_APPS, 'shop.wiki.apps.WikiConfig']", ["shop.wiki.apps"]),
        ("LOCAL_APPS = ('shop.orders',) + ('shop.catalog',)", ["shop.orders", "shop.catalog"]),
        ("if DEBUG:\n    INSTALLED_APPS += ['shop.orders']", ["shop.orders"]),
        ("INSTALLED_APPS.append('shop.orders')", ["shop.orders"]),
        ("INSTALLED_APPS = ['shop.gone']", []),
        ("MIDDLEWARE = ['shop.middleware.stamp', 'django.middleware.common.CommonMiddleware']", ["shop.middleware"]),
        ("ROOT_URLCONF = 'shop.urls'", ["shop.urls"]),
        ("ROOT_URLCONF: str = 'shop.urls'", ["shop.urls"]),
        (
            "MIDDLEWARE = []\nSTORE = os.environ.get('STORE', 'shop.orders.log.Formatter')",
            ["shop.orders.log"],
        ),
        ("class Base(Configuration):\n    ROOT_URLCONF = 'shop.urls'", ["shop.urls"]),
        ("STORAGES['default'] = {'BACKEND': 'shop.orders.log.Formatter'}", ["shop.orders.log"]),
        (
            "LOGGING = {'formatters': {'json': {'()': 'shop.orders.log.Formatter'}}, 'loggers': {'shop.orders': {}}}",
            ["shop.orders.log"],
        ),
        ("def f():\n    dictConfig({'handlers': {'a': {'class': 'shop.orders.log.Formatter'}}})", ["shop.orders.log"]),
        ("os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.urls')", ["shop.urls"]),
        ("FORMATTER_CLASS = 'shop.orders.log.Formatter'", ["shop.orders.log"]),
        ("default_app_config = 'shop.wiki.apps.WikiConfig'", ["shop.wiki.apps"]),
        ("handler404 = 'shop.middleware.stamp'", ["shop.middleware"]),
        ("def f():\n    LEVEL = 'shop.orders.log.Formatter'", []),
        ("METRIC = 'shop.orders.count'\nTRACER = 'shop.orders'\nDOMAIN = 'shop.example'", []),
        ("path = 'shop.urls'\nx = {'widget': 'shop.orders.log.Formatter'}", []),
        ("ROOT_URLCONF = ''\nx = SETTINGS['shop.urls'] == 'shop.urls'", []),
        ("MIDDLEWARE = []\nWORD = 'jobs'\nHOST = 'jobs.example'", []),
    ],
)
def test_settings_lead_to_what_they_name(source: str, expected: list[str]) -> None:
    assert named(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    app.send_task('shop.orders.tasks.send', args=[1])", [TASKS]),
        ("chain(signature('shop.orders.tasks.send'), signature('jobs.nightly'))", [TASKS, "jobs"]),
        ("app.conf.task_routes = {'shop.orders.tasks.*': {'queue': 'slow'}}", [TASKS]),
        ("CELERY_TASK_ROUTES = {'shop.orders.tasks.send': {'queue': 'shop.urls'}}", [TASKS]),
        ("app.conf.update(task_routes={'jobs.nightly': {'queue': 'slow'}})", ["jobs"]),
        ("CELERY_BEAT_SCHEDULE = {'a': {'task': 'shop.orders.tasks.send', 'schedule': 1}}", [TASKS]),
        ("def f():\n    app.conf.beat_schedule = {'a': {'task': 'shop.orders.tasks.send'}}", [TASKS]),
        ("CELERY_IMPORTS = ('shop.orders.tasks',)", [TASKS]),
        ("app.autodiscover_tasks(['shop.orders'])", ["shop.orders"]),
        ("app.autodiscover_tasks(packages=['shop.orders'], related_name='shop.urls')", ["shop.orders"]),
        ("send_task('orders.send')\nsend_task('nightly')", []),
    ],
)
def test_tasks_lead_to_the_module_that_defines_them(source: str, expected: list[str]) -> None:
    assert named(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "urls = [\n  path('a', include('shop.urls')),\n  path('b', include(('shop.urls', 'jobs'))),\n]",
            ["shop.urls", "shop.urls"],
        ),
        ("include('layout.html')", []),
        ("def f():\n    return import_string('shop.orders.log.Formatter')", ["shop.orders.log"]),
        ("import_module('shop.orders.tasks')\nimport_module('jobs')", [TASKS, "jobs"]),
        ("x = f'{import_module(\"jobs\")}'", ["jobs"]),
        ("@register\ndef f(x=None):\n    with import_module('jobs'):\n        pass", ["jobs"]),
    ],
)
def test_calls_that_import_lead_to_what_they_name(source: str, expected: list[str]) -> None:
    assert named(source) == expected


def test_a_label_of_two_apps_is_of_neither_unless_one_declares_it() -> None:
    source = "order = ForeignKey('orders.Order')"
    other = {"old/__init__.py": "", "old/orders/__init__.py": "", "old/orders/models.py": ""}
    assert named(source, **other) == []
    config = "class OrdersConfig(AppConfig):\n    name = 'shop.orders'\n"
    assert named(source, **other, **{"shop/orders/apps.py": config}) == [ORDERS]
    assert named(source, **other, **{"shop/orders/apps.py": config + "    label = 'sales'\n"}) == ["old.orders.models"]


def test_a_label_of_djangos_own_is_the_repositorys_where_it_says_so() -> None:
    source, models = (
        "user = ForeignKey('auth.User')",
        {"my/__init__.py": "", "my/auth/__init__.py": "", "my/auth/models.py": ""},
    )
    assert named(source, **models) == []
    config = {"my/auth/apps.py": "class AuthConfig(AppConfig):\n    name = 'my.auth'\n"}
    assert named(source, **models, **config) == ["my.auth.models"]


def test_the_name_is_taken_from_the_module() -> None:
    """Only imports of the module itself are reported where a package publishes names."""
    contract = 'type = "public"\nmodules = ["shop.orders"]\nnames = ["models.Order"]\n'
    keys = {"web/a.py": "a = ForeignKey('orders.Order')\n", "web/b.py": "b = ForeignKey('orders.Line')\n"}
    assert [finding.path for finding in breaches(contract, SHOP, {**SHOP, **keys})] == ["web/b.py"]


LAYERS = 'type = "layers"\nlayers = ["shop.orders", "shop.catalog"]\n'
BROKEN = {**SHOP, "shop/catalog/prices.py": "\n\norder = ForeignKey('orders.Order', on_delete=CASCADE)\n"}


def test_a_reference_between_models_breaks_a_contract() -> None:
    (finding,) = breaches(LAYERS, SHOP, BROKEN)
    assert (finding.path, finding.start_line) == ("shop/catalog/prices.py", 3)
    assert [(edge.imported, edge.scope) for edge in finding.edges] == [(ORDERS, "string")]
    assert f"now names `{ORDERS}` in a string; contract" in finding.message
    assert breaches(LAYERS, BROKEN, BROKEN) == []
    assert breaches(LAYERS + 'scopes = ["import", "lazy"]\n', SHOP, BROKEN) == []


def test_an_exception_covers_a_reference_between_models() -> None:
    excepted = LAYERS + (
        'exceptions = [{ from = "shop.catalog.*", to = "shop.orders.models", reason = "the schema is older" }]\n'
    )
    assert breaches(excepted, SHOP, BROKEN) == []
    assert notes_on(excepted, SHOP, BROKEN) == ()


def test_a_name_that_is_not_here_leads_nowhere() -> None:
    """A setting may be any dotted text; only `import_module` certainly names a module, here or outside."""
    contract = 'type = "forbidden"\nsource = ["web"]\ntarget = ["vendor"]\n'
    base = {**SHOP, "web/a.py": "x = 1\n"}
    setting = {**base, "web/a.py": "MIDDLEWARE = ['vendor.middleware.Stamp']\n"}
    dynamic = {**base, "web/a.py": "import_module('vendor.middleware')\n"}
    assert breaches(contract, base, setting) == []
    assert len(breaches(contract, base, dynamic)) == 1
