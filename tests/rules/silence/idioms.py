"""What is no copy: idioms that everybody writes, within functions that do different things."""

from __future__ import annotations

import pytest

from tests.rules.silence.case import added

JSON = """\
def load_catalog(path, registry):
    with path.open(encoding="utf-8") as file:
        data = json.load(file)
    for product in data["products"]:
        registry.add(Product(sku=product["sku"], title=product["title"], price=Decimal(product["price"])))
    registry.freeze()
    return len(registry)
"""
JSON_NEW = """\
def load_holidays(path, country):
    with path.open(encoding="utf-8") as file:
        data = json.load(file)
    days = {date.fromisoformat(entry["date"]) for entry in data[country.code] if entry["kind"] == "public"}
    if not days:
        raise NoHolidays(country.code)
    return frozenset(days)
"""
RETRY = """\
def fetch_rates(client, day):
    for attempt in range(3):
        try:
            reply = client.get("/rates", params={"day": day.isoformat()}, timeout=5)
            break
        except requests.ConnectionError:
            time.sleep(2**attempt)
    else:
        raise RatesUnavailable(day)
    return {code: Decimal(value) for code, value in reply.json()["rates"].items()}
"""
RETRY_NEW = """\
def upload_report(bucket, report):
    body = gzip.compress(report.render().encode())
    for attempt in range(3):
        try:
            bucket.put_object(Key=report.key, Body=body, ContentEncoding="gzip")
            break
        except requests.ConnectionError:
            time.sleep(2**attempt)
    else:
        raise UploadFailed(report.key)
    report.mark_uploaded(size=len(body))
"""
GUARDS = """\
def cancel_order(request, pk):
    if not request.user.is_authenticated:
        return redirect(settings.LOGIN_URL)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    order = get_object_or_404(Order, pk=pk, tenant=request.tenant)
    if order.shipped_at is not None:
        messages.error(request, _("It is on its way already."))
        return redirect(order)
    refund_payment(order.payment, reason="cancelled by customer")
    return redirect("orders:list")
"""
GUARDS_NEW = """\
def merge_tickets(request, pk):
    if not request.user.is_authenticated:
        return redirect(settings.LOGIN_URL)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    ticket = get_object_or_404(Ticket, pk=pk, tenant=request.tenant)
    others = Ticket.objects.open().similar_to(ticket, threshold=0.8)
    for other in others.select_for_update():
        other.comments.update(ticket=ticket)
        other.close(duplicate_of=ticket)
    return JsonResponse({"merged": [other.pk for other in others]})
"""
ERRORS = """\
def import_orders(feed, store):
    try:
        orders = feed.pull(since=store.last_seen("orders"), batch=200)
    except FeedError as error:
        logger.exception("the feed failed")
        raise ImportFailed("orders") from error
    for order in orders:
        store.upsert(order.number, total=order.total, lines=[line.sku for line in order.lines])
    store.mark_seen("orders", max(order.changed_at for order in orders))
"""
ERRORS_NEW = """\
def sync_stock(feed, shelves):
    changed = Counter()
    try:
        levels = feed.levels(shelves.warehouse.code)
    except FeedError as error:
        logger.exception("the feed failed")
        raise ImportFailed("stock") from error
    for sku, level in levels.items():
        if shelves.quantity(sku) != level:
            changed[shelves.adjust(sku, level)] += 1
    metrics.gauge("stock.changed", sum(changed.values()))
"""
HTTP = """\
def search_products(self, text, page=1):
    response = self.session.get(f"{self.base_url}/products", params={"q": text, "page": page}, timeout=self.timeout)
    response.raise_for_status()
    data = response.json()
    return [Product(hit["id"], hit["title"], score=hit["_score"]) for hit in data["hits"] if hit["visible"]]
"""
HTTP_NEW = """\
def create_shipment(self, order, parcel):
    label = {"to": order.address.as_dict(), "weight": parcel.grams, "service": parcel.service.code}
    response = self.session.post(f"{self.base_url}/shipments", json=label, timeout=self.timeout)
    response.raise_for_status()
    data = response.json()
    order.tracking = data["tracking"]["number"]
    return base64.b64decode(data["label"]["pdf"])
"""
ATOMIC = """\
def move_stock(source, target, sku, amount):
    with transaction.atomic():
        shelf = Shelf.objects.select_for_update().get(warehouse=source, sku=sku)
        if shelf.amount < amount:
            raise NotEnough(sku, shelf.amount)
        shelf.amount = F("amount") - amount
        shelf.save(update_fields=["amount"])
        Shelf.objects.filter(warehouse=target, sku=sku).update(amount=F("amount") + amount)
    transaction.on_commit(lambda: stock_moved.send(sender=Shelf, sku=sku))
"""
ATOMIC_NEW = """\
def withdraw(wallet, amount, purpose):
    with transaction.atomic():
        account = Account.objects.select_for_update().get(wallet=wallet, closed_at=None)
        if account.balance - account.reserved < amount:
            raise NotEnough(wallet, account.balance)
        entry = Entry.objects.create(account=account, amount=-amount, purpose=purpose)
        account.balance = F("balance") - amount
        account.save(update_fields=["balance"])
    transaction.on_commit(lambda: receipts.print_later(entry.pk))
"""
PROCESS = """\
def git_commits(repo, since):
    result = subprocess.run(
        ["git", "log", f"--since={since:%Y-%m-%d}", "--format=%H"], cwd=repo, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise GitError(result.stderr.strip())
    return [Commit(sha, repo) for sha in result.stdout.splitlines() if sha not in IGNORED]
"""
PROCESS_NEW = """\
def probe(video):
    command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(video.path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise ProbeError(result.stderr.strip())
    streams = json.loads(result.stdout)["streams"]
    return max((Stream(s["codec_name"], s["width"], s["height"]) for s in streams if "width" in s), key=Stream.area)
"""
GROUP = """\
def sales_by_region(orders, regions):
    groups = defaultdict(list)
    for order in orders:
        groups[regions.of(order.address.postcode)].append(order)
    rows = [(region.name, sum(o.total for o in found), len(found)) for region, found in groups.items()]
    rows.sort(key=lambda row: row[1], reverse=True)
    return Table(rows, columns=["region", "total", "orders"])
"""
GROUP_NEW = """\
def agents_by_load(tickets, shifts):
    groups = defaultdict(list)
    for ticket in tickets:
        groups[ticket.assignee].append(ticket)
    rows = [(agent, sum(SEVERITY[t.severity] for t in found)) for agent, found in groups.items() if shifts.on_duty(agent)]
    rows.sort(key=lambda row: row[1], reverse=True)
    return [agent for agent, load in rows if load < agent.capacity]
"""
CSV = """\
def read_prices(path):
    prices = {}
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, delimiter=";")
        for row in reader:
            prices[row["sku"]] = Decimal(row["price"].replace(",", "."))
    return prices
"""
CSV_NEW = """\
def read_postcodes(path, country):
    tree = PrefixTree()
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, delimiter=";")
        for row in reader:
            if row["country"] == country.code:
                tree.insert(row["postcode"], Place(row["name"], float(row["lat"]), float(row["lon"])))
    return tree.compressed()
"""
PAGES = """\
def all_orders(client):
    cursor = None
    while True:
        page = client.get("/orders", cursor=cursor, limit=100)
        for item in page["items"]:
            yield Order.parse(item, currency=client.currency)
        cursor = page.get("next_cursor")
        if not cursor:
            break
"""
PAGES_NEW = """\
def blocked_customers(client, reasons):
    blocked, cursor = set(), None
    while True:
        page = client.get("/customers", cursor=cursor, status="blocked")
        blocked.update(c["id"] for c in page["items"] if c["block"]["reason"] in reasons)
        cursor = page.get("next_cursor")
        if not cursor:
            break
    audit.record("blocked", count=len(blocked))
    return blocked
"""
SINGLETON = """\
_lock = threading.Lock()
_{0}: {1} | None = None


def get_{0}() -> {1}:
    global _{0}
    if _{0} is None:
        with _lock:
            if _{0} is None:
                _{0} = {2}
    return _{0}
"""
SESSION = """\
@contextmanager
def {0}(maker, {1}):
    session = maker()
    try:
        {2}
        yield session
        session.commit()
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()
"""
LAZY = """\
def __getattr__(name):
    if name in _LAZY:
        module = importlib.import_module(_LAZY[name], __name__)
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_LAZY])


_LAZY = {
"""
TASK = """\
@shared_task(bind=True, autoretry_for=(ConnectionError,), retry_backoff=True, max_retries=5, acks_late=True)
def {0}(self, pk):
    try:
        {1} = {2}.objects.get(pk=pk)
    except {2}.DoesNotExist:
        logger.warning("%s %s is gone", "{1}", pk)
        return
    {3}
"""
TIMED = """\
def {0}({1}):
    started = time.perf_counter()
    {2}
    elapsed = time.perf_counter() - started
    logger.info("{0} took %.2f seconds", elapsed)
    return result
"""


