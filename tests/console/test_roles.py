"""Who may do what: every operation and page, by role, through every door."""

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from console.backends import OneQueryBackend
from console.roles import ROLES
from tests.console.pages import act
from tests.factories import make_brand, make_category_qualification, make_document, make_user
from wechat.models import AccountInfo, Step
from wechat.steps import operations

pytestmark = pytest.mark.django_db(transaction=True)
MAY = {
    "qualifications.submit_brand": {"owner", "product"},
    "qualifications.submit_category": {"owner", "product"},
    "qualifications.refresh_brand": {"owner", "product", "developer"},
    "qualifications.refresh_category": {"owner", "product", "developer"},
    "catalog.submit_spu": {"owner", "product"},
    "catalog.resubmit_spu": {"owner", "product"},
    "catalog.update_spu_without_audit": {"owner", "product"},
    "catalog.update_spu_stock": {"owner", "product"},
    "catalog.send_live_terms": {"owner", "product", "live"},
    "scenes.clear_live_price": {"owner", "product", "live"},
    "catalog.withdraw_spu": {"owner", "product"},
    "catalog.list_spu": {"owner", "product"},
    "catalog.delist_spu": {"owner", "product"},
    "catalog.remove_spu": {"owner", "product"},
    "catalog.refresh_spu": {"owner", "product", "developer"},
    "orders.place_order": {"owner", "customer_service"},
    "orders.get_payment_params": {"owner", "developer"},
    "orders.confirm_payment": {"owner", "finance"},
    "orders.close_order": {"owner", "customer_service"},
    "orders.ship_order": {"owner", "warehouse"},
    "orders.confirm_receipt": {"owner", "customer_service"},
    "orders.refresh_order": {"owner", "warehouse", "customer_service", "finance", "developer"},
    "aftersales.open_claim": {"owner", "customer_service"},
    "aftersales.change_claim": {"owner", "customer_service"},
    "aftersales.cancel_claim": {"owner", "customer_service"},
    "aftersales.send_return_info": {"owner", "customer_service"},
    "aftersales.accept_refund": {"owner", "customer_service", "finance"},
    "aftersales.accept_return": {"owner", "customer_service"},
    "aftersales.confirm_goods": {"owner", "customer_service", "finance"},
    "aftersales.reject_claim": {"owner", "customer_service"},
    "aftersales.upload_certificates": {"owner", "customer_service"},
    "aftersales.record_claim": {"owner", "customer_service"},
    "aftersales.tell_claim": {"owner", "customer_service"},
    "aftersales.refresh_claim": {"owner", "customer_service", "warehouse", "finance", "developer"},
    "aftersales.refresh_dispute": {"owner", "customer_service", "developer"},
    "aftersales.hand_in_evidence": {"owner", "customer_service"},
    "scenes.apply_access": {"owner"},
    "scenes.refresh_access": {"owner", "product", "developer"},
    "scenes.finish_products": {"owner", "product", "developer"},
    "scenes.finish_orders": {"owner", "developer"},
    "scenes.finish_delivery": {"owner", "developer"},
    "scenes.finish_aftersales": {"owner", "developer"},
    "scenes.confirm_tested": {"owner", "developer"},
    "scenes.confirm_released": {"owner", "developer"},
    "scenes.apply_scene": {"owner", "product", "developer"},
    "scenes.refresh_scene": {"owner", "product", "developer"},
    "scenes.check_scene": {"owner", "product", "developer"},
    "scenes.invite_sharer": {"owner", "product"},
    "scenes.unbind_sharer": {"owner", "product"},
    "scenes.refresh_sharer": {"owner", "product", "developer"},
    "scenes.pull_sharer_sales": {"owner", "product", "finance"},
    "scenes.pull_promoter_sales": {"owner", "product", "finance"},
    "scenes.send_share_mode": {"owner"},
    "coupons.confirm_coupons": {"owner", "product", "developer"},
    "coupons.submit_coupon": {"owner", "product"},
    "coupons.update_coupon": {"owner", "product"},
    "coupons.publish_coupon": {"owner", "product"},
    "coupons.expire_coupon": {"owner", "product"},
    "coupons.void_coupon": {"owner", "product"},
    "coupons.update_coupon_stock": {"owner", "product"},
    "coupons.refresh_coupon": {"owner", "product", "developer"},
    "coupons.add_user_coupon": {"owner", "product"},
    "coupons.use_user_coupon": {"owner", "product"},
    "coupons.expire_user_coupon": {"owner", "product"},
    "coupons.pull_user_coupons": {"owner", "product", "customer_service"},
    "wechat.pull_coupons": {"owner", "product"},
    "wechat.pull_promoters": {"owner", "product", "finance"},
    "wechat.pull_sharers": {"owner", "product", "finance"},
    **{
        key: {"owner", "finance"}
        for key in (
            "funds.apply_merchant",
            "funds.refresh_merchant",
            "funds.show_known",
            "funds.refresh_balance",
            "funds.refresh_bank_account",
            "funds.pull_branches",
            "funds.find_bank",
            "funds.pull_merchant_branches",
            "funds.ask_scan",
            "funds.check_scan",
            "funds.submit_bank_account",
            "funds.submit_withdrawal",
            "funds.renew_withdrawal",
            "funds.let_go_withdrawal",
            "funds.refresh_withdrawal",
            "funds.check_withdrawal_scan",
            "funds.pull_flow_day",
            "funds.make_payment",
            "funds.close_payment",
            "funds.refresh_payment",
            "funds.refund_trade",
            "funds.share_trade",
        )
    },
    "wechat.pull_payments": {"owner", "product", "finance"},
    "wechat.pull_withdrawals": {"owner", "product", "finance"},
    "wechat.pull_banks": {"owner", "product", "finance"},
    "wechat.pull_cities": {"owner", "product", "finance"},
    "wechat.pull_aftersales": {"owner", "customer_service", "product"},
    "wechat.pull_disputes": {"owner", "customer_service", "product"},
    "wechat.pull_orders": {"owner", "product", "warehouse", "customer_service", "finance"},
    "wechat.pull_express_companies": {"owner", "product", "warehouse"},
    "wechat.pull_products": {"owner", "product"},
    "wechat.upload_image": {"owner", "product"},
    "wechat.send_account_info": {"owner", "product", "customer_service"},
    "wechat.refresh_account_info": {"owner", "product", "customer_service", "developer"},
    "wechat.pull_categories": {"owner", "product"},
    "wechat.pull_granted_categories": {"owner", "product"},
    "wechat.pull_granted_brands": {"owner", "product"},
    "wechat.pull_filed_certificates": {"owner", "product"},
}
PAGES = {
    "/admin/qualifications/brandqualification/": {"owner", "product", "developer", "auditor"},
    "/admin/qualifications/categoryqualification/": {"owner", "product", "developer", "auditor"},
    "/admin/qualifications/document/": {"owner", "product", "developer", "auditor"},
    "/admin/catalog/category/": set(ROLES),
    "/admin/catalog/brand/": set(ROLES),
    "/admin/catalog/spu/": set(ROLES),
    "/admin/catalog/difference/": set(ROLES),
    "/admin/catalog/batch/": set(ROLES),
    "/admin/coupons/coupon/": set(ROLES) - {"live", "warehouse"},
    "/admin/coupons/usercoupon/": set(ROLES) - {"live", "warehouse", "developer"},
    "/admin/coupons/couponsetup/": set(ROLES) - {"live", "warehouse"},
    "/admin/aftersales/aftersale/": set(ROLES) - {"live", "product"},
    "/admin/aftersales/dispute/": set(ROLES) - {"live", "product", "warehouse"},
    "/admin/aftersales/complaint/": set(ROLES) - {"live", "product", "warehouse"},
    "/admin/aftersales/savedreply/": set(ROLES) - {"live", "product", "warehouse"},
    "/admin/orders/order/": set(ROLES) - {"live"},
    "/admin/orders/stockedsku/": set(ROLES),
    "/admin/orders/stockcount/": set(ROLES) - {"live"},
    "/admin/scenes/access/": set(ROLES),
    **{
        key: {"owner", "finance", "auditor"}
        for key in (
            f"/admin/funds/{name}/"
            for name in (
                "merchantaccount",
                "balance",
                "bankaccount",
                "bankchange",
                "bank",
                "city",
                "flow",
                "flowday",
                "settlement",
                "withdrawal",
                "paymentorder",
            )
        )
    },
    "/admin/closing/close/": {"owner", "finance", "auditor"},
    **{
        f"/admin/payouts/{name}/": {"owner", "finance", "auditor"}
        for name in ("rate", "period", "statement", "commission")
    },
    "/admin/scenes/scenegroup/": set(ROLES),
    "/admin/scenes/scene/": set(ROLES),
    "/admin/scenes/liveday/": set(ROLES),
    "/admin/scenes/promoter/": {"owner", "product", "finance", "developer", "auditor"},
    "/admin/scenes/sharer/": {"owner", "product", "finance", "auditor"},
    "/admin/sales/figure/": {"owner", "product", "finance", "auditor"},
    "/admin/scenes/sellingsettings/": {"owner", "product", "finance", "auditor"},
    "/admin/orders/expresscompany/": set(ROLES) - {"live"},
    "/admin/console/job/": set(ROLES),
    "/admin/console/export/": set(ROLES),
    "/admin/console/approval/": set(ROLES),
    "/admin/console/alert/": set(ROLES),
    "/admin/console/difference/": set(ROLES) - {"live"},
    "/admin/console/reconciliationday/": set(ROLES) - {"live", "warehouse"},
    "/admin/console/erasure/": {"owner", "customer_service", "developer", "auditor"},
    "/admin/console/alertchannel/": set(ROLES),
    "/admin/console/webhookendpoint/": {"owner", "developer", "auditor"},
    "/admin/console/edit/": {"owner", "developer", "auditor"},
    "/admin/console/reveal/": {"owner", "developer", "auditor"},
    "/admin/console/apikey/": {"owner", "developer", "auditor"},
    "/admin/wechat/call/": {"owner", "developer", "auditor"},
    "/admin/wechat/callback/": {"owner", "developer", "auditor"},
    "/admin/wechat/step/": {"owner", "product", "developer", "auditor"},
    "/admin/wechat/pulledlist/": set(ROLES),
    "/admin/wechat/unreadrecord/": {"owner", "developer", "auditor"},
    "/admin/wechat/accountinfo/": set(ROLES),
    "/admin/auth/user/": {"owner", "auditor"},
    "/admin/auth/group/": {"owner", "auditor"},
}
API = {
    "/api/v1/categories/": set(ROLES),
    "/api/v1/brands/": set(ROLES),
    "/api/v1/products/": set(ROLES),
    "/api/v1/product-differences/": set(ROLES),
    "/api/v1/product-imports/": set(ROLES),
    "/api/v1/coupons/": set(ROLES) - {"live", "warehouse"},
    "/api/v1/user-coupons/": set(ROLES) - {"live", "warehouse", "developer"},
    "/api/v1/aftersales/": set(ROLES) - {"live", "product"},
    "/api/v1/disputes/": set(ROLES) - {"live", "product", "warehouse"},
    "/api/v1/complaints/": set(ROLES) - {"live", "product", "warehouse"},
    "/api/v1/live-days/": set(ROLES),
    "/api/v1/lists/": set(ROLES),
    "/api/v1/alerts/": set(ROLES),
    "/api/v1/differences/": set(ROLES) - {"live"},
    "/api/v1/reconciliation/": set(ROLES) - {"live", "warehouse"},
    "/api/v1/comparisons/": set(ROLES) - {"live", "warehouse"},
    "/api/v1/service-settings/": set(ROLES),
    "/api/v1/sales/?from=2026-11-01&to=2026-11-30": {"owner", "product", "finance", "auditor"},
    "/api/v1/events/": {"owner", "developer", "auditor"},
    "/api/v1/webhooks/": {"owner", "developer", "auditor"},
    "/api/v1/orders/": set(ROLES) - {"live"},
    "/api/v1/stock/": set(ROLES),
    "/api/v1/access/": set(ROLES),
    **{
        key: {"owner", "finance", "auditor"}
        for key in (
            f"/api/v1/{name}/"
            for name in (
                "merchant-account",
                "balance",
                "flow-days",
                "flows",
                "settlements",
                "withdrawals",
                "payment-orders",
                "daily-closes",
                "daily-close-rows",
                "payout-periods",
                "payout-statements",
                "payout-rates",
            )
        )
    },
    "/api/v1/scene-groups/": set(ROLES),
    "/api/v1/promoters/": {"owner", "product", "finance", "developer", "auditor"},
    "/api/v1/sharers/": {"owner", "product", "finance", "auditor"},
    "/api/v1/express-companies/": set(ROLES) - {"live"},
    "/api/v1/pictures/": {"owner", "product", "developer"},
    "/api/v1/documents/": {"owner", "product", "developer", "auditor"},
    "/api/v1/brand-qualifications/": {"owner", "product", "developer", "auditor"},
    "/api/v1/category-qualifications/": {"owner", "product", "developer", "auditor"},
}


