from django.contrib import admin
from django.utils.translation import gettext_lazy

from console.admin.pulled import PulledReadOnlyAdmin

from ..models import ExpressCompany


@admin.register(ExpressCompany)
class ExpressCompanyAdmin(PulledReadOnlyAdmin):
    empty_text = gettext_lazy("WeChat takes only the express companies of its own list: pull it.")
    pulled_lists = ["express_companies"]
    list_display = ["delivery_name", "delivery_id", "gone"]
    list_display_links = None
    list_filter = ["gone"]
    search_fields = ["delivery_name", "delivery_id"]
