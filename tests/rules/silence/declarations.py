"""What is no copy: fields, options, routes, tables and other declarations, and files that are not reviewed."""

from __future__ import annotations

import pytest

from tests.rules.silence.case import Case, added, beside

LOGIC = '''\
def {0}(path, registry, now):
    """Imports price lists."""
    sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).active
    header = [str(cell.value).strip().lower() for cell in next(sheet.iter_rows(max_row=1))]
    missing = registry.required_columns - set(header)
    if missing:
        raise BadSheet(path.name, sorted(missing))
    for number, row in enumerate(sheet.iter_rows(min_row=2, values_only=True), start=2):
        record = dict(zip(header, row, strict=True))
        price = Decimal(str(record["price"])).quantize(Decimal("0.01"))
        registry.upsert(sku=record["sku"], price=price, valid_from=record.get("from") or now, line=number)
'''
REAL = (
    LOGIC.format("import_prices"),
    LOGIC.format("import_tariffs").replace("price", "tariff").replace("record", "entry"),
)
DATACLASS = """\
@dataclass(frozen=True, slots=True, kw_only=True)
class {0}:
    id: UUID = field(default_factory=uuid4)
    created_at: datetime = field(default_factory=utcnow)
    updated_at: datetime | None = None
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    {1}: str = field(default="", metadata={{"max_length": 120}})
    {2}: Decimal = field(default=Decimal("0"), metadata={{"precision": 2}})
    owner_id: UUID | None = field(default=None, repr=False)
"""
PYDANTIC = """\
class {0}Base(BaseModel):
    model_config = ConfigDict(from_attributes=True, populate_by_name=True, extra="forbid")

    name: str = Field(min_length=1, max_length=120, description="The name shown to customers")
    slug: str = Field(pattern=r"^[a-z0-9-]+$", description="Used in addresses")
    {1}: Decimal = Field(gt=0, max_digits=10, decimal_places=2, description="{2}")
    tags: list[str] = Field(default_factory=list, max_length=20)


class {0}Create({0}Base):
    owner_id: UUID
    idempotency_key: str | None = Field(default=None, max_length=64)


class {0}Read({0}Base):
    id: UUID
    created_at: datetime = Field(description="When it was made, in UTC")
    updated_at: datetime = Field(description="When it was changed, in UTC")
"""
VARIANTS = """\
class OrderCreate(BaseModel):
    number: str = Field(min_length=6, max_length=12)
    customer_id: UUID = Field(description="Who ordered")
    lines: list[OrderLine] = Field(min_length=1, max_length=200)
    voucher: str | None = Field(default=None, max_length=16)
    note: str = Field(default="", max_length=500)
"""
UPDATES = """\
class OrderUpdate(BaseModel):
    customer_id: UUID | None = Field(default=None, description="Who ordered")
    lines: list[OrderLine] | None = Field(default=None, min_length=1, max_length=200)
    voucher: str | None = Field(default=None, max_length=16)
    note: str | None = Field(default=None, max_length=500)
"""
COLUMNS = """\
class {0}(Base):
    __tablename__ = "{1}"

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), index=True, nullable=False)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), nullable=False)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), onupdate=func.now())
    {2}: Mapped[str] = mapped_column(String(120), nullable=False)
    {3}: Mapped[Decimal] = mapped_column(Numeric(10, 2), nullable=False)
    tenant: Mapped["Tenant"] = relationship(back_populates="{1}", lazy="raise")

    __table_args__ = (UniqueConstraint("tenant_id", "{2}", name="uq_{1}_{2}"), Index("ix_{1}_created", "created_at"))
"""
FIELDS = """\
class {0}(models.Model):
    uuid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True, verbose_name=_("created"))
    updated_at = models.DateTimeField(auto_now=True, verbose_name=_("changed"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    {1} = models.CharField(max_length=120, verbose_name=_("{1}"))
    {2} = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("0.00"), verbose_name=_("{2}"))
    is_active = models.BooleanField(default=True, db_index=True, verbose_name=_("active"))

    objects = {0}QuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("{3}")
        indexes = [models.Index(fields=["created_at", "is_active"], name="{3}_recent")]

    def __str__(self):
        return self.{1}
"""
ENUMS = """\
class {0}Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    {1} = "{2}", _("{3}")
    CANCELLED = "cancelled", _("Cancelled")

    @classmethod
    def open(cls):
        return (cls.DRAFT, cls.PENDING)
"""
CLICK = """\
@cli.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--database", envvar="SHOP_DATABASE", required=True, help="Address of the database.")
@click.option("--{2}", type=click.IntRange(min=1), default={3}, show_default=True, help="{4}")
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def {0}(context, source, database, {2}, dry_run, output):
    \"\"\"{1}\"\"\"
    with context.obj.connect(database) as connection:
        {5}
"""
ROUTES = """\
router = APIRouter(prefix="/{0}s", tags=["{0}s"], dependencies=[Depends(current_user)])


@router.get("", response_model=list[{1}Read])
async def list_{0}s(session: SessionDep, offset: int = 0, limit: int = Query(default=100, le=100)):
    return (await session.scalars(select({1}).order_by({1}.{2}).offset(offset).limit(limit))).all()


@router.get("/{{{0}_id}}", response_model={1}Read)
async def get_{0}({0}_id: UUID, session: SessionDep):
    {0} = await session.get({1}, {0}_id)
    if {0} is None:
        raise HTTPException(status_code=404, detail="{1} not found")
    return {0}


@router.delete("/{{{0}_id}}", status_code=204)
async def delete_{0}({0}_id: UUID, session: SessionDep):
    await session.delete(await get_{0}({0}_id, session))
    await session.commit()
"""
VIEWSET = """\
class {0}ViewSet(viewsets.ModelViewSet):
    queryset = {0}.objects.select_related("{1}").prefetch_related("{2}")
    serializer_class = {0}Serializer
    permission_classes = [IsAuthenticated, DjangoModelPermissions]
    filter_backends = [DjangoFilterBackend, filters.OrderingFilter, filters.SearchFilter]
    filterset_fields = ["{1}", "is_active", "created_at"]
    search_fields = ["{3}", "{1}__name"]
    ordering = ["-created_at"]

    def get_queryset(self):
        return super().get_queryset().filter(tenant=self.request.tenant)

    def perform_create(self, serializer):
        serializer.save(tenant=self.request.tenant, created_by=self.request.user)
"""
SERIALIZER = """\
class {0}Serializer(serializers.ModelSerializer):
    created_by = serializers.SlugRelatedField(slug_field="username", read_only=True)
    {1} = serializers.PrimaryKeyRelatedField(queryset={2}.objects.all())
    url = serializers.HyperlinkedIdentityField(view_name="{3}-detail", lookup_field="uuid")

    class Meta:
        model = {0}
        fields = ["url", "uuid", "{1}", "{4}", "is_active", "created_at", "updated_at", "created_by"]
        read_only_fields = ["uuid", "created_at", "updated_at"]
        extra_kwargs = {{"{4}": {{"required": True, "allow_blank": False}}}}
"""
FACTORY = """\
class {0}Factory(factory.django.DjangoModelFactory):
    class Meta:
        model = {0}
        django_get_or_create = ("{1}",)

    {1} = factory.Sequence(lambda n: f"{2}-{{n}}")
    created_at = factory.LazyFunction(timezone.now)
    created_by = factory.SubFactory(UserFactory)
    {3} = factory.Faker("{4}", locale="de_DE")
    is_active = True
"""
BASIC = """\
{0} = logging.getLogger("{0}")


def main(argv=None):
    logging.basicConfig(level=logging.{1}, format="%(asctime)s {2} %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("{3}").setLevel(logging.ERROR)
    logging.captureWarnings(True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    {4}


if __name__ == "__main__":
    main()
"""
DICT_CONFIG = """\
LOGGING = {{
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {{"plain": {{"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}}}},
    "handlers": {{
        "console": {{"class": "logging.StreamHandler", "formatter": "plain", "level": "{0}"}},
        "mail_admins": {{"class": "django.utils.log.AdminEmailHandler", "level": "ERROR", "include_html": False}},
    }},
    "root": {{"handlers": ["console"], "level": "{0}"}},
    "loggers": {{"django.db.backends": {{"handlers": ["console"], "level": "{1}", "propagate": False}}}},
}}
DEBUG = {2}
ALLOWED_HOSTS = {3}
"""
CODES = (
    "{0} = {{\n"
    + "".join(
        f"    '{c}': ('{n}', '{u}', {x}),\n"
        for c, n, u, x in (
            ("AED", "UAE Dirham", "fils", 784),
            ("BHD", "Bahraini Dinar", "fils", 48),
            ("CHF", "Swiss Franc", "Rappen", 756),
            ("DKK", "Danish Krone", "øre", 208),
            ("EUR", "Euro", "cent", 978),
            ("GBP", "Pound Sterling", "penny", 826),
            ("JPY", "Yen", "sen", 392),
            ("KWD", "Kuwaiti Dinar", "fils", 414),
            ("NOK", "Norwegian Krone", "øre", 578),
            ("USD", "US Dollar", "cent", 840),
        )
    )
    + "}}\n"
)
LEVELS = """\
{0} = [
    ("{1}", _("{2}"), Decimal("{3}")),
    ("{4}", _("{5}"), Decimal("{6}")),
    ("{7}", _("{8}"), Decimal("{9}")),
    ("none", _("None"), Decimal("0")),
]
{0}_CHOICES = [(code, name) for code, name, _value in {0}]
{0}_BY_CODE = {{code: value for code, _name, value in {0}}}
DEFAULT_{0} = "none"
"""
URLS = """\
app_name = "{0}"
urlpatterns = [
    path("", views.{1}List.as_view(), name="list"),
    path("new/", views.{1}Create.as_view(), name="create"),
    path("<uuid:pk>/", views.{1}Detail.as_view(), name="detail"),
    path("<uuid:pk>/edit/", views.{1}Update.as_view(), name="update"),
    path("<uuid:pk>/delete/", views.{1}Delete.as_view(), name="delete"),
    path("{2}/", views.{3}, name="{2}"),
]
"""
VIEWS = """\
class {0}List(LoginRequiredMixin, ListView):
    model = {0}
    paginate_by = 50
    template_name = "{1}/list.html"


class {0}Create(LoginRequiredMixin, SuccessMessageMixin, CreateView):
    model = {0}
    form_class = {0}Form
    template_name = "{1}/form.html"
    success_message = _("The {1} was saved.")

    def form_valid(self, form):
        form.instance.created_by = self.request.user
        return super().form_valid(form)


class {0}Delete(LoginRequiredMixin, DeleteView):
    model = {0}
    success_url = reverse_lazy("{1}:list")
"""

