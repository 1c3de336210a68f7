"""What is no copy: code moved, extracted, split, rewritten, laid out anew, and old twins that are kept alike."""

from __future__ import annotations

import pytest

from tests.rules.silence.case import Case, indented

REMIND = '''\
def send_reminders(session, mailer, today):
    """Mails every customer whose invoice is overdue."""
    overdue = session.scalars(select(Invoice).where(Invoice.due_on < today, Invoice.paid_at.is_(None))).all()
    sent = 0
    for invoice in overdue:
        if invoice.customer.unsubscribed or invoice.reminders >= MAX_REMINDERS:
            continue
        subject = gettext("Invoice %(number)s is overdue") % {"number": invoice.number}
        body = render_template("mail/reminder.txt", invoice=invoice, days=(today - invoice.due_on).days)
        try:
            mailer.deliver(to=invoice.customer.email, subject=subject, body=body)
        except SMTPException:
            logger.exception("reminder for %s failed", invoice.number)
            continue
        invoice.reminders += 1
        sent += 1
    session.commit()
    return sent
'''
EDITED = (
    REMIND.replace("(session, mailer, today)", "(session, mailer, today, *, dry_run=False)")
    .replace("        try:\n", "        if dry_run:\n            continue\n        try:\n")
    .replace("    session.commit()\n", "    if not dry_run:\n        session.commit()\n")
)
RENAMED = (
    REMIND.replace("send_reminders", "dun")
    .replace("overdue =", "late =")
    .replace("in overdue", "in late")
    .replace("today", "day")
    .replace("sent", "count")
)
METHOD = (
    "class Dunning:\n    def __init__(self, session, mailer):\n        self.session = session\n        self.mailer = mailer\n\n"
    + indented(
        REMIND.replace("(session, mailer, today)", "(self, today)")
        .replace("session.", "self.session.")
        .replace("mailer.", "self.mailer.")
    )
)
CLIENT = """\
class RatesClient:
    def __init__(self, base_url, token, timeout=10.0):
        self._http = httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=timeout)

    def latest(self, currency):
        response = self._http.get("/latest", params={"base": currency, "precision": 6})
        if response.status_code == 429:
            raise RateLimited(int(response.headers.get("Retry-After", "1")))
        response.raise_for_status()
        return {code: Decimal(str(rate)) for code, rate in response.json()["rates"].items()}

    def convert(self, amount, source, target):
        rates = self.latest(source)
        if target not in rates:
            raise UnknownCurrency(target)
        return (amount * rates[target]).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)

    def history(self, currency, start, end):
        for day in date_range(start, end):
            payload = self._http.get(f"/history/{day:%Y-%m-%d}", params={"base": currency}).json()
            yield Rate(day=day, base=currency, values=payload["rates"], source=payload["provider"])
"""
CLIENT_EDITED = (
    CLIENT.replace("RatesClient", "ExchangeClient")
    .replace("timeout=10.0", "timeout=5.0, retries=2")
    .replace('"precision": 6', '"precision": 8')
    .replace("history(self", "between(self")
)
OTHER = "def totals(orders):\n    return sum(order.total for order in orders if not order.cancelled)\n"
USE = "from shop.dunning import send_reminders\n\n\ndef nightly(session, mailer, clock):\n    log.info('sent %d', send_reminders(session, mailer, clock.today()))\n"
KEPT = ({"shop/jobs.py": REMIND + OTHER}, {"shop/jobs.py": REMIND + OTHER, "shop/dunning.py": REMIND})
KEPT_EDITED = (KEPT[0], {**KEPT[1], "shop/dunning.py": EDITED})
KEPT_RENAMED = (KEPT[0], {**KEPT[1], "shop/dunning.py": RENAMED})
KEPT_METHOD = (KEPT[0], {**KEPT[1], "shop/dunning.py": METHOD})
KEPT_CLIENT = ({"shop/rates.py": CLIENT}, {"shop/rates.py": CLIENT, "shop/api/exchange.py": CLIENT_EDITED})
JOBS = {"shop/jobs.py": REMIND + "\n\n" + OTHER}
OUTER = (
    "def nightly(settings):\n    session, mailer = connect(settings), Mailer(settings)\n\n"
    + indented(REMIND)
    + "\n    return send_reminders(session, mailer, date.today())\n"
)