def test_there_are_eight_roles_and_each_is_a_group():
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)
    assert len(ROLES) == 8


def test_the_table_names_every_operation():
    assert set(MAY) == set(operations.registry)


def test_the_tables_name_every_page_and_list_of_the_url_configuration():
    from django.contrib import admin

    from config.api import router

    assert set(PAGES) == {
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    }
    assert {url.partition("?")[0] for url in API} | {"/api/v1/jobs/", "/api/v1/scene-check/"} == {
        f"/api/v1/{prefix}/" for prefix, _viewset, _name in router.registry
    }


@pytest.mark.parametrize("role", ROLES)
def test_pages_and_lists_open_to_those_who_may(client, role):
    client.force_login(make_user(role))
    for table in (PAGES, API):
        seen = {url for url in table if client.get(url, follow=True).status_code == 200}
        assert seen == {url for url, roles in table.items() if role in roles}


@pytest.mark.parametrize("role", ROLES)
def test_operations_run_for_those_who_may_through_admin_and_api(client, role, platform):
    client.force_login(make_user(role))
    records = {
        "qualifications.submit_brand": make_brand(),
        "qualifications.submit_category": make_category_qualification(),
        "wechat.send_account_info": AccountInfo.objects.create(),
    }
    for name, record in records.items():
        opts, action = record._meta, name.split(".")[1]
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_do", args=[record.pk, action])
        status = client.post(url).status_code
        assert (status != 403) == (role in MAY[name]), name
        Step.objects.all().delete()
    for name, prefix in (("submit_brand", "brand-qualifications"), ("submit_category", "category-qualifications")):
        record = records[f"qualifications.{name}"]
        status = client.post(f"/api/v1/{prefix}/{record.pk}/{name}/").status_code
        assert (status == 202) == (role in MAY[f"qualifications.{name}"]), name
        assert status in (202, 403)


