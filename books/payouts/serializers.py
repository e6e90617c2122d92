from rest_framework import serializers

from console.api_fields import IntegerField, ModelSerializer
from console.keys import sees_personal

from .models import Commission, Period, Rate, Role, Statement


class RateSerializer(ModelSerializer):
    """A commission rate; what is empty holds for all. Of more than one the most specific is used."""

    promoter_id = serializers.CharField(source="promoter.promoter_id", default="")
    sharer = IntegerField(source="sharer_id", allow_null=True, help_text="The `id` of the sharer.")
    bps = IntegerField(help_text="Basis points: 1250 is 12.5 %.")

    class Meta:
        model = Rate
        fields = ["id", "role", "promoter_id", "sharer", "room", "out_product_id", "bps", "valid_from", "valid_until"]


class PeriodSerializer(ModelSerializer):
    """A pay-out period; amounts in fen. Its figures are final once it is closed."""

    state = serializers.CharField(source="state_label")
    earned = IntegerField(help_text="fen, of orders paid in these days")
    corrected = IntegerField(help_text="fen, for returns of orders of earlier periods")
    payable = IntegerField(help_text="fen, of all people")

    class Meta:
        model = Period
        fields = [
            "id",
            "first",
            "last",
            "is_open",
            "state",
            "computed_at",
            "people",
            "earned",
            "corrected",
            "payable",
            "closed_at",
        ]


class StatementSerializer(ModelSerializer):
    """What one person gets for one period; amounts in fen. total = earned + corrected + carried_in."""

    number = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    person = serializers.SerializerMethodField(
        help_text="promoter_id, or a sharer's openid (masked, unless the key has the scope `personal`)."
    )
    name = serializers.CharField()
    state = serializers.CharField(source="state_label")
    lines = IntegerField(help_text="Its rows.")
    base = IntegerField(help_text="fen, sold less what was returned until then")
    earned = IntegerField(help_text="fen")
    corrected = IntegerField(help_text="fen, for returns of orders of earlier periods")
    carried_in = IntegerField(help_text="fen, 0 or less, from the period before")
    total = IntegerField(help_text="fen")
    payable = IntegerField(help_text="fen, 0 or more")
    carried_out = IntegerField(help_text="fen, 0 or less, into the next period")

    class Meta:
        model = Statement
        fields = [
            "id",
            "number",
            "period",
            "role",
            "person",
            "name",
            "state",
            "lines",
            "base",
            "earned",
            "corrected",
            "carried_in",
            "total",
            "payable",
            "carried_out",
            "paid_at",
            "bank_no",
        ]

    def get_person(self, statement: Statement) -> str:
        sees = sees_personal(self.context.get("request"))
        return statement.person if sees else statement.shown_person


class CommissionSerializer(ModelSerializer):
    """A row of a statement; amounts in fen."""

    out_order_id = serializers.CharField(source="line.order.out_order_id")
    out_product_id = serializers.CharField(source="line.out_product_id")
    out_sku_id = serializers.CharField(source="line.out_sku_id")
    order_paid_at = serializers.DateTimeField(source="line.order.paid_at")
    is_sale = serializers.BooleanField(help_text="Else it is what later returns take back.")
    base = IntegerField(help_text="fen, paid for all pieces of the line")
    returned_before = IntegerField(help_text="fen, of it taken off by earlier rows")
    returned = IntegerField(help_text="fen, of it came back until this row was made")
    bps = IntegerField(help_text="Basis points.")
    commission = IntegerField(help_text="fen, below 0 for returns")

    class Meta:
        model = Commission
        fields = [
            "id",
            "out_order_id",
            "out_product_id",
            "out_sku_id",
            "order_paid_at",
            "is_sale",
            "base",
            "returned_before",
            "returned",
            "bps",
            "commission",
        ]
