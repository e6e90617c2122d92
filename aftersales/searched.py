from console.search_index import searchable

from .models import Aftersale

searchable("aftersale", Aftersale.objects.all, lambda rows: rows.values_list("pk", "pk", "out_aftersale_id"))