MOVES = [
    pytest.param(Case(JOBS, {"shop/jobs.py": OTHER, "shop/dunning.py": REMIND}, KEPT), id="function moved"),
    pytest.param(Case(JOBS, {"shop/jobs.py": USE + OTHER, "shop/dunning.py": EDITED}, KEPT_EDITED), id="function moved and edited"),
    pytest.param(Case(JOBS, {"shop/jobs.py": OTHER, "shop/dunning.py": RENAMED}, KEPT_RENAMED), id="function moved and renamed"),
    pytest.param(Case(JOBS, {"shop/jobs.py": OTHER, "shop/dunning.py": METHOD}, KEPT_METHOD), id="function moved into a class"),
    pytest.param(Case({"shop/jobs.py": METHOD + OTHER}, {"shop/jobs.py": OTHER, "shop/dunning.py": REMIND},
                      ({"shop/jobs.py": METHOD}, {"shop/jobs.py": METHOD, "shop/dunning.py": REMIND})), id="method moved out of its class"),
    pytest.param(Case({"shop/jobs.py": OUTER}, {"shop/jobs.py": REMIND + "\n\n" + OUTER.replace(indented(REMIND) + "\n", "")}), id="nested function moved to the module"),
    pytest.param(Case({"shop/rates.py": CLIENT + OTHER}, {"shop/rates.py": OTHER, "shop/api/client.py": CLIENT}, KEPT_CLIENT), id="class moved"),
    pytest.param(Case({"shop/rates.py": CLIENT + OTHER}, {"shop/rates.py": OTHER, "shop/api/exchange.py": CLIENT_EDITED}, KEPT_CLIENT), id="class moved, renamed and edited"),
    pytest.param(Case({"shop/rates.py": CLIENT + OTHER}, {"shop/rates/__init__.py": "from shop.rates.client import RatesClient\n" + OTHER, "shop/rates/client.py": CLIENT}, KEPT_CLIENT), id="module becomes a package"),
    pytest.param(Case({"shop/rates.py": CLIENT + REMIND}, {"shop/rates.py": REMIND + "\n\n" + CLIENT}), id="definitions change their order"),
    pytest.param(Case(JOBS, {"shop/dunning.py": EDITED + "\n\n" + OTHER}, KEPT_EDITED, {"shop/jobs.py": "shop/dunning.py"}), id="file renamed and edited"),
    pytest.param(Case({"shop/rates.py": CLIENT}, {"shop/exchange.py": CLIENT_EDITED}, KEPT_CLIENT), id="file renamed and edited, git sees no rename"),
    pytest.param(Case({"shop/jobs.py": REMIND, "shop/old.py": RENAMED}, {"shop/dunning.py": EDITED, "shop/jobs.py": USE}, KEPT_EDITED), id="two copies become one in a third place"),
    pytest.param(Case({"shop/jobs.py": REMIND, "shop/old.py": RENAMED}, {"shop/jobs.py": REMIND, "shop/dunning.py": RENAMED.replace("dun(", "remind_all(")}, KEPT_RENAMED), id="an old copy moved and renamed"),
]  # fmt: skip

