"""What is no copy: code that has to look alike, because a protocol, a wrapper or a list of fields looks like that."""

from __future__ import annotations

import pytest

from tests.rules.silence.case import Case, added

CHARGE = '''\
def charge(gateway, order, card, *, currency="EUR", capture=True):
    """Charges a card for an order."""
    amount = int((order.total * 100).to_integral_value(rounding=ROUND_HALF_UP))
    token = gateway.tokenize(number=card.number, expiry=card.expiry, holder=card.holder)
    response = gateway.post("/charges", {"amount": amount, "currency": currency, "source": token, "capture": capture})
    if response["status"] == "declined":
        raise CardDeclined(response["decline_code"], order.pk)
    payment = Payment.objects.create(order=order, reference=response["id"], amount=amount, fee=response["fee"])
    order.history.append(f"charged {payment.reference}")
    return payment
'''
CHARGE_AGAIN = CHARGE.replace("def charge", "def bill").replace("payment", "record")
RETRYING = """\
def charge_with_retry(gateway, order, card, *, currency="EUR", capture=True, attempts=3):
    for attempt in range(1, attempts + 1):
        with transaction.atomic(), metrics.timer("payments.charge", attempt=attempt):
            try:
                payment = charge(gateway, order, card, currency=currency, capture=capture)
            except GatewayTimeout as error:
                log.warning("charge of %s timed out, attempt %d", order.pk, attempt, exc_info=error)
                sleep(backoff(attempt))
            else:
                receipts.send(order.customer.email, payment)
                return payment
    raise PaymentFailed(order.pk)
"""
QUICK = """\
def quick_charge(gateway, order, card, *, currency="EUR", capture=True):
    if order.total > QUICK_LIMIT:
        raise TooExpensive(order.total)
    payment = charge(gateway, order, card, currency=currency, capture=capture)
    order.history.append(f"quick {payment.reference}")
    return payment
"""
FORWARDING = """\
class {0}Storage(Storage):
    def __init__(self, client):
        self._client = client

    def read(self, name):
        return self._client.{1}(self._bucket, name)

    def write(self, name, data):
        return self._client.{2}(self._bucket, name, data)

    def exists(self, name):
        return self._client.{3}(self._bucket, name)

    def delete(self, name):
        return self._client.{4}(self._bucket, name)

    def url(self, name):
        return self._client.{5}(self._bucket, name, expires=self._expires)
"""
S3 = FORWARDING.format("S3", "get_object", "put_object", "head_object", "delete_object", "presign_get")
GCS = FORWARDING.format("Gcs", "download", "upload", "stat", "remove", "signed_url")
CACHE = """\
class {0}(Backend):
    def get(self, key, default=None, version=None):
        key = self.make_and_validate_key(key, version=version)
        value = self._client.get(key)
        return default if value is None else self.decode(value)

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        key = self.make_and_validate_key(key, version=version)
        pipeline = self._client.pipeline(transaction=True)
        pipeline.set(key, self.encode(value), px=int(self.get_backend_timeout(timeout) * 1000))
        pipeline.sadd(self.index_key(version), key)
        pipeline.execute()

    def clear(self, version=None):
        for chunk in batched(self._client.sscan_iter(self.index_key(version)), CHUNK):
            self._client.unlink(*chunk)
        self._client.delete(self.index_key(version))
"""
SAVES = """\
class {0}(models.Model):
    def save(self, *args, **kwargs):
        if not self.slug:
            self.slug = slugify(self.{1})
        super().save(*args, **kwargs)

    def clean(self):
        super().clean()
        if self.{2} and self.{2} > {3}:
            raise ValidationError({{"{2}": _("{4}")}})

    def get_absolute_url(self):
        return reverse("{5}", kwargs={{"slug": self.slug}})

    def get_queryset(self):
        return super().get_queryset().select_related("{6}").filter({7}=self.request.{7})
"""
SAVED = """\
class {0}(models.Model):
    def save(self, *args, **kwargs):
        if not self.slug:
            base = slugify(self.title, allow_unicode=settings.UNICODE_SLUGS)[:SLUG_LENGTH]
            taken = set(type(self).objects.filter(slug__startswith=base).values_list("slug", flat=True))
            self.slug = next(slug for n in itertools.count() if (slug := f"{{base}}-{{n}}" if n else base) not in taken)
        self.search_text = " ".join(strip_tags(part) for part in (self.title, self.summary, self.body))
        super().save(*args, **kwargs)
"""
OVERLOADS = """\
@overload
def {0}(engine: Engine, statement: Select[T], *, one: Literal[True], stream: Literal[False] = ...) -> {1}: ...
@overload
def {0}(engine: Engine, statement: Select[T], *, one: Literal[False] = ..., stream: Literal[True]) -> Iterator[{1}]: ...
@overload
def {0}(engine: Engine, statement: Select[T], *, one: Literal[False] = ..., stream: Literal[False] = ...) -> list[{1}]: ...
def {0}(engine, statement, *, one=False, stream=False):
    return {2}(engine, statement, one=one, stream=stream)
"""
PROTOCOL = """\
class {0}(Protocol):
    @property
    def name(self) -> str: ...
    def connect(self, host: str, port: int, *, timeout: float = 10.0, tls: bool = True) -> Connection: ...
    def publish(self, topic: str, payload: bytes, *, headers: Mapping[str, str] | None = None) -> int: ...
    def subscribe(self, topic: str, handler: Callable[[Message], None], *, group: str = "default") -> None: ...
    def close(self, *, drain: bool = True, deadline: float | None = None) -> None: ...
"""
ABSTRACT = """\
class {0}(ABC):
    @abstractmethod
    def connect(self, host, port, *, timeout=10.0, tls=True):
        raise NotImplementedError(f"{{type(self).__name__}} must implement connect")

    @abstractmethod
    def publish(self, topic, payload, *, headers=None):
        raise NotImplementedError(f"{{type(self).__name__}} must implement publish")

    @abstractmethod
    def subscribe(self, topic, handler, *, group="default"):
        raise NotImplementedError(f"{{type(self).__name__}} must implement subscribe")
"""
FORMATS = """\
class {0}Formatter(Formatter):
    media_type = "{1}"
    extension = "{2}"

    def supports(self, accept):
        return self.media_type in accept or "*/*" in accept

    def encode(self, rows):
        return {3}

    def decode(self, data):
        return {4}

    def filename(self, stem):
        return f"{{stem}}.{{self.extension}}"
"""
VISITOR = """\
class {0}(ast.NodeVisitor):
    def __init__(self):
        self.{1} = []

    def visit_FunctionDef(self, node):
        self.{1}.append({2})
        self.generic_visit(node)

    def visit_ClassDef(self, node):
        self.{1}.append({3})
        self.generic_visit(node)

    def visit_Import(self, node):
        for alias in node.names:
            self.{4}(alias.name)
"""
DUNDERS = """\
class {0}:
    def __eq__(self, other):
        if not isinstance(other, {0}):
            return NotImplemented
        return (self.amount, self.currency.code, self.scale) == (other.amount, other.currency.code, other.scale)

    def __hash__(self):
        return hash((type(self), self.amount, self.currency.code, self.scale))

    def __lt__(self, other):
        if not isinstance(other, {0}) or self.currency.code != other.currency.code:
            return NotImplemented
        return self.amount * 10**other.scale < other.amount * 10**self.scale

    def __repr__(self):
        return f"{{type(self).__name__}}(amount={{self.amount!r}}, currency={{self.currency.code!r}}, scale={{self.scale!r}})"

    def __getstate__(self):
        return {{"amount": str(self.amount), "currency": self.currency.code, "scale": self.scale}}

    def __setstate__(self, state):
        self.amount = Decimal(state["amount"])
        self.currency = Currency.get(state["currency"])
        self.scale = state["scale"]
"""
ALLOCATE = (
    DUNDERS.replace("__eq__", "matches")
    .replace("__hash__", "digest")
    .replace("__lt__", "cheaper")
    .replace("__repr__", "describe")
    .replace("__getstate__", "dump")
    .replace("__setstate__", "load")
)
CONTEXTS = """\
class {0}:
    def __init__(self, path):
        self.path = path
        self.handle = None

    def __enter__(self):
        self.handle = {1}
        return self

    def __exit__(self, exc_type, exc, tb):
        if self.handle is not None:
            self.handle.close()
        return False

    def __iter__(self):
        return iter(self.handle)

    def __len__(self):
        return {2}
"""
PROPERTY = """\
    @property
    def {0}(self):
        return self._{0}

    @{0}.setter
    def {0}(self, value):
        if value is not None and not isinstance(value, {1}):
            raise TypeError("{0} must be {1}")
        self._{0} = value

"""
AXIS = "class {0}:\n" + "".join(
    PROPERTY.format(n, t) for n, t in (("label", "str"), ("ticks", "list"), ("scale", "Scale"))
)
GRID = "class Grid(Artist):\n" + "".join(
    PROPERTY.format(n, t) for n, t in (("colour", "Colour"), ("label", "str"), ("width", "float"))
)
CREATE = """\
def create_{0}({1}, name, slug, owner, status, priority, starts_at, ends_at, currency, notes, *, session):
    {0} = {2}(
        {1}={1},
        name=name,
        slug=slug,
        owner=owner,
        status=status,
        priority=priority,
        starts_at=starts_at,
        ends_at=ends_at,
        currency=currency,
        notes=notes,
    )
    session.add({0})
    session.flush()
    return {0}
"""
FORWARD_ALL = """\
def {0}(data, *, columns=None, index=None, dtype=None, engine="c", chunksize=None, encoding="utf-8", errors="strict"):
    return _{0}(
        data,
        columns=columns,
        index=index,
        dtype=dtype,
        engine=engine,
        chunksize=chunksize,
        encoding=encoding,
        errors=errors,
    )
"""
DECORATOR = """\
def {0}(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        {1}
        return function(*args, **kwargs)

    return wrapper
"""
MESSAGES = """\
class {0}NotFound(ShopError):
    status_code = 404
    code = "{1}_not_found"

    def __init__(self, {1}_id):
        super().__init__(f"{2} {{{1}_id}} was not found")
        self.{1}_id = {1}_id


class {0}{3}(ShopError):
    status_code = {4}
    code = "{1}_{5}"

    def __init__(self, {1}, {6}):
        super().__init__(f"{2} {{{1}.pk}} {7} {{{6}}}")
        self.{1} = {1}
        self.{6} = {6}
"""
MIDDLEWARE = """\
class {0}Middleware:
    def __init__(self, get_response):
        self.get_response = get_response
        self.enabled = getattr(settings, "{1}_ENABLED", False)
        if not self.enabled:
            raise MiddlewareNotUsed("{1}_ENABLED is off")

    def __call__(self, request):
        {2}
        response = self.get_response(request)
        {3}
        return response
"""
RECEIVERS = """\
@receiver(post_save, sender={0}, dispatch_uid="{1}_saved")
def {1}_saved(sender, instance, created, raw=False, **kwargs):
    if raw:
        return
    if created:
        {2}
    transaction.on_commit(lambda: {3}.delay(instance.pk))


@receiver(post_delete, sender={0}, dispatch_uid="{1}_deleted")
def {1}_deleted(sender, instance, **kwargs):
    {4}
"""
DOCS = """\
def {0}(frame, *, axis=0, skipna=True, weights=None):
    \"\"\"Return the {0} of the values over the requested axis.

    Parameters
    ----------
    frame : DataFrame
        The table whose values are reduced; columns that are not numeric are left out.
    axis : {{{{0, 1}}}}, default 0
        Axis along which the values are reduced: 0 goes down the rows, 1 across the columns.
    skipna : bool, default True
        Whether missing values are left out before the computation starts.
    weights : array-like, optional
        One weight for each row, normalised so that all of them sum to one.

    Returns
    -------
    Series
        One value for each column, indexed by the names of the columns.
    \"\"\"
    {1}
"""
QUERIES = '''\
{0} = """
    SELECT orders.id, orders.number, orders.placed_at, {1}
    FROM orders
    JOIN customers ON customers.id = orders.customer_id
    {2}
    WHERE orders.tenant_id = %(tenant)s AND {3}
    ORDER BY {4}
"""


def {5}(cursor, tenant, **params):
    cursor.execute({0}, {{"tenant": tenant.pk, **params}})
    return {6}
'''
COMPAT = """\
if sys.version_info >= (3, 12):
    def {0}(values, size):
        return itertools.batched(values, size)
else:
    def {0}(values, size):
        iterator = iter(values)
        while chunk := tuple(itertools.islice(iterator, size)):
            yield chunk
"""
TYPES = """\
class {0}Row(NamedTuple):
    id: UUID
    tenant: str
    created_at: datetime
    updated_at: datetime | None
    {1}: Decimal
    tags: tuple[str, ...] = ()
    attributes: Mapping[str, str | int | None] = MappingProxyType({{}})


class {0}Dict(TypedDict, total=False):
    id: Required[str]
    tenant: Required[str]
    created_at: str
    {1}: NotRequired[float]
    tags: list[str]
    attributes: dict[str, str | int | None]
"""

