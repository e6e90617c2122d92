"""The texts of the guide that a merchant follows: four parts, 17 steps (BEHAVIOUR 1.2). Their state is in rows.py."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
ADMINISTRATOR, DEVELOPER, STAFF, WECHAT = (
    _("The mini program's administrator"),
    _("Developers"),
    _("Business staff"),
    _("WeChat"),
)
PARTS = {
    1: _("Apply"),
    2: _("Develop and prepare"),
    3: _("Open the scene"),
    4: _("Sell"),
}


WHOLE = (5, 15)  # working days of the whole access, from the application to the scene (BEHAVIOUR 1.1)
GOODS = 12  # the step that is ticked once goods are in the scene
TICKED = (2, 3, GOODS)  # no endpoint of WeChat shows whether they are done


class GuideStep(NamedTuple):
    number: int
    guide_number: str  # the number in WeChat's guide
    title: Text
    chinese: str  # WeChat's name of the step
    whose: Text
    days: int | None  # the most working days it usually takes, where the guide gives a number
    help: Text
    notes: tuple[Text, ...] = ()

    @property
    def part(self) -> int:
        return int(self.guide_number[0])


STEPS = (
    GuideStep(
        1, "1.1", _("Request access"), "申请接入", ADMINISTRATOR, 2,
        _("Apply here or on WeChat's page; the administrator then signs the agreement in WeChat within 24 hours."),
        (
            _("The standard version (标准版) and this custom version exclude each other. If the standard one is "
              "switched on and its opening task is unfinished, deactivate it on WeChat's page. Once that task is "
              "finished there is no way back that WeChat offers: ask its support before you go on."),
            _("The mini program needs a subject that is not a person, and categories on WeChat's open list."),
        ),
    ),
    GuideStep(
        2, "2.1a", _("Merchant code development"), "商家代码开发", DEVELOPER, None,
        _("Products, orders, funds, papers, delivery and after-sales are this console's; the mini program's backend "
          "calls its API and the mini program opens the cash register. Tick it when that is built."),
        (
            _("Message push has to be set up and this server's address be on the IP whitelist: payments are told by "
              "messages only."),
        ),
    ),
    GuideStep(
        3, "2.1b", _("Prepare goods material and merchant account"), "商品素材、资质、商户号准备", STAFF, 10,
        _("Collect licences, brand and category papers and pictures, and open the merchant account for these scenes. "
          "Tick it when all is there."),
        (_("A new merchant account is needed; an existing number cannot be used. Open it while code is written."),),
    ),
    GuideStep(
        4, "2.2a", _("Upload goods, finish the product interface"), "上传商品并完成商品接口", STAFF, 10,
        _("Get one product approved, then declare the product interface done."),
        (_("Have the goods for the first live evening reviewed well before that day: reviews take days."),),
    ),
    GuideStep(
        5, "2.3a", _("Debug payment, finish the order interface"), "支付校验并完成订单接口", DEVELOPER, None,
        _("Place an order in a Channels scene, pay it from a phone, then declare the order interface done."),
        (
            _("Only an order paid to the merchant account at WeChat (fund_type 1) from a Channels scene counts. In the "
              "developer tool choose scene 1177, not 1176, and add \"usingShopPlugin\": true to app.json."),
            _("The payment parameters have to be asked for (get_payment_params): an order that was paid without them "
              "does not count."),
            _("Goods that were never uploaded may be sold too: their title, page and picture go into the order."),
        ),
    ),
    GuideStep(
        6, "2.4a", _("Debug delivery, finish the logistics interface"), "发货并完成物流接口", DEVELOPER, None,
        _("Ship one order, then declare the logistics interface done."),
    ),
    GuideStep(
        7, "2.5a", _("Debug after-sales, finish the after-sale interface"), "售后并完成售后接口", DEVELOPER, None,
        _("Open one after-sale, then declare the after-sale interface done."),
    ),
    GuideStep(
        8, "2.6a", _("Confirm: mini program tested"), "测试完成", DEVELOPER, None,
        _("Confirm it once the four interfaces are declared done and the whole way was tried."),
        (
            _("Test live rooms in the production environment with a few people: a broadcast with a white list. Goods "
              "and orders may be made in any environment."),
        ),
    ),
    GuideStep(
        9, "2.7a", _("Confirm: mini program released"), "发版完成", ADMINISTRATOR, None,
        _("Hand the code to WeChat's code review, release it, write down when, and confirm."),
        (
            _("The release has to be later than the access. An older one does not count: release again."),
            _("From here on WeChat verifies payments: orders of verified scenes have to be placed first."),
        ),
    ),
    GuideStep(
        10, "3.1", _("Apply for a scene"), "申请接入场景", STAFF, 3,
        _("Apply; WeChat looks whether customer service and after-sales work. After a refusal read the reason, mend "
          "it, and press it again for a re-review."),
    ),
    GuideStep(
        11, "3.2", _("Access the scene by its guide"), "按指引接入场景", STAFF, None,
        _("Bind the Channels account, let promoters bind the mini program on WeChat's page, and ask for the scene in "
          "the ordering code (POST /api/v1/scene-check/)."),
    ),
    GuideStep(
        12, "4.1", _("Put goods into the scene"), "场景上架商品", STAFF, None,
        _("Put approved goods that are on sale on the Channels goods list, then tick it: no interface shows that "
          "list."),
        (_("Goods have to be approved before the live day; only approved goods on sale can be chosen."),),
    ),
    GuideStep(
        13, "4.2", _("Generate the order"), "生成订单", DEVELOPER, None,
        _("The first order of a buyer from the scene."),
    ),
    GuideStep(
        14, "4.3", _("Pay with verification"), "支付校验", DEVELOPER, None,
        _("The buyer pays it at the verified cash register."),
    ),
    GuideStep(
        15, "4.4", _("Synchronise the order's state"), "同步订单状态", DEVELOPER, None,
        _("The console learns that it is paid, by message or by asking."),
    ),
    GuideStep(
        16, "4.5", _("Synchronise logistics"), "同步物流", STAFF, None,
        _("Ship it; it is complete once the buyer has it."),
        (
            _("Orders show in several places of WeChat: keep logistics and after-sales in step with them from the "
              "first day, not in stages."),
        ),
    ),
    GuideStep(
        17, "4.6", _("Synchronise after-sales"), "同步售后", STAFF, None,
        _("An after-sale of such an order comes to its end."),
    ),
)  # fmt: skip
