from django.utils.translation import gettext_lazy as _

from console.keeping import keep

FEW = _("Made by people: few rows.")
PEOPLE = _("People who sell for the shop, and what they sold: their pay is reckoned by it.")

keep("scenes.Access", "scenes.Tick", "scenes.LiveDay", "scenes.SellingSettings", why=FEW)
keep("scenes.LiveProduct", "scenes.LiveTerm", why=_("The goods of live evenings: what they were sold at."))
keep("scenes.LiveBoard", why=FEW, left_out=_("Made anew from orders and goods."))
keep(
    "scenes.SceneGroup", "scenes.SceneItem", "scenes.SceneVerdict", "scenes.Scene", why=_("A few of each scene group.")
)
keep("scenes.Promoter", why=PEOPLE, personal=["note", "finder_nickname"])
keep("scenes.Sharer", why=PEOPLE, personal=["note", "name", "nickname"])
keep("scenes.Invitation", "scenes.Binding", "scenes.SharerLive", why=PEOPLE)
