"""The evidence for the steps of the access: one record of each kind, in a constant number of queries."""

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property

from aftersales.models import Aftersale
from aftersales.models.aftersale import EC_FINAL
from catalog.models import SPU, Brand, Category, EditStatus, SPURound, Status
from orders.models import FundType, Order, OrderStatus, Parcel
from orders.models.order import PAID, UNSHIPPED
from qualifications.models import Document
from wechat.entry_scenes import KNOWN_SCENES
from wechat.models import Callback, Step
from wechat.steps.operations import Operation

from ..models import Access, Promoter, SceneGroup, Tick
from ..models.scene import CHANNELS_GROUP
from .guide import GOODS

State = Step.State
CHANNELS = list(KNOWN_SCENES)


class Facts:
    """The data for the board; each value is read from the database once, when it is first used."""

    def __init__(self, access: Access) -> None:
        self.access, self.now = access, timezone.now()

    @cached_property
    def ticks(self) -> dict[int, Tick]:
        """The ticks that count. A tick of the goods from before the scene first passed does not."""
        ticks = {tick.number: tick for tick in Tick.objects.select_related("user")}
        goods = ticks.get(GOODS)
        if goods and (self.passed_at is None or goods.at < self.passed_at):
            del ticks[GOODS]
        return ticks

    @cached_property
    def group(self) -> SceneGroup | None:
        return SceneGroup.objects.filter(group_id=CHANNELS_GROUP).prefetch_related("items").first()

    @cached_property
    def judged_at(self) -> datetime | None:
        """When the last review of the scene was read."""
        return self.group.verdicts.values_list("at", flat=True).first() if self.group else None

    @cached_property
    def _steps(self) -> list[Step]:
        """Steps on the access and the group, the oldest first, without those that were not sent."""
        writes = Step.objects.filter(reads=False).exclude(state=State.SKIPPED).order_by("-id")
        steps = list(writes.of(self.access)[:60])
        if self.group:
            steps += writes.of(self.group)[:20]
        return sorted(steps, key=lambda step: step.pk)

    @property
    def last_steps(self) -> dict[str, Step]:
        """The newest step of each operation."""
        return {step.operation: step for step in self._steps}

    def open_step(self, op: Operation) -> Step | None:
        """The open step on the record that blocks this operation: in progress, or of unknown outcome."""
        content_type = ContentType.objects.get_for_model(op.on)
        on_record = (step for step in self._steps if step.content_type_id == content_type.pk)
        return next((step for step in on_record if step.state in (State.WANTED, State.SENT, State.UNKNOWN)), None)

    # --- part 2

    @cached_property
    def last_message(self) -> datetime | None:
        accepted = Callback.objects.exclude(state=Callback.State.REFUSED).order_by("-id")
        return accepted.values_list("received_at", flat=True).first()

    @cached_property
    def papers(self) -> tuple[int, int, int]:
        """Documents, granted categories, granted brands."""
        return (
            Document.objects.all()[:1000].count(),
            Category.objects.filter(granted=True)[:1000].count(),
            Brand.objects.filter(gone=False)[:1000].count(),
        )

    def _since_opening(self, records: QuerySet, at: str) -> Any:
        """The first of the records made since the access opened, as only those count; else the first of all."""
        opened = self.access.opened_second
        return (records.filter(**{f"{at}__gte": opened}).first() if opened else None) or records.first()

    @cached_property
    def approved(self) -> Any:
        """A product that WeChat approved, with `approved_at`."""
        products = SPU.objects.current().filter(Q(edit_status=EditStatus.APPROVED) | Q(status=Status.LISTED))
        dated = products.annotate(approved_at=_of_round(EditStatus.APPROVED, "decided_at"))
        return self._since_opening(dated.defer("draft", "online", "desc").order_by("-id"), "approved_at")

    @cached_property
    def in_review(self) -> Any:
        """The product longest in review, with `submitted_at`."""
        dated = SPU.objects.in_review().annotate(submitted_at=_of_round(EditStatus.IN_REVIEW, "submitted_at"))
        return self._since_opening(dated.defer("draft", "online", "desc").order_by("id"), "submitted_at")

    @cached_property
    def paid(self) -> Order | None:
        """The newest order that counts for item 7: fund_type 1, from a Channels scene, paid (BEHAVIOUR 1.5)."""
        paid = Order.objects.filter(fund_type=FundType.PLATFORM, scene__in=CHANNELS, paid_at__isnull=False)
        return self._since_opening(paid.order_by("-id"), "paid_at")

    @cached_property
    def parcel(self) -> Parcel | None:
        sent = Parcel.objects.exclude(sent_at=None).select_related("order")
        return self._since_opening(sent.order_by("-id"), "sent_at")

    @cached_property
    def aftersale(self) -> Any:
        """The newest after-sale that WeChat has, with `made_at`."""
        at_wechat = Aftersale.objects.exclude(status=None).annotate(made_at=Coalesce("opened_at", "created_at"))
        return self._since_opening(at_wechat.select_related("order").order_by("-id"), "made_at")

    # --- parts 3 and 4: since the scene first passed

    @cached_property
    def promoters(self) -> int:
        return Promoter.objects.bound()[:1000].count()

    @cached_property
    def on_sale(self) -> SPU | None:
        return SPU.objects.on_sale().defer("draft", "online", "desc").order_by("-id").first()

    @cached_property
    def passed_at(self) -> datetime | None:
        """When the scene first passed its review; it may be in review again, or rejected, by now."""
        return self.group.passed_at if self.group else None

    @cached_property
    def open_since(self) -> datetime | None:
        """`passed_at`, where selling in the scene is possible now; else None."""
        return self.passed_at if self.group and self.group.has_passed else None

    def _live(self, *where: Q, **also: Any) -> Order | None:
        """The first order in the scene, since it first passed, that meets these conditions."""
        if self.passed_at is None:
            return None
        since = Order.objects.filter(*where, placed_at__gte=self.passed_at, scene__in=CHANNELS, **also)
        return since.order_by("placed_at").first()

    @cached_property
    def live_order(self) -> Order | None:
        return self._live(order_id__isnull=False)

    @cached_property
    def live_paid(self) -> Order | None:
        return self._live(paid_at__isnull=False)

    @cached_property
    def live_synced(self) -> Order | None:
        return self._live(status__in=PAID)

    @cached_property
    def live_unshipped(self) -> Order | None:
        return self._live(status__in=UNSHIPPED)

    @cached_property
    def live_shipped(self) -> Order | None:
        return self._live(status=OrderStatus.SHIPPED)

    @property
    def live_sent_at(self) -> datetime | None:
        """When the last parcel of the shipped order was sent to WeChat."""
        return self.live_shipped.parcels.aggregate(last=Max("sent_at"))["last"] if self.live_shipped else None

    @cached_property
    def live_finished(self) -> Order | None:
        """An order that the buyer has received, even if it was refunded later."""
        finished = OrderStatus.FINISHED
        return self._live(Q(status=finished) | Q(changes__status=finished))

    @cached_property
    def live_aftersale(self) -> Aftersale | None:
        """An after-sale that WeChat has, of an order in the scene: a final one, else any."""
        if self.passed_at is None:
            return None
        of_scene = Aftersale.objects.filter(order__placed_at__gte=self.passed_at, order__scene__in=CHANNELS)
        aftersales = of_scene.exclude(status=None).select_related("order")
        return aftersales.filter(status__in=EC_FINAL).order_by("id").first() or aftersales.order_by("id").first()


def _of_round(status: int, at: str) -> Coalesce:
    """When the product's last review of this status was submitted or decided; else when the product was added."""
    rounds = SPURound.objects.filter(spu=OuterRef("pk"), status=status).order_by("-id")
    return Coalesce(Subquery(rounds.values(at)[:1]), "created_at")
