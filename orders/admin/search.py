"""How the list of orders is searched."""

from django.db.models import QuerySet
from django.http import HttpRequest

from console.lists import cut
from console.search_index import find

from ..models import Order, Parcel


class OrderSearch:
    """The search of orders, for OrderAdmin."""

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """By a whole number, each with its own index; else by a part of our number or a waybill."""
        term = search_term.strip()
        if not term:
            return queryset, False
        orders, parcel = Order.objects.order_by().values("pk"), Parcel.objects.order_by().values("order")
        rows = [
            orders.filter(out_order_id=term),
            orders.filter(transaction_id=term).exclude(transaction_id=""),
            parcel.filter(waybill_id=term),
        ]
        if term.isascii() and term.isdigit() and int(term) < 2**63:
            rows.append(orders.filter(order_id=int(term)))
        whole = list(rows[0].union(*rows[1:]).values_list("pk", flat=True))
        if not whole:
            whole = [*cut(request, find("order", term)), *cut(request, find("parcel", term))]
        return queryset.filter(pk__in=whole), False
