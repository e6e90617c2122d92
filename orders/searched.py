from console.search_index import searchable

from .models import Order, Parcel

searchable("order", Order.objects.all, lambda rows: rows.values_list("pk", "pk", "out_order_id"))
searchable("parcel", Parcel.objects.all, lambda rows: rows.values_list("pk", "order", "waybill_id"), record="order")