LISTING = """\
@router.get("/{0}")
def list_{0}(request, session):
    page = max(int(request.query_params.get("page", 1)), 1)
    size = min(int(request.query_params.get("size", 50)), MAX_PAGE_SIZE)
    query = session.query({1}).filter({1}.tenant_id == request.user.tenant_id)
    total = query.count()
    rows = query.order_by({1}.created_at.desc()).offset((page - 1) * size).limit(size).all()
    links = {{"next": f"{{request.url.path}}?page={{page + 1}}&size={{size}}" if page * size < total else None}}
    return {{"items": [{1}Out.model_validate(row) for row in rows], "total": total, "links": links}}
"""
PAGINATE = """\
def paginate(request, session, model, schema):
    page = max(int(request.query_params.get("page", 1)), 1)
    size = min(int(request.query_params.get("size", 50)), MAX_PAGE_SIZE)
    query = session.query(model).filter(model.tenant_id == request.user.tenant_id)
    total = query.count()
    rows = query.order_by(model.created_at.desc()).offset((page - 1) * size).limit(size).all()
    links = {"next": f"{request.url.path}?page={page + 1}&size={size}" if page * size < total else None}
    return {"items": [schema.model_validate(row) for row in rows], "total": total, "links": links}
"""
PAGED = '@router.get("/{0}")\ndef list_{0}(request, session):\n    return paginate(request, session, {1}, {1}Out)\n'
LISTS = {
    f"shop/{n}.py": LISTING.format(n, m) for n, m in (("orders", "Order"), ("refunds", "Refund"), ("parcels", "Parcel"))
}
PAGES = {
    f"shop/{n}.py": PAGED.format(n, m) for n, m in (("orders", "Order"), ("refunds", "Refund"), ("parcels", "Parcel"))
}
PULLED_UP = "class Exporter:\n    def rows(self): ...\n\n"
EXPORT = """\
    def write(self, target):
        writer = csv.DictWriter(target, fieldnames=self.columns, extrasaction="ignore", dialect="excel")
        writer.writeheader()
        for number, row in enumerate(self.rows(), start=1):
            if number > self.limit:
                raise ExportTooLarge(self.name, self.limit)
            writer.writerow({column: self.localise(row[column]) for column in self.columns})
        self.audit.record("export", name=self.name, at=timezone.now())
"""
ORDERS = "class OrderExport({}):\n    def rows(self):\n        return self.orders.values('id', 'total')\n\n{}"
REFUNDS = "class RefundExport({}):\n    def rows(self):\n        return self.refunds.values('id', 'reason')\n\n{}"
SPLIT = """\
def send_reminders(session, mailer, today):
    overdue = session.scalars(select(Invoice).where(Invoice.due_on < today, Invoice.paid_at.is_(None))).all()
    due = [i for i in overdue if not i.customer.unsubscribed and i.reminders < MAX_REMINDERS]
    sent = sum(send_reminder(mailer, invoice, today) for invoice in due)
    session.commit()
    return sent


def send_reminder(mailer, invoice, today):
    subject = gettext("Invoice %(number)s is overdue") % {"number": invoice.number}
    body = render_template("mail/reminder.txt", invoice=invoice, days=(today - invoice.due_on).days)
    try:
        mailer.deliver(to=invoice.customer.email, subject=subject, body=body)
    except SMTPException:
        logger.exception("reminder for %s failed", invoice.number)
        return False
    invoice.reminders += 1
    return True
"""
BRANCHES = """\
def publish(article, queue, now):
    if article.embargo and article.embargo > now:
        payload = {"id": article.pk, "slug": slugify(article.title), "authors": [a.name for a in article.authors.all()]}
        queue.put(json.dumps(payload, default=str), delay=(article.embargo - now).total_seconds())
        metrics.increment("articles.queued", tags=[f"section:{article.section.slug}"])
    else:
        payload = {"id": article.pk, "slug": slugify(article.title), "authors": [a.name for a in article.authors.all()]}
        queue.put(json.dumps(payload, default=str), delay=0)
        metrics.increment("articles.queued", tags=[f"section:{article.section.slug}"])
"""
MERGED = """\
def publish(article, queue, now):
    delay = (article.embargo - now).total_seconds() if article.embargo and article.embargo > now else 0
    payload = {"id": article.pk, "slug": slugify(article.title), "authors": [a.name for a in article.authors.all()]}
    queue.put(json.dumps(payload, default=str), delay=delay)
    metrics.increment("articles.queued", tags=[f"section:{article.section.slug}"])
"""
FLAGGED = (
    "def remind(session, mailer, today, flags):\n    if flags.enabled('dunning'):\n        return dun(session, today)\n"
    + REMIND.split('"""\n')[1]
)