def copied(source: str) -> tuple[str, str]:
    """The control: the whole function under another name."""
    first, _, rest = source.partition("(")
    return source, f"{first}_again({rest}"


ALL = [
    pytest.param(added(JSON, JSON_NEW, copied(JSON)), id="opening a json file"),
    pytest.param(added(RETRY, RETRY_NEW, copied(RETRY)), id="retry loop"),
    pytest.param(added(GUARDS, GUARDS_NEW, copied(GUARDS)), id="guard clauses"),
    pytest.param(added(ERRORS, ERRORS_NEW, copied(ERRORS)), id="try, log, raise"),
    pytest.param(added(HTTP, HTTP_NEW, copied(HTTP)), id="an HTTP request"),
    pytest.param(added(ATOMIC, ATOMIC_NEW, copied(ATOMIC)), id="locked rows in a transaction"),
    pytest.param(added(PROCESS, PROCESS_NEW, copied(PROCESS)), id="running a process"),
    pytest.param(added(GROUP, GROUP_NEW, copied(GROUP)), id="group and sort"),
    pytest.param(added(CSV, CSV_NEW, copied(CSV)), id="reading a csv file"),
    pytest.param(added(PAGES, PAGES_NEW, copied(PAGES)), id="pages with a cursor"),
    pytest.param(added(SINGLETON.format("client", "Client", "Client(settings.URL)"), SINGLETON.format("pool", "Pool", "Pool(size=4, name='io')")), id="lazy singleton"),
    pytest.param(added(SESSION.format("tenant_session", "tenant", "session.execute(text('set search_path to :s'), {'s': tenant.schema})"), SESSION.format("audited_session", "user", "session.info['user'] = user.pk")), id="session scope"),
    pytest.param(added(LAZY + "    'Order': '.orders',\n    'Refund': '.refunds',\n}\n", LAZY + "    'Ticket': '.tickets',\n}\n"), id="lazy imports"),
    pytest.param(added(TASK.format("send_invoice", "invoice", "Invoice", "Mailer().send(invoice.customer.email, render(invoice))"), TASK.format("index_product", "product", "Product", "search.index(product.document(), refresh=False)")), id="celery tasks"),
    pytest.param(added(TIMED.format("rebuild", "catalog", "result = catalog.rebuild(full=True)"), TIMED.format("reconcile", "ledger, bank", "result = ledger.match(bank.statements(), days=3)")), id="timing"),
]  # fmt: skip
