from console.search_index import searchable

from .models import Aftersale

searchable(
    "aftersale",
    lambda: Aftersale.objects.exclude(out_aftersale_id=None),
    lambda rows: rows.values_list("pk", "pk", "out_aftersale_id"),
)