EXTRACTS = [
    pytest.param(Case(LISTS, {**PAGES, "shop/paging.py": PAGINATE}, (LISTS, {**LISTS, "shop/paging.py": PAGINATE})), id="three places become one helper"),
    pytest.param(Case(LISTS, {**LISTS, "shop/paging.py": PAGINATE, "shop/orders.py": PAGES["shop/orders.py"]} | {"shop/refunds.py": PAGES["shop/refunds.py"], "shop/parcels.py": "x = 1\n"}), id="two places become one helper, the third goes"),
    pytest.param(Case({"shop/export.py": ORDERS.format("object", EXPORT) + "\n\n" + REFUNDS.format("object", EXPORT)},
                      {"shop/export.py": PULLED_UP + EXPORT + "\n\n" + ORDERS.format("Exporter", "") + "\n\n" + REFUNDS.format("Exporter", "")},
                      ({"shop/export.py": ORDERS.format("object", EXPORT)}, {"shop/export.py": ORDERS.format("object", EXPORT) + "\n\n" + REFUNDS.format("object", EXPORT)})), id="methods pulled up into a base class"),
    pytest.param(Case({"shop/a.py": ORDERS.format("object", EXPORT), "shop/b.py": REFUNDS.format("object", EXPORT)},
                      {"shop/a.py": ORDERS.format("CsvMixin", ""), "shop/b.py": REFUNDS.format("CsvMixin", ""), "shop/csv.py": "class CsvMixin:\n" + EXPORT.replace("self.name", "self.label")}), id="methods pulled out into a mixin"),
    pytest.param(Case({"shop/jobs.py": REMIND}, {"shop/jobs.py": SPLIT}, ({"shop/jobs.py": REMIND}, {"shop/jobs.py": REMIND + "\n\n" + SPLIT.split("\n\n\n")[1]})), id="function split into two"),
    pytest.param(Case({"shop/jobs.py": REMIND}, {"shop/jobs.py": USE, "shop/dunning.py": SPLIT}), id="function moved and split into two"),
    pytest.param(Case({"shop/all.py": REMIND + "\n\n" + CLIENT + "\n\n" + LISTING.format("orders", "Order")},
                      {"shop/all/dunning.py": REMIND, "shop/all/rates.py": CLIENT, "shop/all/views.py": LISTING.format("orders", "Order")}, KEPT), id="module split into three"),
    pytest.param(Case({"shop/all.py": REMIND + "\n\n" + CLIENT + "\n\n" + OTHER},
                      {"shop/dunning.py": EDITED, "shop/exchange.py": CLIENT_EDITED, "shop/sums.py": OTHER}, KEPT_EDITED, {"shop/all.py": "shop/exchange.py"}), id="module split into three, one of them renamed, all edited"),
    pytest.param(Case({"shop/news.py": BRANCHES}, {"shop/news.py": MERGED}), id="two branches become one"),
    pytest.param(Case({"shop/jobs.py": FLAGGED}, {"shop/jobs.py": FLAGGED.replace(", flags)", ")").replace("    if flags.enabled('dunning'):\n        return dun(session, today)\n", "")}), id="feature flag removed"),
    pytest.param(Case({"shop/jobs.py": OTHER + REMIND + "\n\ndef nightly(session, mailer):\n    send_reminders(session, mailer, date.today())\n"},
                      {"shop/jobs.py": OTHER + "\n\ndef nightly(session, mailer):\n    today = date.today()\n" + REMIND.split('"""\n')[1]}), id="only use inlined"),
]  # fmt: skip

ASYNC = (
    REMIND.replace("def ", "async def ")
    .replace("session.scalars(", "(await session.scalars(")
    .replace(").all()", ")).all()")
    .replace("mailer.deliver", "await mailer.deliver")
    .replace("session.commit", "await session.commit")
)
REWRITTEN = """\
async def send_reminders(repository, mailer, today):
    outcomes = Counter()
    async for invoice in repository.overdue(today):
        if invoice.customer.unsubscribed or invoice.reminders >= MAX_REMINDERS:
            outcomes["skipped"] += 1
            continue
        subject = gettext("Invoice %(number)s is overdue") % {"number": invoice.number}
        body = render_template("mail/reminder.txt", invoice=invoice, days=(today - invoice.due_on).days)
        outcomes[await mailer.enqueue(invoice.customer.email, subject, body)] += 1
        invoice.reminders += 1
    await repository.save()
    return outcomes
"""
ALIAS = '''\
def send_reminders(session, mailer, today):
    """Deprecated: use `Dunning.send_reminders`."""
    warnings.warn("send_reminders moved to shop.dunning", DeprecationWarning, stacklevel=2)
    return Dunning(session, mailer).send_reminders(today)
'''
REWRITES = [
    pytest.param(Case({"shop/jobs.py": REMIND, "shop/cli.py": USE}, {"shop/dunning.py": REWRITTEN, "shop/cli.py": USE.replace("def nightly", "async def nightly")}), id="new file, the old one deleted"),
    pytest.param(Case({"shop/jobs.py": REMIND, "shop/cli.py": USE}, {"shop/aio.py": ASYNC, "shop/cli.py": USE}, ({"shop/jobs.py": REMIND}, {"shop/jobs.py": REMIND, "shop/aio.py": ASYNC})), id="async version replaces the old"),
    pytest.param(Case({"shop/jobs.py": REMIND}, {"shop/jobs.py": "from shop.dunning import Dunning\n\n\n" + ALIAS, "shop/dunning.py": METHOD}, KEPT_METHOD), id="deprecated alias left as a wrapper"),
    pytest.param(Case({"shop/rates.py": CLIENT}, {"shop/rates.py": "from shop.api.exchange import ExchangeClient as RatesClient\n", "shop/api/exchange.py": CLIENT_EDITED}, KEPT_CLIENT), id="class renamed, old name imported"),
    pytest.param(Case({"shop/jobs.py": REMIND}, {"shop/jobs.py": REWRITTEN}), id="rewritten in place"),
]  # fmt: skip