ALL = [
    pytest.param(added(CHARGE, "from shop.billing import charge\n\n\n" + RETRYING, (CHARGE, CHARGE_AGAIN)), id="wrapper that retries"),
    pytest.param(added(CHARGE, "from shop.billing import charge\n\n\n" + QUICK), id="wrapper that checks first"),
    pytest.param(added(CHARGE, "from shop.billing import charge\n\n\n" + RETRYING + "\n\n" + QUICK.replace("quick", "fast")), id="two wrappers of one function"),
    pytest.param(added(S3, GCS, (CACHE.format("Redis"), CACHE.format("Keydb"))), id="adapters that forward each method"),
    pytest.param(Case({"shop/base.py": OVERLOADS.format("fetch", "T", "_fetch")}, {"shop/base.py": OVERLOADS.format("fetch", "T", "_fetch"), "shop/s3.py": S3, "shop/gcs.py": GCS}), id="two adapters of one protocol in one change"),
    pytest.param(added(SAVES.format("Article", "title", "embargo", "limit()", "Too late", "article", "author", "site"), SAVES.format("Event", "name", "capacity", "MAX", "Too many", "event-detail", "venue", "tenant"), (SAVED.format("Article"), SAVED.format("Event"))), id="overrides that call super, models"),
    pytest.param(added(OVERLOADS.format("fetch", "T", "_fetch"), OVERLOADS.format("load", "Row", "_load")), id="overloads"),
    pytest.param(added(PROTOCOL.format("Broker"), PROTOCOL.format("Bus").replace("default", "workers")), id="protocols"),
    pytest.param(added(ABSTRACT.format("Broker"), ABSTRACT.format("Bus")), id="abstract methods"),
    pytest.param(added(FORMATS.format("Json", "application/json", "json", "json.dumps(rows).encode()", "json.loads(data)"), FORMATS.format("Yaml", "application/yaml", "yml", "yaml.safe_dump(rows, encoding='utf-8')", "yaml.safe_load(data)"), (CACHE.format("Redis"), CACHE.format("Memcache"))), id="implementations of one interface"),
    pytest.param(added(VISITOR.format("Names", "names", "node.name", "f'{node.name}()'", "record"), VISITOR.format("Lengths", "lengths", "len(node.body)", "len(node.bases)", "count")), id="visitors"),
    pytest.param(added(DUNDERS.format("Money"), DUNDERS.format("Price"), (ALLOCATE.format("Money"), ALLOCATE.format("Price"))), id="dunder methods"),
    pytest.param(added(CONTEXTS.format("Log", "open(self.path, 'a')", "os.stat(self.path).st_size"), CONTEXTS.format("Archive", "tarfile.open(self.path)", "len(self.handle.getmembers())")), id="context manager classes"),
    pytest.param(added(AXIS.format("Axis"), GRID), id="property families"),
    pytest.param(added(CREATE.format("campaign", "channel", "Campaign"), CREATE.format("contract", "partner", "Contract"), (CHARGE, CHARGE_AGAIN)), id="factories with many keyword arguments"),
    pytest.param(added(FORWARD_ALL.format("read_csv"), FORWARD_ALL.format("read_fwf")), id="argument forwarding"),
    pytest.param(added(DECORATOR.format("audited", "audit.record(function.__qualname__, user=current_user())") + "\n\n" + DECORATOR.format("locked", "locks.acquire(function.__name__)"), DECORATOR.format("limited", "limiter.check(current_user(), cost=2)") + "\n\n" + DECORATOR.format("cached_errors", "errors.reset(function)")), id="decorators"),
    pytest.param(added(MESSAGES.format("Order", "order", "Order", "Shipped", 409, "shipped", "day", "was sent on"), MESSAGES.format("Ticket", "ticket", "Ticket", "Locked", 423, "locked", "agent", "is in the hands of")), id="exceptions with messages"),
    pytest.param(added(MIDDLEWARE.format("Timing", "TIMING", "started = time.perf_counter()", "response['X-Took'] = f'{time.perf_counter() - started:.3f}'"), MIDDLEWARE.format("Tenant", "TENANCY", "request.tenant = Tenant.of(request.get_host())", "patch_vary_headers(response, ['Host'])")), id="middleware"),
    pytest.param(added(RECEIVERS.format("Order", "order", "stock.reserve(instance.lines.all())", "index_order", "stock.release(instance.number)"), RECEIVERS.format("Ticket", "ticket", "assign(instance, rota.now())", "notify_agents", "search.forget('ticket', instance.pk)")), id="signal receivers"),
    pytest.param(added(DOCS.format("mean", "return _reduce(frame, np.nanmean if skipna else np.mean, axis, weights)"), DOCS.format("skew", "centred = frame - mean(frame, axis=axis)\n    return (centred**3).sum(axis) / (centred**2).sum(axis) ** 1.5")), id="docstrings"),
    pytest.param(added(QUERIES.format("LATE", "parcels.sent_at", "JOIN parcels ON parcels.order_id = orders.id", "parcels.sent_at > orders.due_at", "parcels.sent_at", "late_orders", "[Late(*row) for row in cursor]"), QUERIES.format("TOP", "sum(lines.amount)", "JOIN lines ON lines.order_id = orders.id", "customers.level = %(level)s", "sum(lines.amount) DESC LIMIT 10", "top_orders", "dict((row[0], row[3]) for row in cursor.fetchmany(10))")), id="queries over the same tables"),
    pytest.param(added("x = 1\n", COMPAT.format("batched")), id="versions for two Pythons"),
    pytest.param(added(TYPES.format("Order", "total"), TYPES.format("Ticket", "estimate")), id="named tuples and typed dicts"),
]  # fmt: skip