@pytest.mark.parametrize("role", ROLES)
def test_list_actions_are_offered_to_those_who_may(client, role):
    brand = make_brand()
    client.force_login(make_user(role))
    url = "/admin/qualifications/brandqualification/"
    act(client, url, "submit_brand", [brand])
    assert Step.objects.exists() == (role in MAY["qualifications.submit_brand"])


@pytest.mark.parametrize("role", [*ROLES, ""])
def test_writing_through_the_api_needs_the_models_permission(client, role):
    client.force_login(make_user(role))
    status = client.post("/api/v1/brand-qualifications/", {"brand_wording": "x"}, "application/json").status_code
    assert (status != 403) == (role in {"owner", "product"})


def test_a_stranger_is_sent_to_the_door(client):
    for url in PAGES:
        assert client.get(url).status_code == 302
    for url in [*API, "/api/v1/schema/", "/api/v1/docs/", "/sandbox/", "/files/1/"]:
        assert client.get(url).status_code in (302, 403), url


def test_somebody_who_is_no_staff_enters_nowhere(client):
    client.force_login(make_user("owner", is_staff=False))
    for url in [*PAGES, *API]:
        assert client.get(url).status_code in (302, 403)


def test_nobody_changes_their_own_roles(client):
    owner = make_user("owner")
    client.force_login(owner)
    everything = [group.pk for group in Group.objects.all()]
    form = {"username": owner.username, "groups": everything, "is_active": "on"}
    client.post(f"/admin/auth/user/{owner.pk}/change/", form)
    assert [group.name for group in owner.groups.all()] == ["owner"]