def grown(source: str) -> str:
    """The function with the same new block in it."""
    return source.replace(
        "        invoice.reminders += 1\n",
        "        invoice.reminders += 1\n"
        "        invoice.last_reminded_at = timezone.now()\n"
        "        if invoice.reminders == MAX_REMINDERS:\n"
        "            escalate(invoice, team=invoice.customer.account_manager.team)\n"
        "            signals.invoice_escalated.send(sender=Invoice, invoice=invoice)\n",
    )


TWINS = {"shop/jobs.py": REMIND, "shop/aio.py": ASYNC}
SMALL = """\
{0}def {1}(order, gateway):
    reference = {2}gateway.refund(order.payment.reference, amount=order.total)
    order.history.append(Event("refunded", reference=reference, at=utcnow()))
    {2}order.save(update_fields=["history", "refunded_at"])
"""
LARGE = (
    SMALL
    + """\
    if order.voucher is not None and order.voucher.expires_at > utcnow():
        restored = {2}vouchers.restore(order.voucher.code, uses=1, reason=f"refund {{reference}}")
        order.history.append(Event("voucher restored", reference=restored.code, at=utcnow()))
    for line in order.lines:
        stock = {2}warehouse.shelve(line.sku, amount=line.amount, condition=line.returned_condition)
        ledger.book(account="stock", debit=stock.value * line.amount, text=f"return {{line.sku}}")
    {2}mailer.deliver(to=order.customer.email, template="refund.html", context={{"order": order, "reference": reference}})
"""
)
GROWN = {"shop/refunds.py": LARGE.format("", "refund", ""), "shop/aio.py": LARGE.format("async ", "refund", "await ")}
SMALLS = {"shop/refunds.py": SMALL.format("", "refund", ""), "shop/aio.py": SMALL.format("async ", "refund", "await ")}
DB = CLIENT.replace("_http", "_client").replace("RatesClient", "FeesClient")
SPANS = "@app.task\ndef {0}(tenant, pk):\n    {0}_{1} = {2}.objects.select_related('{1}').get(pk=pk)\n    {0}_{1}.{3}(tenant.{1}s, reason=tenant.{4})\n    events.emit('{0}', {0}_{1}.pk)\n"
SPANNED = "@app.task\ndef {0}(tenant, pk):\n    with tracer.start_as_current_span('{0}') as span:\n        span.set_attribute('tenant', tenant.slug)\n        {0}_{1} = {2}.objects.select_related('{1}').get(pk=pk)\n        {0}_{1}.{3}(tenant.{1}s, reason=tenant.{4})\n        events.emit('{0}', {0}_{1}.pk)\n"
TASKS = [
    ("ship", "carrier", "Parcel", "hand_over", "depot"),
    ("void", "invoice", "Payment", "reverse", "policy"),
    ("sync", "mailbox", "Account", "pull_from", "server"),
]
KEPT_ALIKE = [
    pytest.param(Case(TWINS, {path: grown(text) for path, text in TWINS.items()}, ({"shop/jobs.py": REMIND}, {"shop/jobs.py": grown(REMIND), "shop/aio.py": grown(ASYNC)})), id="twins grow by the same block"),
    pytest.param(Case(TWINS, {path: text.replace("MAX_REMINDERS", "settings.MAX_REMINDERS").replace("logger.exception(", "sentry.capture(invoice, ") for path, text in TWINS.items()}), id="twins get the same edits"),
    pytest.param(Case(TWINS, {path: text.replace("invoice.reminders", "invoice.dunning.level") for path, text in TWINS.items()} | {"shop/new.py": OTHER}), id="twins follow a renamed attribute"),
    pytest.param(Case({"shop/jobs.py": REMIND, "shop/old.py": RENAMED}, {"shop/jobs.py": grown(REMIND), "shop/dunning.py": grown(RENAMED)}, None, {"shop/old.py": "shop/dunning.py"}), id="twins edited alike, the file of one renamed"),
    pytest.param(Case({"shop/mail.py": REMIND + "\n\n" + RENAMED}, {"shop/mail.py": grown(REMIND) + "\n\n" + grown(RENAMED)}), id="twins in one file grow"),
    pytest.param(Case({"shop/rates.py": CLIENT, "shop/fees.py": DB}, {"shop/rates.py": CLIENT, "shop/fees.py": DB.replace("_client", "_http")}), id="an attribute gets the name it has in a similar class"),
    pytest.param(Case({"shop/tasks.py": "\n\n".join(SPANS.format(*t) for t in TASKS)}, {"shop/tasks.py": "\n\n".join(SPANNED.format(*t) for t in TASKS)}), id="the same instrumentation in every function"),
    pytest.param(Case({"shop/rates.py": CLIENT, "shop/fees.py": DB}, {"shop/rates.py": CLIENT.replace(".json()", ".json(parse_float=Decimal)"), "shop/fees.py": DB.replace(".json()", ".json(parse_float=Decimal)")}), id="class twins get the same edits"),
    pytest.param(Case(SMALLS, GROWN, (SMALLS | {"shop/aio.py": OTHER}, GROWN)), id="small twins more than double"),
    pytest.param(Case({"shop/r.py": "\n\n".join(SMALLS.values()).replace("async def refund", "async def arefund")}, {"shop/r.py": "\n\n".join(GROWN.values()).replace("async def refund", "async def arefund")}), id="small twins in one file more than double"),
]  # fmt: skip

