from django.contrib import admin

from console.admin.pulled import PulledReadOnlyAdmin

from ..models import ExpressCompany


@admin.register(ExpressCompany)
class ExpressCompanyAdmin(PulledReadOnlyAdmin):
    pulled_lists = ["express_companies"]
    list_display = ["delivery_name", "delivery_id", "gone"]
    list_display_links = None
    list_filter = ["gone"]
    search_fields = ["delivery_name", "delivery_id"]