def test_an_owner_gives_roles_to_others_but_never_superuser(client):
    client.force_login(make_user("owner"))
    person = make_user("warehouse")
    product = Group.objects.get(name="product")
    form = {
        "username": person.username,
        "groups": [product.pk],
        "is_active": "on",
        "is_superuser": "on",
        "user_permissions": [],
    }
    client.post(f"/admin/auth/user/{person.pk}/change/", form)
    person.refresh_from_db()
    assert ([group.name for group in person.groups.all()], person.is_superuser) == (["product"], False)


def test_an_owner_cannot_reach_a_superuser(client):
    root = make_user("", is_superuser=True)
    client.force_login(make_user("owner"))
    assert client.get(f"/admin/auth/user/{root.pk}/change/").status_code == 302
    assert client.get(f"/admin/auth/user/{root.pk}/password/").status_code in (302, 403, 404)


def test_only_who_may_settle_settles(client, platform):
    brand = make_brand()
    from qualifications.operations import submit_brand

    step = operations.new_step(submit_brand, brand.pk, state="unknown")
    step.save()
    url = f"/admin/qualifications/brandqualification/{brand.pk}/settle/{step.pk}/"
    client.force_login(make_user("developer"))
    assert client.post(url).status_code == 403
    client.force_login(make_user("product"))
    client.post(url)
    assert Step.objects.get().state == "skipped"