BODY = REMIND.split('"""\n')[1]
LOCKED = REMIND.split('"""\n', maxsplit=1)[0] + '"""\n    with advisory_lock(session, "reminders"):\n' + indented(BODY)
GUARDED = (
    REMIND.split('"""\n', maxsplit=1)[0]
    + '"""\n    if settings.REMINDERS_ENABLED:\n'
    + indented(BODY)
    + "    return 0\n"
)
WRAPPED = REMIND.replace(
    "where(Invoice.due_on < today, Invoice.paid_at.is_(None))",
    "where(\n            Invoice.due_on < today,\n            Invoice.paid_at.is_(None),\n        )",
)
TYPED = REMIND.replace("(session, mailer, today)", "(session: Session, mailer: Mailer, today: date) -> int").replace(
    "sent = 0", "sent: int = 0"
)
LAYOUT = [
    pytest.param(Case(JOBS, {"shop/jobs.py": LOCKED + "\n\n" + OTHER}), id="indented under a new with"),
    pytest.param(Case(JOBS, {"shop/jobs.py": GUARDED + "\n\n" + OTHER}), id="indented under a new if"),
    pytest.param(Case({**JOBS, "shop/old.py": RENAMED}, {**JOBS, "shop/old.py": RENAMED.replace('"', "'")}, KEPT_RENAMED), id="quotes changed beside an old copy"),
    pytest.param(Case({**JOBS, "shop/old.py": EDITED}, {"shop/jobs.py": LOCKED, "shop/old.py": EDITED}, KEPT_EDITED), id="indented beside an old copy"),
    pytest.param(Case({**JOBS, "shop/old.py": EDITED}, {"shop/jobs.py": WRAPPED, "shop/old.py": EDITED}), id="wrapped beside an old copy"),
    pytest.param(Case({**JOBS, "shop/old.py": EDITED}, {"shop/jobs.py": TYPED, "shop/old.py": EDITED}), id="annotated beside an old copy"),
    pytest.param(Case({"shop/jobs.py": REMIND, "shop/rates.py": CLIENT}, {"shop/jobs.py": indented(REMIND, 4).replace("    def", "if TYPE:\n    def", 1), "shop/rates.py": CLIENT.replace("    ", "  ")}), id="other indentation"),
    pytest.param(Case({"shop/jobs.py": REMIND.replace("\n", "\r\n")}, {"shop/jobs.py": REMIND}), id="line ends changed"),
]  # fmt: skip

ALL = MOVES + EXTRACTS + REWRITES + KEPT_ALIKE + LAYOUT
