from console.feed.kinds import Part, follow

from .models import Order, OrderLine, OrderStatus, Parcel

S = OrderStatus
# Read again and again, or only of use to ourselves.
QUIET = ["read_at", "address", "ticket", "ticket_until", "stock_taken_at", "stock_pushed", "idempotency_key"]

follow(
    "order",
    Order,
    number="out_order_id",
    state="status",
    names={
        S.TO_PAY: "placed",
        S.TO_SHIP: "paid",
        S.PART_SHIPPED: "part_shipped",
        S.SHIPPED: "shipped",
        S.FINISHED: "finished",
        S.TIMED_OUT: "timed_out",
        S.REFUNDED: "refunded",
        S.CANCELLED: "cancelled",
    },
    quiet=QUIET,
    parts=[Part(OrderLine, "order_id", on=("UPDATE", "DELETE")), Part(Parcel, "order_id")],
)