FILES = [
    (a, b, names)
    for a, b, names in (
        (DATACLASS, "dataclass fields", (("Product", "title", "price"), ("Ticket", "subject", "estimate"))),
        (PYDANTIC, "pydantic models", (("Product", "price", "Net price"), ("Voucher", "value", "Face value"))),
        (COLUMNS, "SQLAlchemy columns", (("Product", "products", "title", "price"), ("Ticket", "tickets", "subject", "cost"))),
        (FIELDS, "Django fields", (("Product", "title", "price", "product"), ("Ticket", "subject", "cost", "ticket"))),
        (ENUMS, "enum members", (("Order", "SHIPPED", "shipped", "On its way"), ("Claim", "PAID", "paid", "Paid out"))),
        (CLICK, "click options", (("load", "Loads orders.", "limit", "100", "How many.", "loader.load(source, limit, dry_run, output)"), ("merge", "Merges customers.", "distance", "2", "How far apart.", "Merger(connection, distance).run(source, dry_run, output)"))),
        (ROUTES, "FastAPI routes", (("order", "Order", "placed_at"), ("ticket", "Ticket", "severity"))),
        (VIEWSET, "viewsets", (("Order", "customer", "lines", "number"), ("Ticket", "reporter", "comments", "subject"))),
        (SERIALIZER, "serializers with Meta", (("Order", "customer", "Customer", "order", "number"), ("Ticket", "reporter", "User", "ticket", "subject"))),
        (FACTORY, "factories", (("Order", "number", "order", "city", "city"), ("Ticket", "subject", "ticket", "body", "sentence"))),
        (BASIC, "basic logging setup", (("serve", "INFO", "%(name)s", "uvicorn", "uvicorn.run(app, port=int(os.environ['PORT']))"), ("worker", "DEBUG", "%(process)d", "kombu", "Worker(queues=argv or ['mails']).run(limit=50)"))),
        (DICT_CONFIG, "logging configuration", (("INFO", "WARNING", "False", "['shop.example']"), ("DEBUG", "DEBUG", "True", "['*']"))),
        (CODES, "table of codes", (("CURRENCIES",), ("MONEY",))),
        (LEVELS, "choices with other data", (("VAT", "full", "Full rate", "0.19", "half", "Reduced rate", "0.07", "books", "Books", "0.05"), ("URGENCY", "now", "At once", "1.5", "day", "Within a day", "1.2", "week", "Within a week", "1.1"))),
        (URLS, "urlpatterns", (("orders", "Order", "export", "export_csv"), ("tickets", "Ticket", "merge", "merge_tickets"))),
        (VIEWS, "generic views", (("Order", "order"), ("Ticket", "ticket"))),
    )
]  # fmt: skip
SAME = LOGIC.format("import_prices")
HEADERS = (
    (
        "Thrift",
        "#\n# Autogenerated by Thrift Compiler (0.19.0)\n#\n# DO NOT EDIT UNLESS YOU ARE SURE THAT YOU KNOW WHAT YOU ARE DOING\n#",
    ),
    ("Speakeasy", '"""Code generated by Speakeasy (https://speakeasy.com). DO NOT EDIT."""'),
    ("Stainless", "# File generated from our OpenAPI spec by Stainless. See CONTRIBUTING.md for details."),
    ("flatc", "# automatically generated by the FlatBuffers compiler, do not modify"),
    ("a script", "# This file is generated by scripts/make_prices.py; do not edit it by hand."),
)
PROTOC = "# Generated by the protocol buffer compiler.  DO NOT EDIT!\n"


