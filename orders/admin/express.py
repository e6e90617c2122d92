from django.contrib import admin

from catalog.admin.lists import PULLS, PulledReadOnlyAdmin
from console.admin import PulledListAdmin
from wechat.models import PulledList

from .. import operations
from ..models import ExpressCompany

PULLS |= operations.PULLS
PulledListAdmin.operations = [*PulledListAdmin.operations, *operations.PULLS.values()]


@admin.register(ExpressCompany)
class ExpressCompanyAdmin(PulledReadOnlyAdmin):
    pulled_lists = [PulledList.Name.EXPRESS_COMPANIES]
    list_display = ["delivery_name", "delivery_id", "gone"]
    list_display_links = None
    list_filter = ["gone"]
    search_fields = ["delivery_name", "delivery_id"]
