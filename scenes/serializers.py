from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import SPU
from console.api import JobSerializer
from console.api_fields import BulkSerializer, IntegerField, ListSerializer, ModelSerializer, RelatedListField
from console.keys import sees_personal
from wechat.masking import mask

from .board.guide import PARTS
from .board.rows import Row
from .board.states import State
from .live_days.findings import Look
from .models import LiveDay, Promoter, SceneGroup, SceneItem, Sharer
from .people.sales import SHARERS, Line


class BoardStepSerializer(serializers.Serializer):
    """One of the 17 steps of the access."""

    number = IntegerField(source="step.number")
    guide_number = serializers.CharField(
        source="step.guide_number", help_text="As WeChat's guide counts, such as 2.1a."
    )
    title = serializers.CharField(source="step.title")
    part = IntegerField(source="step.part", help_text="The part of the guide, 1 to 4.")
    part_title = serializers.SerializerMethodField()
    state = serializers.ChoiceField(State.choices)
    evidence = serializers.CharField()
    whose = serializers.CharField()
    reason = serializers.CharField(help_text="WeChat's own words, where it refused.")
    errcode = IntegerField(source="refused.errcode", default=None, allow_null=True)
    days = IntegerField(allow_null=True, help_text="Days it has been waiting.")
    seen = serializers.BooleanField(allow_null=True, help_text="`*_success`: WeChat has seen it.")
    declared = serializers.BooleanField(allow_null=True, help_text="`*_finished`: declared by us.")
    operation = serializers.SerializerMethodField()
    missing = serializers.ListField(child=serializers.CharField(), help_text="Why the operation is not possible now.")

    def get_part_title(self, row: Row) -> str:
        return str(PARTS[row.step.part])

    def get_operation(self, row: Row) -> str:
        """The name of the operation that does the step; "" where none is possible now."""
        return row.operation.name if row.operation else ""


class AccessSerializer(serializers.Serializer):
    status = IntegerField(source="access.status", allow_null=True, help_text="2 accessed, 3 banned.")
    state = serializers.CharField(source="access.state_label")
    read_at = serializers.DateTimeField(source="access.read_at", allow_null=True)
    info = serializers.DictField(source="access.info", child=serializers.BooleanField())
    completed = IntegerField()
    steps = BoardStepSerializer(source="rows", many=True)


class LiveDaySerializer(ModelSerializer):
    """A day of selling live; its products by your own ids."""

    products = RelatedListField(
        child_relation=serializers.SlugRelatedField(slug_field="out_product_id", queryset=SPU.objects.current()),
        max_length=1000,
    )

    class Meta:
        model = LiveDay
        fields = ["id", "date", "title", "products", "started_at", "ended_at"]
        read_only_fields = ["started_at", "ended_at"]


class FindingSerializer(serializers.Serializer):
    """A product of a live day, and what prevents it from being sold on it."""

    out_product_id = serializers.CharField(source="product.out_product_id")
    is_ready = serializers.BooleanField()
    findings = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_findings(self, look: Look) -> list[str]:
        return [finding.text for finding in look.findings]


class TickSerializer(serializers.Serializer):
    number = IntegerField()


class ReleaseSerializer(serializers.Serializer):
    released_at = serializers.DateTimeField()


class SceneItemSerializer(ModelSerializer):
    name = serializers.CharField(source="__str__")
    status_label = serializers.CharField()

    class Meta:
        model = SceneItem
        fields = ["ext_id", "name", "status", "status_label"]


class SceneGroupSerializer(ModelSerializer):
    name = serializers.CharField(source="__str__")
    state = serializers.CharField(source="state_label")
    passed = serializers.BooleanField(source="has_passed", help_text="Reviewed, and each check passed.")
    items = SceneItemSerializer(many=True)

    class Meta:
        model = SceneGroup
        fields = ["id", "group_id", "name", "status", "state", "passed", "reason", "items", "read_at"]


class SceneCheckRequestSerializer(serializers.Serializer):
    scene = IntegerField(min_value=0, max_value=2**31 - 1, help_text="The launch scene, such as 1177.")


class SceneCheckSerializer(serializers.Serializer):
    scene = IntegerField(source="scene.scene")
    is_matched = serializers.BooleanField(
        source="scene.is_matched", help_text="The cash register is verified here: place the order first."
    )
    read_at = serializers.DateTimeField(source="scene.read_at")
    is_stale = serializers.BooleanField(help_text="WeChat could not be asked now; this is its last answer.")


class PromoterSerializer(ModelSerializer):
    class Meta:
        model = Promoter
        fields = ["id", "promoter_id", "finder_nickname", "gone", "rate", "first_read_at"]


class SharerSerializer(ModelSerializer):
    """The openid is masked unless the key has the scope `personal`; the URL needs the whole openid."""

    openid = serializers.SerializerMethodField()
    state = serializers.CharField(source="state_label")

    class Meta:
        model = Sharer
        fields = [
            "id",
            "openid",
            "name",
            "nickname",
            "bind_status",
            "state",
            "reason_code",
            "invited_at",
            "bound_at",
            "gmv",
            "order_cnt",
            "user_cnt",
            "rate",
            "read_at",
        ]

    def get_openid(self, sharer: Sharer) -> str:
        return sharer.openid if sees_personal(self.context.get("request")) else mask(sharer.openid)


class InvitedSerializer(serializers.Serializer):
    openid = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=50, default="", allow_blank=True)


class InvitationsSerializer(BulkSerializer):
    sharers = ListSerializer(child=InvitedSerializer(), max_length=10_000, allow_empty=False)
    counted = "sharers"


class VerdictSerializer(serializers.Serializer):
    openid = serializers.CharField()
    fault = serializers.CharField(help_text="Why this person was not invited.")


class LeftOutSerializer(serializers.Serializer):
    detail = serializers.CharField()
    faults = VerdictSerializer(many=True)


class InvitingSerializer(JobSerializer):
    left_out = VerdictSerializer(many=True, help_text="Who was not invited.")

    class Meta(JobSerializer.Meta):
        fields = [*JobSerializer.Meta.fields, "left_out"]


class SalesQuerySerializer(serializers.Serializer):
    kind = serializers.ChoiceField(["promoters", "sharers", "rooms"], default="promoters")
    first = serializers.DateField(help_text="Days of payment in Shanghai's time, both included.")
    last = serializers.DateField()


class SalesLineSerializer(serializers.Serializer):
    key = serializers.SerializerMethodField(
        help_text="promoter_id, openid (masked, unless the key has the scope `personal`), or the live room."
    )
    name = serializers.CharField()
    orders = IntegerField()
    buyers = IntegerField()
    amount = IntegerField(help_text="fen")
    refunded = IntegerField(help_text="fen")
    net = IntegerField(help_text="fen")
    rate = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True, help_text="%")
    commission = IntegerField(allow_null=True, help_text="fen")

    def get_key(self, line: Line) -> str:
        hidden = self.context["kind"] == SHARERS and not sees_personal(self.context["request"])
        return mask(line.key) if hidden else line.key