def test_the_auditor_reads_everything_and_touches_nothing(client):
    client.force_login(make_user("auditor"))
    brand, document = make_brand(), make_document()
    page = client.get(f"/admin/qualifications/brandqualification/{brand.pk}/change/").content.decode()
    assert "submit_brand" not in page
    assert client.post(f"/admin/qualifications/document/{document.pk}/change/", {"title": "x"}).status_code == 403
    assert client.get(f"/files/{document.image_id}/").status_code == 403


def test_who_may_not_see_all_steps_sees_their_own_jobs_only(client):
    from console import jobs
    from qualifications.operations import submit_brand
    from wechat.steps import actors

    mine, other = make_user("customer_service"), make_user("product")
    job = {}
    for user in (mine, other):
        with actors.acting("admin", user):
            job[user] = jobs.start(submit_brand, [make_brand(brand_wording=f"brand of {user}")])
    client.force_login(mine)
    assert client.get(f"/admin/console/job/{job[other].pk}/change/").status_code == 404
    assert client.get(f"/admin/console/job/{job[other].pk}/failed.csv").status_code == 404
    assert client.get(f"/api/v1/jobs/{job[other].pk}/").status_code == 404
    assert client.get(f"/admin/console/job/{job[mine].pk}/change/").status_code == 200
    assert f"#{job[other].pk}<" not in client.get("/admin/console/job/").content.decode()
    client.force_login(other)
    assert client.get(f"/admin/console/job/{job[mine].pk}/change/").status_code == 200


def test_a_person_comes_with_all_permissions_in_one_query(django_assert_num_queries):
    backend, user = OneQueryBackend(), make_user("auditor")
    user.user_permissions.add(Permission.objects.get(codename="ship_order"))
    with django_assert_num_queries(1):
        found = backend.get_user(user.pk)
        assert found.has_perm("orders.ship_order") and found.has_perm("orders.view_order")
        assert not found.has_perm("orders.close_order")
    assert found.get_all_permissions() == ModelBackend().get_all_permissions(type(user).objects.get(pk=user.pk))
    assert type(user).objects.get(pk=user.pk).has_perm("orders.view_order")  # also one that came by another way
    user.groups.clear()
    assert not backend.get_user(user.pk).has_perm("orders.view_order")
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert backend.get_user(user.pk) is None and backend.get_user(10**9) is None


def test_a_person_is_added_with_one_role_on_a_page_in_one_language(client):
    client.force_login(make_user("owner"))
    page = client.get("/admin/auth/user/add/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "After you" not in page and 'type="radio" name="groups"' in page
    finance = Group.objects.get(name="finance").pk
    given = {"username": "neu", "password1": "Ab3-xx-yy-zz", "password2": "Ab3-xx-yy-zz", "groups": str(finance)}
    client.post("/admin/auth/user/add/", given)
    assert [group.name for group in User.objects.get(username="neu").groups.all()] == ["finance"]