def only(path: str, text: str = SAME) -> Case:
    """The copy stands in a file that is not reviewed; the control has it beside the original."""
    base = {"shop/prices.py": SAME}
    return Case(base, {**base, path: text}, (base, {**base, "shop/tariffs.py": SAME}))


ALL = [
    *(pytest.param(added(text.format(*one), text.format(*two), REAL), id=name) for text, name, (one, two) in FILES),
    pytest.param(added(VARIANTS, UPDATES), id="pydantic models to create and to update"),
    pytest.param(only("shop/tests/test_prices.py"), id="a test"),
    pytest.param(only("shop/test_prices.py"), id="a test beside the code"),
    pytest.param(only("conftest.py"), id="conftest"),
    pytest.param(Case({"tests/test_a.py": SAME}, {"tests/test_a.py": SAME, "tests/test_b.py": SAME}, beside(*REAL)), id="tests against tests"),
    pytest.param(Case({"tests/test_a.py": SAME}, {"tests/test_a.py": SAME, "shop/prices.py": SAME}), id="code that stood in a test"),
    pytest.param(only("shop/migrations/0007_prices.py"), id="Django migration"),
    pytest.param(only("alembic/versions/3f2a9c81d0e4_prices.py"), id="Alembic revision"),
    pytest.param(only("shop/prices_pb2.py", PROTOC + SAME), id="protocol buffers"),
    *(pytest.param(only("shop/made.py", header + "\n" + SAME), id=f"generated by {name}") for name, header in HEADERS),
    pytest.param(only("shop/_vendor/prices.py"), id="vendored"),
    pytest.param(only("third_party/prices/prices.py"), id="third party"),
    pytest.param(only("docs/examples/prices.py"), id="example"),
]  # fmt: skip
