"""Every operation of the API, by resource. Written by `make client` from the API's document: a change here is lost."""

from __future__ import annotations

from collections.abc import Sequence

from . import schemas
from .transport import Resource, Transport, part


class Access(Resource):
    def list(self) -> schemas.Access:
        """The 17 steps, from the database; `refresh_access` and the schedule read them from WeChat."""
        return self._ask("GET", "/api/v1/access/")

    def apply_access(self) -> schemas.StartedJob:
        """Apply for access: WeChat sends the administrator an agreement to sign within 24 hours."""
        return self._ask("POST", "/api/v1/access/apply_access/")

    def confirm_released(self) -> schemas.StartedJob:
        """Confirm that it is released (item 11)."""
        return self._ask("POST", "/api/v1/access/confirm_released/")

    def confirm_tested(self) -> schemas.StartedJob:
        """Confirm that the mini program is tested (item 10)."""
        return self._ask("POST", "/api/v1/access/confirm_tested/")

    def finish_aftersales(self) -> schemas.StartedJob:
        """Declare the after-sale interface done (item 9)."""
        return self._ask("POST", "/api/v1/access/finish_aftersales/")

    def finish_delivery(self) -> schemas.StartedJob:
        """Declare the logistics interface done (item 8)."""
        return self._ask("POST", "/api/v1/access/finish_delivery/")

    def finish_orders(self) -> schemas.StartedJob:
        """Declare the order interface done (item 7)."""
        return self._ask("POST", "/api/v1/access/finish_orders/")

    def finish_products(self) -> schemas.StartedJob:
        """Declare the product interface done (item 6)."""
        return self._ask("POST", "/api/v1/access/finish_products/")

    def refresh_access(self) -> schemas.StartedJob:
        """Read the state of the access and of the scenes."""
        return self._ask("POST", "/api/v1/access/refresh_access/")

    def release(self, body: schemas.Release) -> schemas.Access:
        """Store when the mini program was released; it has to be later than the access."""
        return self._ask("POST", "/api/v1/access/release/", body=body)

    def tick(self, body: schemas.Tick) -> schemas.Access:
        """Tick a step that no endpoint shows (2, 3, 12) as done; 409 while it is not `ready`."""
        return self._ask("POST", "/api/v1/access/tick/", body=body)

    def timeline(self, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", "/api/v1/access/timeline/", query={"cursor": cursor, "kind": kind})

    def untick(self, body: schemas.Tick) -> schemas.Access:
        """Remove the tick of a step."""
        return self._ask("POST", "/api/v1/access/untick/", body=body)


class Aftersales(Resource):
    def list(
        self,
        *,
        aftersale_id: int | str | None = None,
        cursor: str | None = None,
        family: int | None = None,
        order__out_order_id: str | None = None,
        out_aftersale_id: str | None = None,
        page_size: int | None = None,
        status: int | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedAftersaleList:
        """After-sales. Opening, changing and cancelling ask WeChat inside the request; a repeated opening is no
        error.
        """
        return self._ask(
            "GET",
            "/api/v1/aftersales/",
            query={
                "aftersale_id": aftersale_id,
                "cursor": cursor,
                "family": family,
                "order__out_order_id": order__out_order_id,
                "out_aftersale_id": out_aftersale_id,
                "page_size": page_size,
                "status": status,
                "updated_after": updated_after,
            },
        )

    def create(self, body: schemas.Opened) -> schemas.Aftersale:
        """Open an after-sale: at WeChat for orders on its merchant account, else kept here and told to WeChat."""
        return self._ask("POST", "/api/v1/aftersales/", body=body)

    def retrieve(self, id: str | int) -> schemas.Aftersale:
        """After-sales. Opening, changing and cancelling ask WeChat inside the request; a repeated opening is no
        error.
        """
        return self._ask("GET", f"/api/v1/aftersales/{part(id)}/")

    def accept_refund(self, id: str | int) -> schemas.StartedJob:
        """Agree to a refund; WeChat pays it."""
        return self._ask("POST", f"/api/v1/aftersales/{part(id)}/accept_refund/")

    def accept_return(self, id: str | int, body: schemas.AcceptedReturn | None = None) -> schemas.StartedJob:
        """Agree to take the goods back, to the address entered for it or the default one."""
        return self._ask("POST", f"/api/v1/aftersales/{part(id)}/accept_return/", body=body)

    def cancel_claim(self, id: str | int) -> schemas.Aftersale:
        """Withdraw an after-sale in the buyer's place."""
        return self._ask("POST", f"/api/v1/aftersales/{part(id)}/cancel_claim/")

    def change_claim(self, id: str | int, body: schemas.Content) -> schemas.Aftersale:
        """Change an after-sale in the buyer's place; it waits for the merchant anew."""
        return self._ask("POST", f"/api/v1/aftersales/{part(id)}/change_claim/", body=body)

    def confirm_goods(self, id: str | int) -> schemas.StartedJob:
        """Confirm that the goods came back; WeChat refunds."""
        return self._ask("POST", f"/api/v1/aftersales/{part(id)}/confirm_goods/")

    def refresh_claim(self, id: str | int) -> schemas.StartedJob:
        """Read the state of the after-sale."""
        return self._ask("POST", f"/api/v1/aftersales/{part(id)}/refresh_claim/")

    def reject_claim(self, id: str | int, body: schemas.Refusal | None = None) -> schemas.StartedJob:
        """Refuse an after-sale. The reason is stored here only: WeChat accepts none."""
        return self._ask("POST", f"/api/v1/aftersales/{part(id)}/reject_claim/", body=body)

    def send_return_info(self, id: str | int, body: schemas.ReturnInfo) -> schemas.Aftersale:
        """Report the return shipment on behalf of the buyer."""
        return self._ask("POST", f"/api/v1/aftersales/{part(id)}/send_return_info/", body=body)

    def tell_claim(self, id: str | int) -> schemas.StartedJob:
        """Report the state of an after-sale of your own to WeChat."""
        return self._ask("POST", f"/api/v1/aftersales/{part(id)}/tell_claim/")

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/aftersales/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})

    def upload_certificates(self, id: str | int, body: schemas.Proof | None = None) -> schemas.StartedJob:
        """Upload proof that you paid the buyer outside WeChat, after WeChat's refund failed."""
        return self._ask("POST", f"/api/v1/aftersales/{part(id)}/upload_certificates/", body=body)


class Alerts(Resource):
    def list(
        self,
        *,
        kind: str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        state: str | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedAlertList:
        """What needs somebody, of the kinds that the caller may see; the newest first."""
        return self._ask(
            "GET",
            "/api/v1/alerts/",
            query={"kind": kind, "page": page, "page_size": page_size, "state": state, "updated_after": updated_after},
        )

    def retrieve(self, id: str | int) -> schemas.Alert:
        """What needs somebody, of the kinds that the caller may see; the newest first."""
        return self._ask("GET", f"/api/v1/alerts/{part(id)}/")

    def acknowledge(self, id: str | int) -> schemas.Alert:
        """Somebody has seen it: no more reminders are sent. It is over when its cause is gone."""
        return self._ask("POST", f"/api/v1/alerts/{part(id)}/acknowledge/")


class Balance(Resource):
    def list(self) -> schemas.Balance:
        """As last read."""
        return self._ask("GET", "/api/v1/balance/")

    def refresh_balance(self) -> schemas.StartedJob:
        """Read the available and the pending amount."""
        return self._ask("POST", "/api/v1/balance/refresh_balance/")

    def timeline(self, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", "/api/v1/balance/timeline/", query={"cursor": cursor, "kind": kind})


class BrandQualifications(Resource):
    def list(
        self,
        *,
        last_round__status: int | None = None,
        last_round__status__isnull: bool | None = None,
        page: int | None = None,
        page_size: int | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedBrandQualificationList:
        """Brand applications and their reviews."""
        return self._ask(
            "GET",
            "/api/v1/brand-qualifications/",
            query={
                "last_round__status": last_round__status,
                "last_round__status__isnull": last_round__status__isnull,
                "page": page,
                "page_size": page_size,
                "updated_after": updated_after,
            },
        )

    def create(self, body: schemas.BrandQualificationInput) -> schemas.BrandQualification:
        """Brand applications and their reviews."""
        return self._ask("POST", "/api/v1/brand-qualifications/", body=body)

    def retrieve(self, id: str | int) -> schemas.BrandQualification:
        """Brand applications and their reviews."""
        return self._ask("GET", f"/api/v1/brand-qualifications/{part(id)}/")

    def update(
        self, id: str | int, body: schemas.BrandQualificationInput, *, if_match: str | None = None
    ) -> schemas.BrandQualification:
        """Brand applications and their reviews."""
        return self._ask("PUT", f"/api/v1/brand-qualifications/{part(id)}/", body=body, headers={"If-Match": if_match})

    def partial_update(
        self, id: str | int, body: schemas.PatchedBrandQualification | None = None, *, if_match: str | None = None
    ) -> schemas.BrandQualification:
        """Brand applications and their reviews."""
        return self._ask(
            "PATCH", f"/api/v1/brand-qualifications/{part(id)}/", body=body, headers={"If-Match": if_match}
        )

    def refresh_brand(self, id: str | int) -> schemas.StartedJob:
        """Read the state of the brand's last review."""
        return self._ask("POST", f"/api/v1/brand-qualifications/{part(id)}/refresh_brand/")

    def submit_brand(self, id: str | int, body: schemas.Confirm | None = None) -> schemas.StartedJob:
        """Send a brand's papers for review and open a round."""
        return self._ask("POST", f"/api/v1/brand-qualifications/{part(id)}/submit_brand/", body=body)

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask(
            "GET", f"/api/v1/brand-qualifications/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind}
        )


class Brands(Resource):
    def list(
        self, *, gone: bool | None = None, page: int | None = None, page_size: int | None = None
    ) -> schemas.PaginatedBrandList:
        """The brands granted to the merchant."""
        return self._ask("GET", "/api/v1/brands/", query={"gone": gone, "page": page, "page_size": page_size})

    def retrieve(self, brand_id: str | int) -> schemas.Brand:
        """The brands granted to the merchant."""
        return self._ask("GET", f"/api/v1/brands/{part(brand_id)}/")


class Categories(Resource):
    def list(
        self,
        *,
        first_cat_id: int | str | None = None,
        gone: bool | None = None,
        granted: bool | None = None,
        page: int | None = None,
        page_size: int | None = None,
        qualification_type: int | None = None,
        second_cat_id: int | str | None = None,
        third_cat_id: int | str | None = None,
    ) -> schemas.PaginatedCategoryList:
        """WeChat's third-level categories, with the papers they need; pulled once a day."""
        return self._ask(
            "GET",
            "/api/v1/categories/",
            query={
                "first_cat_id": first_cat_id,
                "gone": gone,
                "granted": granted,
                "page": page,
                "page_size": page_size,
                "qualification_type": qualification_type,
                "second_cat_id": second_cat_id,
                "third_cat_id": third_cat_id,
            },
        )

    def retrieve(self, third_cat_id: str | int) -> schemas.Category:
        """WeChat's third-level categories, with the papers they need; pulled once a day."""
        return self._ask("GET", f"/api/v1/categories/{part(third_cat_id)}/")


class CategoryQualifications(Resource):
    def list(
        self,
        *,
        category__third_cat_id: int | str | None = None,
        last_round__status: int | None = None,
        last_round__status__isnull: bool | None = None,
        page: int | None = None,
        page_size: int | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedCategoryQualificationList:
        """Category applications and their reviews."""
        return self._ask(
            "GET",
            "/api/v1/category-qualifications/",
            query={
                "category__third_cat_id": category__third_cat_id,
                "last_round__status": last_round__status,
                "last_round__status__isnull": last_round__status__isnull,
                "page": page,
                "page_size": page_size,
                "updated_after": updated_after,
            },
        )

    def create(self, body: schemas.CategoryQualificationInput) -> schemas.CategoryQualification:
        """Category applications and their reviews."""
        return self._ask("POST", "/api/v1/category-qualifications/", body=body)

    def retrieve(self, id: str | int) -> schemas.CategoryQualification:
        """Category applications and their reviews."""
        return self._ask("GET", f"/api/v1/category-qualifications/{part(id)}/")

    def update(
        self, id: str | int, body: schemas.CategoryQualificationInput, *, if_match: str | None = None
    ) -> schemas.CategoryQualification:
        """Category applications and their reviews."""
        return self._ask(
            "PUT", f"/api/v1/category-qualifications/{part(id)}/", body=body, headers={"If-Match": if_match}
        )

    def partial_update(
        self, id: str | int, body: schemas.PatchedCategoryQualification | None = None, *, if_match: str | None = None
    ) -> schemas.CategoryQualification:
        """Category applications and their reviews."""
        return self._ask(
            "PATCH", f"/api/v1/category-qualifications/{part(id)}/", body=body, headers={"If-Match": if_match}
        )

    def refresh_category(self, id: str | int) -> schemas.StartedJob:
        """Read the state of the category's last review."""
        return self._ask("POST", f"/api/v1/category-qualifications/{part(id)}/refresh_category/")

    def submit_category(self, id: str | int, body: schemas.Confirm | None = None) -> schemas.StartedJob:
        """Send a category's papers for review and open a round."""
        return self._ask("POST", f"/api/v1/category-qualifications/{part(id)}/submit_category/", body=body)

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask(
            "GET", f"/api/v1/category-qualifications/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind}
        )


class Comparisons(Resource):
    def list(
        self,
        *,
        page: int | None = None,
        page_size: int | None = None,
        scope: str | None = None,
        source: str | None = None,
    ) -> schemas.PaginatedReconciliationRunList:
        """Comparisons with WeChat: how far each is, and what it found."""
        return self._ask(
            "GET",
            "/api/v1/comparisons/",
            query={"page": page, "page_size": page_size, "scope": scope, "source": source},
        )

    def retrieve(self, id: str | int) -> schemas.ReconciliationRun:
        """Comparisons with WeChat: how far each is, and what it found."""
        return self._ask("GET", f"/api/v1/comparisons/{part(id)}/")


class Complaints(Resource):
    def list(
        self,
        *,
        complaint_order_id: str | None = None,
        cursor: str | None = None,
        page_size: int | None = None,
        status: str | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedComplaintList:
        """Complaints about the shop; they are answered on WeChat's pages, and marked here."""
        return self._ask(
            "GET",
            "/api/v1/complaints/",
            query={
                "complaint_order_id": complaint_order_id,
                "cursor": cursor,
                "page_size": page_size,
                "status": status,
                "updated_after": updated_after,
            },
        )

    def retrieve(self, id: str | int) -> schemas.Complaint:
        """Complaints about the shop; they are answered on WeChat's pages, and marked here."""
        return self._ask("GET", f"/api/v1/complaints/{part(id)}/")

    def mark_answered(self, id: str | int, body: schemas.Answer | None = None) -> schemas.Complaint:
        """Mark every message of the complaint as answered, with what was said; repeating it changes nothing."""
        return self._ask("POST", f"/api/v1/complaints/{part(id)}/mark_answered/", body=body)

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/complaints/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class Coupons(Resource):
    def list(
        self,
        *,
        page: int | None = None,
        page_size: int | None = None,
        status: int | None = None,
        type: int | None = None,
    ) -> schemas.PaginatedCouponList:
        """Coupons. A PUT or PATCH changes our copy, until a coupon is published; an operation sends it to WeChat."""
        return self._ask(
            "GET", "/api/v1/coupons/", query={"page": page, "page_size": page_size, "status": status, "type": type}
        )

    def create(self, body: schemas.CouponInput) -> schemas.Coupon:
        """Coupons. A PUT or PATCH changes our copy, until a coupon is published; an operation sends it to WeChat."""
        return self._ask("POST", "/api/v1/coupons/", body=body)

    def retrieve(self, out_coupon_id: str | int) -> schemas.Coupon:
        """Coupons. A PUT or PATCH changes our copy, until a coupon is published; an operation sends it to WeChat."""
        return self._ask("GET", f"/api/v1/coupons/{part(out_coupon_id)}/")

    def partial_update(
        self, out_coupon_id: str | int, body: schemas.PatchedCoupon | None = None, *, if_match: str | None = None
    ) -> schemas.Coupon:
        """Coupons. A PUT or PATCH changes our copy, until a coupon is published; an operation sends it to WeChat."""
        return self._ask("PATCH", f"/api/v1/coupons/{part(out_coupon_id)}/", body=body, headers={"If-Match": if_match})

    def expire_coupon(self, out_coupon_id: str | int) -> schemas.StartedJob:
        """End the coupon for good."""
        return self._ask("POST", f"/api/v1/coupons/{part(out_coupon_id)}/expire_coupon/")

    def publish_coupon(self, out_coupon_id: str | int) -> schemas.StartedJob:
        """Put the coupon into effect: from now on buyers can receive it."""
        return self._ask("POST", f"/api/v1/coupons/{part(out_coupon_id)}/publish_coupon/")

    def refresh_coupon(self, out_coupon_id: str | int) -> schemas.StartedJob:
        """Read the coupon again; only the list of all coupons gives its stock."""
        return self._ask("POST", f"/api/v1/coupons/{part(out_coupon_id)}/refresh_coupon/")

    def set_stock(self, out_coupon_id: str | int, body: schemas.Stock) -> schemas.Job:
        """Set how many are left to give, and send it to WeChat."""
        return self._ask("POST", f"/api/v1/coupons/{part(out_coupon_id)}/set_stock/", body=body)

    def submit_coupon(self, out_coupon_id: str | int) -> schemas.StartedJob:
        """Create the coupon at WeChat, where it can still be changed until it is published."""
        return self._ask("POST", f"/api/v1/coupons/{part(out_coupon_id)}/submit_coupon/")

    def timeline(
        self, out_coupon_id: str | int, *, cursor: str | None = None, kind: str | None = None
    ) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask(
            "GET", f"/api/v1/coupons/{part(out_coupon_id)}/timeline/", query={"cursor": cursor, "kind": kind}
        )

    def update_coupon(self, out_coupon_id: str | int) -> schemas.StartedJob:
        """Send a coupon that was changed here; possible until it is published."""
        return self._ask("POST", f"/api/v1/coupons/{part(out_coupon_id)}/update_coupon/")

    def update_coupon_stock(self, out_coupon_id: str | int) -> schemas.StartedJob:
        """Send how many are left and given out, by our own count at that moment."""
        return self._ask("POST", f"/api/v1/coupons/{part(out_coupon_id)}/update_coupon_stock/")

    def void_coupon(self, out_coupon_id: str | int) -> schemas.StartedJob:
        """Void the coupon for good."""
        return self._ask("POST", f"/api/v1/coupons/{part(out_coupon_id)}/void_coupon/")


class DailyCloseRows(Resource):
    def list(
        self,
        *,
        close__day: str | None = None,
        cursor: str | None = None,
        page_size: int | None = None,
        problem: str | None = None,
        state: str | None = None,
    ) -> schemas.PaginatedCloseRowList:
        """What does not add up, of all days; the newest first."""
        return self._ask(
            "GET",
            "/api/v1/daily-close-rows/",
            query={
                "close__day": close__day,
                "cursor": cursor,
                "page_size": page_size,
                "problem": problem,
                "state": state,
            },
        )

    def retrieve(self, id: str | int) -> schemas.CloseRow:
        """What does not add up, of all days; the newest first."""
        return self._ask("GET", f"/api/v1/daily-close-rows/{part(id)}/")

    def expect_later(self, id: str | int) -> schemas.CloseRow:
        """Let the day be closed without this movement, which WeChat may still list."""
        return self._ask("POST", f"/api/v1/daily-close-rows/{part(id)}/expect_later/")

    def explain(self, id: str | int, body: schemas.RowExplanation | None = None) -> schemas.CloseRow:
        """Say why it is right as it is, or that it belongs to its likely partner."""
        return self._ask("POST", f"/api/v1/daily-close-rows/{part(id)}/explain/", body=body)

    def take_back(self, id: str | int) -> schemas.CloseRow:
        """The explanation was wrong."""
        return self._ask("POST", f"/api/v1/daily-close-rows/{part(id)}/take_back/")


class DailyCloses(Resource):
    def list(
        self, *, day: str | None = None, page: int | None = None, page_size: int | None = None, state: str | None = None
    ) -> schemas.PaginatedCloseList:
        """Days of the books, the latest first. A day is closed by a signed-in person; no key can."""
        return self._ask(
            "GET", "/api/v1/daily-closes/", query={"day": day, "page": page, "page_size": page_size, "state": state}
        )

    def retrieve(self, id: str | int) -> schemas.Close:
        """Days of the books, the latest first. A day is closed by a signed-in person; no key can."""
        return self._ask("GET", f"/api/v1/daily-closes/{part(id)}/")

    def check(self, id: str | int) -> schemas.Close:
        """Look at an open day again; a closed one stays as it was closed."""
        return self._ask("POST", f"/api/v1/daily-closes/{part(id)}/check/")

    def close(self, id: str | int) -> schemas.Close:
        """Close the day. 409 where a row is unexplained, an earlier day is open, or its movements are not pulled."""
        return self._ask("POST", f"/api/v1/daily-closes/{part(id)}/close/")

    def closings(self, id: str | int) -> Sequence[schemas.Closing]:
        """Every time it was closed or reopened, with the figures as they were."""
        return self._ask("GET", f"/api/v1/daily-closes/{part(id)}/closings/")

    def reopen(self, id: str | int, body: schemas.Reopen) -> schemas.Close:
        """Open a closed day again, with a reason; the figures of its close are kept."""
        return self._ask("POST", f"/api/v1/daily-closes/{part(id)}/reopen/", body=body)

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/daily-closes/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class Differences(Resource):
    def list(
        self,
        *,
        by_read: bool | None = None,
        key: str | None = None,
        kind: str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        source: str | None = None,
        state: str | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedFoundDifferenceList:
        """Where the console and WeChat do not say the same, of what the caller may see; the newest first."""
        return self._ask(
            "GET",
            "/api/v1/differences/",
            query={
                "by_read": by_read,
                "key": key,
                "kind": kind,
                "page": page,
                "page_size": page_size,
                "source": source,
                "state": state,
                "updated_after": updated_after,
            },
        )

    def resolve(self, body: schemas.Resolve) -> schemas.Resolved:
        """Resolve many at once; each by itself, so that one that cannot be resolved stops no other."""
        return self._ask("POST", "/api/v1/differences/resolve/", body=body)

    def retrieve(self, id: str | int) -> schemas.FoundDifference:
        """Where the console and WeChat do not say the same, of what the caller may see; the newest first."""
        return self._ask("GET", f"/api/v1/differences/{part(id)}/")

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/differences/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class Disputes(Resource):
    def list(
        self,
        *,
        complaint_order_id: int | str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        state: int | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedDisputeList:
        """After-sales that buyers brought before the platform."""
        return self._ask(
            "GET",
            "/api/v1/disputes/",
            query={
                "complaint_order_id": complaint_order_id,
                "page": page,
                "page_size": page_size,
                "state": state,
                "updated_after": updated_after,
            },
        )

    def retrieve(self, id: str | int) -> schemas.Dispute:
        """After-sales that buyers brought before the platform."""
        return self._ask("GET", f"/api/v1/disputes/{part(id)}/")

    def hand_in_evidence(self, id: str | int, body: schemas.Evidence) -> schemas.StartedJob:
        """Hand in your evidence to the platform. It has no id of ours, so a person resolves an unknown outcome."""
        return self._ask("POST", f"/api/v1/disputes/{part(id)}/hand_in_evidence/", body=body)

    def refresh_dispute(self, id: str | int) -> schemas.StartedJob:
        """Read the state of the dispute and its history."""
        return self._ask("POST", f"/api/v1/disputes/{part(id)}/refresh_dispute/")

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/disputes/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class Documents(Resource):
    def list(
        self, *, kind: str | None = None, page: int | None = None, page_size: int | None = None
    ) -> schemas.PaginatedDocumentList:
        """Papers: uploaded once, then used by id."""
        return self._ask("GET", "/api/v1/documents/", query={"kind": kind, "page": page, "page_size": page_size})

    def create(self, body: schemas.DocumentInput) -> schemas.Document:
        """Papers: uploaded once, then used by id."""
        return self._ask("POST", "/api/v1/documents/", files=body)

    def retrieve(self, id: str | int) -> schemas.Document:
        """Papers: uploaded once, then used by id."""
        return self._ask("GET", f"/api/v1/documents/{part(id)}/")

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/documents/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class Events(Resource):
    def list(
        self, *, after: str | None = None, page_size: int | None = None, types: str | None = None
    ) -> schemas.EventPage:
        """The events after a position. Ask again with `position` of the answer; an event may come twice, never
        not.

        Types end in what happened: `order.paid`; `….known` are records from before the feed began. Old events
        but the newest of each record are deleted after WECHAT_KEEP_DAYS.
        """
        return self._ask("GET", "/api/v1/events/", query={"after": after, "page_size": page_size, "types": types})


class ExpressCompanies(Resource):
    def list(
        self, *, gone: bool | None = None, page: int | None = None, page_size: int | None = None
    ) -> schemas.PaginatedExpressCompanyList:
        """Express companies from WeChat's list; parcels refer to them by `delivery_id`."""
        return self._ask(
            "GET", "/api/v1/express-companies/", query={"gone": gone, "page": page, "page_size": page_size}
        )

    def retrieve(self, delivery_id: str | int) -> schemas.ExpressCompany:
        """Express companies from WeChat's list; parcels refer to them by `delivery_id`."""
        return self._ask("GET", f"/api/v1/express-companies/{part(delivery_id)}/")


class FlowDays(Resource):
    def list(
        self, *, day: str | None = None, page: int | None = None, page_size: int | None = None
    ) -> schemas.PaginatedFlowDayList:
        """Days whose movements are pulled; posting a day that exists returns it unchanged."""
        return self._ask("GET", "/api/v1/flow-days/", query={"day": day, "page": page, "page_size": page_size})

    def create(self, body: schemas.FlowDayInput) -> schemas.FlowDay:
        """Days whose movements are pulled; posting a day that exists returns it unchanged."""
        return self._ask("POST", "/api/v1/flow-days/", body=body)

    def retrieve(self, id: str | int) -> schemas.FlowDay:
        """Days whose movements are pulled; posting a day that exists returns it unchanged."""
        return self._ask("GET", f"/api/v1/flow-days/{part(id)}/")

    def pull_flow_day(self, id: str | int) -> schemas.StartedJob:
        """Read all movements of the day; those that are stored are not read again.

        If one of them cannot be read, the others are stored, and the day does not count as pulled.
        """
        return self._ask("POST", f"/api/v1/flow-days/{part(id)}/pull_flow_day/")

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/flow-days/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class Flows(Resource):
    def list(
        self,
        *,
        cursor: str | None = None,
        day: str | None = None,
        kind: str | None = None,
        page_size: int | None = None,
        request_no: str | None = None,
    ) -> schemas.PaginatedFlowList:
        """Movements of the merchant account."""
        return self._ask(
            "GET",
            "/api/v1/flows/",
            query={"cursor": cursor, "day": day, "kind": kind, "page_size": page_size, "request_no": request_no},
        )

    def retrieve(self, id: str | int) -> schemas.Flow:
        """Movements of the merchant account."""
        return self._ask("GET", f"/api/v1/flows/{part(id)}/")


class Jobs(Resource):
    def retrieve(self, id: str | int) -> schemas.Job:
        """A job: its progress, and the outcome of each of its steps."""
        return self._ask("GET", f"/api/v1/jobs/{part(id)}/")


class Key(Resource):
    def retrieve(self) -> schemas.Key:
        """The key with which this is asked: its scopes, its end, its limits. Any key may; people get 403."""
        return self._ask("GET", "/api/v1/key/")


class Lists(Resource):
    def list(self, *, page: int | None = None, page_size: int | None = None) -> schemas.PaginatedPulledListList:
        """Lists from WeChat, by name; `pull` reads one whole."""
        return self._ask("GET", "/api/v1/lists/", query={"page": page, "page_size": page_size})

    def retrieve(self, name: str | int) -> schemas.PulledList:
        """Lists from WeChat, by name; `pull` reads one whole."""
        return self._ask("GET", f"/api/v1/lists/{part(name)}/")

    def pull(self, name: str | int) -> schemas.Job:
        """Read the list whole from WeChat; the job's step says how it went."""
        return self._ask("POST", f"/api/v1/lists/{part(name)}/pull/")

    def timeline(self, name: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/lists/{part(name)}/timeline/", query={"cursor": cursor, "kind": kind})


class LiveDays(Resource):
    def list(
        self, *, date: str | None = None, page: int | None = None, page_size: int | None = None
    ) -> schemas.PaginatedLiveDayList:
        """Days of selling live, with their products."""
        return self._ask("GET", "/api/v1/live-days/", query={"date": date, "page": page, "page_size": page_size})

    def create(self, body: schemas.LiveDayInput) -> schemas.LiveDay:
        """Days of selling live, with their products."""
        return self._ask("POST", "/api/v1/live-days/", body=body)

    def retrieve(self, id: str | int) -> schemas.LiveDay:
        """Days of selling live, with their products."""
        return self._ask("GET", f"/api/v1/live-days/{part(id)}/")

    def update(self, id: str | int, body: schemas.LiveDayInput, *, if_match: str | None = None) -> schemas.LiveDay:
        """Days of selling live, with their products."""
        return self._ask("PUT", f"/api/v1/live-days/{part(id)}/", body=body, headers={"If-Match": if_match})

    def partial_update(
        self, id: str | int, body: schemas.PatchedLiveDay | None = None, *, if_match: str | None = None
    ) -> schemas.LiveDay:
        """Days of selling live, with their products."""
        return self._ask("PATCH", f"/api/v1/live-days/{part(id)}/", body=body, headers={"If-Match": if_match})

    def approve(self, id: str | int) -> schemas.Asked:
        """Put the evening's large price cuts before a second person."""
        return self._ask("POST", f"/api/v1/live-days/{part(id)}/approve/")

    def begin(self, id: str | int) -> schemas.EveningJob:
        """Set the evening's price and stock at WeChat as a job; again for what is left. 409 where nothing is."""
        return self._ask("POST", f"/api/v1/live-days/{part(id)}/begin/")

    def board(self, id: str | int) -> schemas.LiveBoard:
        """What is sold and left, and what is wrong; made anew every few seconds at most. With an ETag."""
        return self._ask("GET", f"/api/v1/live-days/{part(id)}/board/")

    def end(self, id: str | int) -> schemas.EveningJob:
        """Put stock and prices back as a job; again for what is left. 409 where nothing is."""
        return self._ask("POST", f"/api/v1/live-days/{part(id)}/end/")

    def findings(self, id: str | int) -> Sequence[schemas.Finding]:
        """What prevents each product from being sold on that day, from the database."""
        return self._ask("GET", f"/api/v1/live-days/{part(id)}/findings/")

    def goods(self, id: str | int) -> Sequence[schemas.LiveProduct]:
        """The goods of the evening in their order, with the price and stock they get and what was set."""
        return self._ask("GET", f"/api/v1/live-days/{part(id)}/goods/")

    def goods_update(self, id: str | int, body: schemas.WantedGoods) -> Sequence[schemas.LiveProduct]:
        """Set order, price (fen) and stock of goods of the evening, and add those it does not have; nothing is
        sent.
        """
        return self._ask("PUT", f"/api/v1/live-days/{part(id)}/goods/", body=body)

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/live-days/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class MerchantAccount(Resource):
    def list(self) -> schemas.Merchant:
        """Its state, as last read."""
        return self._ask("GET", "/api/v1/merchant-account/")

    def apply_merchant(self) -> schemas.StartedJob:
        """Apply for the merchant account; again after a rejection."""
        return self._ask("POST", "/api/v1/merchant-account/apply_merchant/")

    def refresh_merchant(self) -> schemas.StartedJob:
        """Read the state of the application; no message reports it."""
        return self._ask("POST", "/api/v1/merchant-account/refresh_merchant/")

    def timeline(self, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", "/api/v1/merchant-account/timeline/", query={"cursor": cursor, "kind": kind})


class Orders(Resource):
    def list(
        self,
        *,
        cursor: str | None = None,
        openid: str | None = None,
        order_id: int | str | None = None,
        page_size: int | None = None,
        promoter_id: str | None = None,
        sharer_openid: str | None = None,
        status: int | None = None,
        transaction_id: str | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedOrderList:
        """Orders by your own number. A POST may be repeated: the answer is the same, and WeChat has one order.

        503 with Retry-After: WeChat is slow or unavailable. The order is stored; repeat the request for its
        outcome.
        """
        return self._ask(
            "GET",
            "/api/v1/orders/",
            query={
                "cursor": cursor,
                "openid": openid,
                "order_id": order_id,
                "page_size": page_size,
                "promoter_id": promoter_id,
                "sharer_openid": sharer_openid,
                "status": status,
                "transaction_id": transaction_id,
                "updated_after": updated_after,
            },
        )

    def create(self, body: schemas.PlacedOrder, *, idempotency_key: str | None = None) -> schemas.PlacedAnswer:
        """Place an order: it is stored and pushed to WeChat; the answer has what the buyer needs to pay."""
        return self._ask("POST", "/api/v1/orders/", body=body, headers={"Idempotency-Key": idempotency_key})

    def decide(self, body: schemas.DecisionRequest) -> schemas.Decision:
        """What to do with an order, by the answer of `wx.checkBeforeAddOrder`; call that anew for every order."""
        return self._ask("POST", "/api/v1/orders/decide/", body=body)

    def retrieve(self, out_order_id: str | int) -> schemas.Order:
        """Orders by your own number. A POST may be repeated: the answer is the same, and WeChat has one order.

        503 with Retry-After: WeChat is slow or unavailable. The order is stored; repeat the request for its
        outcome.
        """
        return self._ask("GET", f"/api/v1/orders/{part(out_order_id)}/")

    def close_order(self, out_order_id: str | int) -> schemas.Order:
        """Close an order that nobody has paid."""
        return self._ask("POST", f"/api/v1/orders/{part(out_order_id)}/close_order/")

    def confirm_payment(self, out_order_id: str | int, body: schemas.PaymentReport) -> schemas.Order:
        """Report the result of a payment to your own merchant number (fund_type 0). Repeating it is no error."""
        return self._ask("POST", f"/api/v1/orders/{part(out_order_id)}/confirm_payment/", body=body)

    def confirm_receipt(self, out_order_id: str | int) -> schemas.Order:
        """Confirm receipt on behalf of the buyer."""
        return self._ask("POST", f"/api/v1/orders/{part(out_order_id)}/confirm_receipt/")

    def get_payment_params(self, out_order_id: str | int) -> schemas.PaymentParams:
        """The parameters to pay with (fund_type 1). Get them anew for each attempt; the price is fixed from then
        on.
        """
        return self._ask("POST", f"/api/v1/orders/{part(out_order_id)}/get_payment_params/")

    def refresh_order(self, out_order_id: str | int) -> schemas.Order:
        """Read the order from WeChat now."""
        return self._ask("POST", f"/api/v1/orders/{part(out_order_id)}/refresh_order/")

    def ship_order(self, out_order_id: str | int, body: schemas.Shipment | None = None) -> schemas.Order:
        """Report parcels; refunded pieces need none. A waybill that was reported already is no error."""
        return self._ask("POST", f"/api/v1/orders/{part(out_order_id)}/ship_order/", body=body)

    def timeline(
        self, out_order_id: str | int, *, cursor: str | None = None, kind: str | None = None
    ) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask(
            "GET", f"/api/v1/orders/{part(out_order_id)}/timeline/", query={"cursor": cursor, "kind": kind}
        )


class PaymentOrders(Resource):
    def list(
        self,
        *,
        closed: bool | None = None,
        cursor: str | None = None,
        made: bool | None = None,
        page_size: int | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedPaymentOrderList:
        """Payments without a component order, refunded and released under your own numbers: a repeat is no error."""
        return self._ask(
            "GET",
            "/api/v1/payment-orders/",
            query={
                "closed": closed,
                "cursor": cursor,
                "made": made,
                "page_size": page_size,
                "updated_after": updated_after,
            },
        )

    def create(self, body: schemas.PaymentOrderInput) -> schemas.PaymentMade:
        """Make a payment; returns the parameters to pay with.

        A payment that is paid or closed already is returned in its present state (200), without parameters.
        """
        return self._ask("POST", "/api/v1/payment-orders/", body=body)

    def retrieve(self, combine_trade_no: str | int) -> schemas.PaymentOrder:
        """Payments without a component order, refunded and released under your own numbers: a repeat is no error."""
        return self._ask("GET", f"/api/v1/payment-orders/{part(combine_trade_no)}/")

    def close_payment(self, combine_trade_no: str | int) -> schemas.StartedJob:
        """Close a payment that nobody has paid."""
        return self._ask("POST", f"/api/v1/payment-orders/{part(combine_trade_no)}/close_payment/")

    def refresh_payment(self, combine_trade_no: str | int) -> schemas.StartedJob:
        """Read whether it is paid, and the state of its refunds and releases."""
        return self._ask("POST", f"/api/v1/payment-orders/{part(combine_trade_no)}/refresh_payment/")

    def refund_trade(self, combine_trade_no: str | int, body: schemas.RefundRequest) -> schemas.PaymentOrder:
        """Refund an amount of a part, under a number of yours. 202: a second person has to approve it on its page."""
        return self._ask("POST", f"/api/v1/payment-orders/{part(combine_trade_no)}/refund_trade/", body=body)

    def share_trade(self, combine_trade_no: str | int, body: schemas.SharingRequest) -> schemas.PaymentOrder:
        """Release a part's money, under a number of yours. 202: a second person has to approve it."""
        return self._ask("POST", f"/api/v1/payment-orders/{part(combine_trade_no)}/share_trade/", body=body)

    def timeline(
        self, combine_trade_no: str | int, *, cursor: str | None = None, kind: str | None = None
    ) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask(
            "GET", f"/api/v1/payment-orders/{part(combine_trade_no)}/timeline/", query={"cursor": cursor, "kind": kind}
        )


class PayoutPeriods(Resource):
    def list(
        self, *, cursor: str | None = None, is_open: bool | None = None, page_size: int | None = None
    ) -> schemas.PaginatedPeriodList:
        """Pay-out periods."""
        return self._ask(
            "GET", "/api/v1/payout-periods/", query={"cursor": cursor, "is_open": is_open, "page_size": page_size}
        )

    def retrieve(self, id: str | int) -> schemas.Period:
        """Pay-out periods."""
        return self._ask("GET", f"/api/v1/payout-periods/{part(id)}/")

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/payout-periods/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class PayoutRates(Resource):
    def list(
        self,
        *,
        cursor: str | None = None,
        out_product_id: str | None = None,
        page_size: int | None = None,
        role: str | None = None,
        room: str | None = None,
    ) -> schemas.PaginatedRateList:
        """Commission rates with their days of validity."""
        return self._ask(
            "GET",
            "/api/v1/payout-rates/",
            query={
                "cursor": cursor,
                "out_product_id": out_product_id,
                "page_size": page_size,
                "role": role,
                "room": room,
            },
        )

    def retrieve(self, id: str | int) -> schemas.Rate:
        """Commission rates with their days of validity."""
        return self._ask("GET", f"/api/v1/payout-rates/{part(id)}/")

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/payout-rates/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class PayoutStatements(Resource):
    def list(
        self,
        *,
        bank_no: str | None = None,
        cursor: str | None = None,
        page_size: int | None = None,
        period: int | None = None,
        role: str | None = None,
    ) -> schemas.PaginatedStatementList:
        """What each promoter and sharer gets for each period."""
        return self._ask(
            "GET",
            "/api/v1/payout-statements/",
            query={"bank_no": bank_no, "cursor": cursor, "page_size": page_size, "period": period, "role": role},
        )

    def retrieve(self, id: str | int) -> schemas.Statement:
        """What each promoter and sharer gets for each period."""
        return self._ask("GET", f"/api/v1/payout-statements/{part(id)}/")

    def commissions(
        self, id: str | int, *, cursor: str | None = None, page_size: int | None = None
    ) -> schemas.PaginatedCommissionList:
        """The rows of a statement, newest first."""
        return self._ask(
            "GET",
            f"/api/v1/payout-statements/{part(id)}/commissions/",
            query={"cursor": cursor, "page_size": page_size},
        )

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask(
            "GET", f"/api/v1/payout-statements/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind}
        )


class Pictures(Resource):
    def list(
        self, *, page: int | None = None, page_size: int | None = None, sha256: str | None = None
    ) -> schemas.PaginatedPictureList:
        """Pictures of products: uploaded once, then used by id. The same bytes get the same id."""
        return self._ask("GET", "/api/v1/pictures/", query={"page": page, "page_size": page_size, "sha256": sha256})

    def create(self, body: schemas.PictureInput) -> schemas.Picture:
        """Pictures of products: uploaded once, then used by id. The same bytes get the same id."""
        return self._ask("POST", "/api/v1/pictures/", files=body)

    def retrieve(self, id: str | int) -> schemas.Picture:
        """Pictures of products: uploaded once, then used by id. The same bytes get the same id."""
        return self._ask("GET", f"/api/v1/pictures/{part(id)}/")


class ProductDifferences(Resource):
    def list(
        self,
        *,
        field: str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        spu__out_product_id: str | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedDifferenceList:
        """Where WeChat's copies differ from what was sent; resolved with `take_theirs` or by sending ours."""
        return self._ask(
            "GET",
            "/api/v1/product-differences/",
            query={
                "field": field,
                "page": page,
                "page_size": page_size,
                "spu__out_product_id": spu__out_product_id,
                "updated_after": updated_after,
            },
        )

    def retrieve(self, id: str | int) -> schemas.Difference:
        """Where WeChat's copies differ from what was sent; resolved with `take_theirs` or by sending ours."""
        return self._ask("GET", f"/api/v1/product-differences/{part(id)}/")

    def take_theirs(self, id: str | int) -> schemas.SPU:
        """Replace our value of this field with WeChat's."""
        return self._ask("POST", f"/api/v1/product-differences/{part(id)}/take_theirs/")


class ProductImports(Resource):
    def list(self, *, page: int | None = None, page_size: int | None = None) -> schemas.PaginatedBatchList:
        """Imports of sheets: upload one, read its errors, then start it; undo it as a whole."""
        return self._ask("GET", "/api/v1/product-imports/", query={"page": page, "page_size": page_size})

    def create(self, body: schemas.BatchInput) -> schemas.Batch:
        """Upload a sheet (`sheet`, a zip in `pictures`, or `mends`); it is checked in the background."""
        return self._ask("POST", "/api/v1/product-imports/", files=body)

    def retrieve(self, id: str | int) -> schemas.Batch:
        """Imports of sheets: upload one, read its errors, then start it; undo it as a whole."""
        return self._ask("GET", f"/api/v1/product-imports/{part(id)}/")

    def start(self, id: str | int) -> schemas.Batch:
        """Import the rows without errors of a checked sheet."""
        return self._ask("POST", f"/api/v1/product-imports/{part(id)}/start/")

    def undo(self, id: str | int) -> schemas.Batch:
        """Restore every product as it was before, except those changed or sent since."""
        return self._ask("POST", f"/api/v1/product-imports/{part(id)}/undo/")


class Products(Resource):
    def list(
        self,
        *,
        brand__brand_id: int | str | None = None,
        category__third_cat_id: int | str | None = None,
        edit_status: int | None = None,
        out_product_id: str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        product_id: int | str | None = None,
        status: int | None = None,
        unsent: int | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedSPUList:
        """Products. Writing changes our copy; an operation sends it. `unsent`: 0 nothing, 1 no review, 2 with
        review.
        """
        return self._ask(
            "GET",
            "/api/v1/products/",
            query={
                "brand__brand_id": brand__brand_id,
                "category__third_cat_id": category__third_cat_id,
                "edit_status": edit_status,
                "out_product_id": out_product_id,
                "page": page,
                "page_size": page_size,
                "product_id": product_id,
                "status": status,
                "unsent": unsent,
                "updated_after": updated_after,
            },
        )

    def create(self, body: schemas.SPUInput) -> schemas.SPU:
        """Products. Writing changes our copy; an operation sends it. `unsent`: 0 nothing, 1 no review, 2 with
        review.
        """
        return self._ask("POST", "/api/v1/products/", body=body)

    def bulk(self, body: schemas.BulkRequest) -> schemas.Job:
        """Answers with the job; 409 names the number of records where `confirm` is another.

        What a record's state does not allow is skipped, with its reason on the job's step. Where so many take a
        second person, nothing is done, and 409 says that it was put before those who may approve.
        """
        return self._ask("POST", "/api/v1/products/bulk/", body=body)

    def prices(self, body: schemas.Prices) -> schemas.PricesJob:
        """Store prices and stock of SKUs, in fen, and send what needs no review; a step says where a second person
        is needed. Rows that are not right are in `refused`, and hold the others of their product back; 400
        where all are.
        """
        return self._ask("POST", "/api/v1/products/prices/", body=body)

    def retrieve(self, id: str | int) -> schemas.SPU:
        """Products. Writing changes our copy; an operation sends it. `unsent`: 0 nothing, 1 no review, 2 with
        review.
        """
        return self._ask("GET", f"/api/v1/products/{part(id)}/")

    def update(self, id: str | int, body: schemas.SPUInput, *, if_match: str | None = None) -> schemas.SPU:
        """Products. Writing changes our copy; an operation sends it. `unsent`: 0 nothing, 1 no review, 2 with
        review.
        """
        return self._ask("PUT", f"/api/v1/products/{part(id)}/", body=body, headers={"If-Match": if_match})

    def partial_update(
        self, id: str | int, body: schemas.PatchedSPU | None = None, *, if_match: str | None = None
    ) -> schemas.SPU:
        """Products. Writing changes our copy; an operation sends it. `unsent`: 0 nothing, 1 no review, 2 with
        review.
        """
        return self._ask("PATCH", f"/api/v1/products/{part(id)}/", body=body, headers={"If-Match": if_match})

    def destroy(self, id: str | int) -> None:
        """Products. Writing changes our copy; an operation sends it. `unsent`: 0 nothing, 1 no review, 2 with
        review.
        """
        self._ask("DELETE", f"/api/v1/products/{part(id)}/")

    def delist_spu(self, id: str | int) -> schemas.StartedJob:
        """Take a product off sale; it can be put back on at any time."""
        return self._ask("POST", f"/api/v1/products/{part(id)}/delist_spu/")

    def list_spu(self, id: str | int) -> schemas.StartedJob:
        """Put a product that you took off sale back on sale."""
        return self._ask("POST", f"/api/v1/products/{part(id)}/list_spu/")

    def refresh_spu(self, id: str | int) -> schemas.StartedJob:
        """Read the product's state and both of WeChat's copies."""
        return self._ask("POST", f"/api/v1/products/{part(id)}/refresh_spu/")

    def remove_spu(self, id: str | int) -> schemas.StartedJob:
        """Delete a product at WeChat. There is no way back, and its product id is used up."""
        return self._ask("POST", f"/api/v1/products/{part(id)}/remove_spu/")

    def resubmit_spu(self, id: str | int) -> schemas.StartedJob:
        """Withdraw a product from review and submit it again with its content here."""
        return self._ask("POST", f"/api/v1/products/{part(id)}/resubmit_spu/")

    def submit_spu(self, id: str | int, body: schemas.Confirm | None = None) -> schemas.StartedJob:
        """Send a product for review: a new one is added, an existing one updated."""
        return self._ask("POST", f"/api/v1/products/{part(id)}/submit_spu/", body=body)

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/products/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})

    def update_spu_stock(self, id: str | int) -> schemas.StartedJob:
        """Send only the stock, so that price changes that nobody has sent yet stay unsent."""
        return self._ask("POST", f"/api/v1/products/{part(id)}/update_spu_stock/")

    def update_spu_without_audit(self, id: str | int) -> schemas.StartedJob:
        """Send prices, stock and codes, which need no review; the product stays on sale."""
        return self._ask("POST", f"/api/v1/products/{part(id)}/update_spu_without_audit/")

    def withdraw_spu(self, id: str | int) -> schemas.StartedJob:
        """Withdraw a product from review."""
        return self._ask("POST", f"/api/v1/products/{part(id)}/withdraw_spu/")


class Promoters(Resource):
    def list(
        self,
        *,
        cursor: str | None = None,
        gone: bool | None = None,
        page_size: int | None = None,
        promoter_id: str | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedPromoterList:
        """People who sell from their own Channels account; they bind themselves on WeChat's pages."""
        return self._ask(
            "GET",
            "/api/v1/promoters/",
            query={
                "cursor": cursor,
                "gone": gone,
                "page_size": page_size,
                "promoter_id": promoter_id,
                "updated_after": updated_after,
            },
        )

    def retrieve(self, id: str | int) -> schemas.Promoter:
        """People who sell from their own Channels account; they bind themselves on WeChat's pages."""
        return self._ask("GET", f"/api/v1/promoters/{part(id)}/")

    def pull_promoter_sales(self, id: str | int) -> schemas.StartedJob:
        """Read the orders this promoter brought in the last 30 days."""
        return self._ask("POST", f"/api/v1/promoters/{part(id)}/pull_promoter_sales/")

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/promoters/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class Reconciliation(Resource):
    def list(
        self, *, day: str | None = None, kind: str | None = None, page: int | None = None, page_size: int | None = None
    ) -> schemas.PaginatedReconciliationDayList:
        """The report: what was compared on each day, by kind, and what stood open."""
        return self._ask(
            "GET", "/api/v1/reconciliation/", query={"day": day, "kind": kind, "page": page, "page_size": page_size}
        )

    def compare(self, body: schemas.Compare | None = None) -> Sequence[schemas.ReconciliationRun]:
        """Compare a day or a month with WeChat now; read `comparisons` for how far it is."""
        return self._ask("POST", "/api/v1/reconciliation/compare/", body=body)


class Sales(Resource):
    def list(
        self, *, by: str | None = None, from_: str | None = None, limit: int | None = None, to: str | None = None
    ) -> schemas.SalesFigures:
        """The figures by one dimension: days and hours in their order, all others with the highest net first."""
        return self._ask("GET", "/api/v1/sales/", query={"by": by, "from": from_, "limit": limit, "to": to})


class SceneCheck(Resource):
    def create(self, body: schemas.SceneCheckRequest) -> schemas.SceneCheck:
        """The answer is cached for SCENE_CHECK_HOURS, so it may be requested as often as needed."""
        return self._ask("POST", "/api/v1/scene-check/", body=body)


class SceneGroups(Resource):
    def list(
        self, *, page: int | None = None, page_size: int | None = None, updated_after: str | None = None
    ) -> schemas.PaginatedSceneGroupList:
        """Groups of scenes to sell in; status 1 means “reviewed”, which does not mean `passed`."""
        return self._ask(
            "GET", "/api/v1/scene-groups/", query={"page": page, "page_size": page_size, "updated_after": updated_after}
        )

    def retrieve(self, group_id: str | int) -> schemas.SceneGroup:
        """Groups of scenes to sell in; status 1 means “reviewed”, which does not mean `passed`."""
        return self._ask("GET", f"/api/v1/scene-groups/{part(group_id)}/")

    def apply_scene(self, group_id: str | int) -> schemas.StartedJob:
        """Apply for the review of a scene group; after a rejection this is the application for a re-review."""
        return self._ask("POST", f"/api/v1/scene-groups/{part(group_id)}/apply_scene/")

    def refresh_scene(self, group_id: str | int) -> schemas.StartedJob:
        """Read the state of the scenes' reviews."""
        return self._ask("POST", f"/api/v1/scene-groups/{part(group_id)}/refresh_scene/")

    def timeline(self, group_id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask(
            "GET", f"/api/v1/scene-groups/{part(group_id)}/timeline/", query={"cursor": cursor, "kind": kind}
        )


class ServiceSettings(Resource):
    def retrieve(self) -> schemas.AccountInfo:
        """The service settings. Writing changes ours; `send_account_info` sends them to WeChat."""
        return self._ask("GET", "/api/v1/service-settings/")

    def partial_update(
        self, body: schemas.PatchedAccountInfo | None = None, *, if_match: str | None = None
    ) -> schemas.AccountInfo:
        """The service settings. Writing changes ours; `send_account_info` sends them to WeChat."""
        return self._ask("PATCH", "/api/v1/service-settings/", body=body, headers={"If-Match": if_match})

    def refresh_account_info(self) -> schemas.StartedJob:
        """Read what WeChat has; the form shows it beside ours."""
        return self._ask("POST", "/api/v1/service-settings/refresh_account_info/")

    def send_account_info(self) -> schemas.StartedJob:
        """Set customer service and return address as they stand here."""
        return self._ask("POST", "/api/v1/service-settings/send_account_info/")

    def timeline(self, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", "/api/v1/service-settings/timeline/", query={"cursor": cursor, "kind": kind})


class Settlements(Resource):
    def list(
        self,
        *,
        cursor: str | None = None,
        due_on: str | None = None,
        page_size: int | None = None,
        state: str | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedSettlementList:
        """The expected and actual settlements of finished orders."""
        return self._ask(
            "GET",
            "/api/v1/settlements/",
            query={
                "cursor": cursor,
                "due_on": due_on,
                "page_size": page_size,
                "state": state,
                "updated_after": updated_after,
            },
        )

    def retrieve(self, id: str | int) -> schemas.Settlement:
        """The expected and actual settlements of finished orders."""
        return self._ask("GET", f"/api/v1/settlements/{part(id)}/")


class Sharers(Resource):
    def list(
        self,
        *,
        bind_status: int | None = None,
        cursor: str | None = None,
        page_size: int | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedSharerList:
        """People who share live rooms, or were invited to."""
        return self._ask(
            "GET",
            "/api/v1/sharers/",
            query={
                "bind_status": bind_status,
                "cursor": cursor,
                "page_size": page_size,
                "updated_after": updated_after,
            },
        )

    def invite(self, body: schemas.Invitations) -> schemas.Inviting:
        """Invite up to 10,000 people. Those WeChat's rules forbid are left out, with reasons; 409 if all are."""
        return self._ask("POST", "/api/v1/sharers/invite/", body=body)

    def sales(
        self, *, first: str | None = None, kind: str | None = None, last: str | None = None
    ) -> Sequence[schemas.SalesLine]:
        """The leaderboard of a span of days, highest sales first."""
        return self._ask("GET", "/api/v1/sharers/sales/", query={"first": first, "kind": kind, "last": last})

    def retrieve(self, openid: str | int) -> schemas.Sharer:
        """People who share live rooms, or were invited to."""
        return self._ask("GET", f"/api/v1/sharers/{part(openid)}/")

    def pull_sharer_sales(self, openid: str | int) -> schemas.StartedJob:
        """Read this person's sales: WeChat's totals, the live rooms, and the orders of the last 30 days."""
        return self._ask("POST", f"/api/v1/sharers/{part(openid)}/pull_sharer_sales/")

    def refresh_sharer(self, openid: str | int) -> schemas.StartedJob:
        """Read this person's state."""
        return self._ask("POST", f"/api/v1/sharers/{part(openid)}/refresh_sharer/")

    def timeline(self, openid: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/sharers/{part(openid)}/timeline/", query={"cursor": cursor, "kind": kind})

    def unbind_sharer(self, openid: str | int) -> schemas.StartedJob:
        """Unbind one sharer; possible 30 days after the binding."""
        return self._ask("POST", f"/api/v1/sharers/{part(openid)}/unbind_sharer/")


class Stock(Resource):
    def list(
        self, *, cursor: str | None = None, out_sku_id: str | None = None, page_size: int | None = None
    ) -> schemas.PaginatedStockedSKUList:
        """The stock of every SKU."""
        return self._ask(
            "GET", "/api/v1/stock/", query={"cursor": cursor, "out_sku_id": out_sku_id, "page_size": page_size}
        )

    def push(self, body: schemas.Push) -> schemas.PushAnswer:
        """Take the stock of up to 1,000 SKUs of a connected shop, and tell WeChat. A row with a version lower than
        the last one is refused, with the one that is known; the same version again changes nothing. 409, with
        the newest versions in its text, where every row is refused.
        """
        return self._ask("POST", "/api/v1/stock/push/", body=body)

    def retrieve(self, id: str | int) -> schemas.StockedSKU:
        """The stock of every SKU."""
        return self._ask("GET", f"/api/v1/stock/{part(id)}/")


class UserCoupons(Resource):
    def list(
        self,
        *,
        coupon__out_coupon_id: str | None = None,
        openid: str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        status: int | None = None,
    ) -> schemas.PaginatedUserCouponList:
        """The coupons of buyers. POST gives one outside WeChat, by the same rules."""
        return self._ask(
            "GET",
            "/api/v1/user-coupons/",
            query={
                "coupon__out_coupon_id": coupon__out_coupon_id,
                "openid": openid,
                "page": page,
                "page_size": page_size,
                "status": status,
            },
        )

    def create(self, body: schemas.Gift) -> schemas.UserCoupon:
        """Give a buyer one from the stock, and report it to WeChat; 409 with the reason where that is not
        possible.
        """
        return self._ask("POST", "/api/v1/user-coupons/", body=body)

    def retrieve(self, out_user_coupon_id: str | int) -> schemas.UserCoupon:
        """The coupons of buyers. POST gives one outside WeChat, by the same rules."""
        return self._ask("GET", f"/api/v1/user-coupons/{part(out_user_coupon_id)}/")

    def add_user_coupon(self, out_user_coupon_id: str | int) -> schemas.StartedJob:
        """Record at WeChat a coupon that was given here and that WeChat does not list."""
        return self._ask("POST", f"/api/v1/user-coupons/{part(out_user_coupon_id)}/add_user_coupon/")

    def expire_user_coupon(self, out_user_coupon_id: str | int) -> schemas.StartedJob:
        """Tell WeChat that its time is over."""
        return self._ask("POST", f"/api/v1/user-coupons/{part(out_user_coupon_id)}/expire_user_coupon/")

    def pull_user_coupons(self, out_user_coupon_id: str | int) -> schemas.StartedJob:
        """Read all coupons of this buyer: WeChat lists them by person only."""
        return self._ask("POST", f"/api/v1/user-coupons/{part(out_user_coupon_id)}/pull_user_coupons/")

    def timeline(
        self, out_user_coupon_id: str | int, *, cursor: str | None = None, kind: str | None = None
    ) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask(
            "GET", f"/api/v1/user-coupons/{part(out_user_coupon_id)}/timeline/", query={"cursor": cursor, "kind": kind}
        )

    def use_user_coupon(self, out_user_coupon_id: str | int, body: schemas.Use | None = None) -> schemas.Job:
        """Report that the buyer used it, and when."""
        return self._ask("POST", f"/api/v1/user-coupons/{part(out_user_coupon_id)}/use_user_coupon/", body=body)


class Webhooks(Resource):
    def list(self, *, page: int | None = None, page_size: int | None = None) -> schemas.PaginatedEndpointList:
        """Addresses that are told of events, signed as Standard Webhooks describes it: hints; the feed is
        complete.
        """
        return self._ask("GET", "/api/v1/webhooks/", query={"page": page, "page_size": page_size})

    def create(self, body: schemas.EndpointInput) -> schemas.MadeEndpoint:
        """Told from now on. The answer has the secret, which is shown this once."""
        return self._ask("POST", "/api/v1/webhooks/", body=body)

    def types(self) -> schemas.EventTypes:
        """The types of events that there are."""
        return self._ask("GET", "/api/v1/webhooks/types/")

    def retrieve(self, id: str | int) -> schemas.Endpoint:
        """Addresses that are told of events, signed as Standard Webhooks describes it: hints; the feed is
        complete.
        """
        return self._ask("GET", f"/api/v1/webhooks/{part(id)}/")

    def partial_update(self, id: str | int, body: schemas.PatchedEndpoint | None = None) -> schemas.Endpoint:
        """Addresses that are told of events, signed as Standard Webhooks describes it: hints; the feed is
        complete.
        """
        return self._ask("PATCH", f"/api/v1/webhooks/{part(id)}/", body=body)

    def destroy(self, id: str | int) -> None:
        """Addresses that are told of events, signed as Standard Webhooks describes it: hints; the feed is
        complete.
        """
        self._ask("DELETE", f"/api/v1/webhooks/{part(id)}/")

    def deliveries(
        self, id: str | int, *, page: int | None = None, page_size: int | None = None
    ) -> schemas.PaginatedDeliveryList:
        """What was sent, newest first: each event with its last attempt."""
        return self._ask(
            "GET", f"/api/v1/webhooks/{part(id)}/deliveries/", query={"page": page, "page_size": page_size}
        )

    def disable(self, id: str | int) -> schemas.Endpoint:
        """Send nothing until it is enabled."""
        return self._ask("POST", f"/api/v1/webhooks/{part(id)}/disable/")

    def enable(self, id: str | int) -> schemas.Endpoint:
        """Go on from where it was. From now on the caller answers for it: their permissions bound its events."""
        return self._ask("POST", f"/api/v1/webhooks/{part(id)}/enable/")

    def rotate_secret(self, id: str | int) -> schemas.Secret:
        """A new secret, shown this once; for a day events are signed with the old one too."""
        return self._ask("POST", f"/api/v1/webhooks/{part(id)}/rotate_secret/")

    def send_again(self, id: str | int, body: schemas.Again) -> schemas.Delivery:
        """Send one event again, soon."""
        return self._ask("POST", f"/api/v1/webhooks/{part(id)}/send_again/", body=body)

    def send_since(self, id: str | int, body: schemas.Since | None = None) -> schemas.Endpoint:
        """Send everything since then, also what arrived before: it is known by its `webhook-id`. Enables it."""
        return self._ask("POST", f"/api/v1/webhooks/{part(id)}/send_since/", body=body)

    def test(self, id: str | int) -> schemas.Outcome:
        """Send an event of the type `webhook.test` now, and say how the receiver answered."""
        return self._ask("POST", f"/api/v1/webhooks/{part(id)}/test/")

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/webhooks/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class Withdrawals(Resource):
    def list(
        self,
        *,
        cursor: str | None = None,
        page_size: int | None = None,
        status: str | None = None,
        updated_after: str | None = None,
    ) -> schemas.PaginatedWithdrawalList:
        """Withdrawals. Nothing is sent before a person other than the requester has approved it on its page."""
        return self._ask(
            "GET",
            "/api/v1/withdrawals/",
            query={"cursor": cursor, "page_size": page_size, "status": status, "updated_after": updated_after},
        )

    def create(self, body: schemas.WithdrawalInput) -> schemas.Withdrawal:
        """Withdrawals. Nothing is sent before a person other than the requester has approved it on its page."""
        return self._ask("POST", "/api/v1/withdrawals/", body=body)

    def retrieve(self, id: str | int) -> schemas.Withdrawal:
        """Withdrawals. Nothing is sent before a person other than the requester has approved it on its page."""
        return self._ask("GET", f"/api/v1/withdrawals/{part(id)}/")

    def check_withdrawal_scan(self, id: str | int) -> schemas.StartedJob:
        """Read the state of the QR code and of the withdrawal."""
        return self._ask("POST", f"/api/v1/withdrawals/{part(id)}/check_withdrawal_scan/")

    def let_go_withdrawal(self, id: str | int) -> schemas.StartedJob:
        """Ask WeChat once more about a scanned withdrawal that hangs; only where it has no such withdrawal, let it
        go.
        """
        return self._ask("POST", f"/api/v1/withdrawals/{part(id)}/let_go_withdrawal/")

    def refresh_withdrawal(self, id: str | int) -> schemas.StartedJob:
        """Read the state of the withdrawal."""
        return self._ask("POST", f"/api/v1/withdrawals/{part(id)}/refresh_withdrawal/")

    def renew_withdrawal(self, id: str | int) -> schemas.StartedJob:
        """Request the same withdrawal again, whose QR code expired before it was confirmed."""
        return self._ask("POST", f"/api/v1/withdrawals/{part(id)}/renew_withdrawal/")

    def submit_withdrawal(self, id: str | int) -> schemas.StartedJob:
        """Request the withdrawal, and get the QR code that the administrator scans."""
        return self._ask("POST", f"/api/v1/withdrawals/{part(id)}/submit_withdrawal/")

    def timeline(self, id: str | int, *, cursor: str | None = None, kind: str | None = None) -> schemas.Timeline:
        """What happened to the record, newest first, 60 on a page."""
        return self._ask("GET", f"/api/v1/withdrawals/{part(id)}/timeline/", query={"cursor": cursor, "kind": kind})


class Resources:
    """All resources of the API."""

    def __init__(self, transport: Transport) -> None:
        self.access = Access(transport)
        self.aftersales = Aftersales(transport)
        self.alerts = Alerts(transport)
        self.balance = Balance(transport)
        self.brand_qualifications = BrandQualifications(transport)
        self.brands = Brands(transport)
        self.categories = Categories(transport)
        self.category_qualifications = CategoryQualifications(transport)
        self.comparisons = Comparisons(transport)
        self.complaints = Complaints(transport)
        self.coupons = Coupons(transport)
        self.daily_close_rows = DailyCloseRows(transport)
        self.daily_closes = DailyCloses(transport)
        self.differences = Differences(transport)
        self.disputes = Disputes(transport)
        self.documents = Documents(transport)
        self.events = Events(transport)
        self.express_companies = ExpressCompanies(transport)
        self.flow_days = FlowDays(transport)
        self.flows = Flows(transport)
        self.jobs = Jobs(transport)
        self.key = Key(transport)
        self.lists = Lists(transport)
        self.live_days = LiveDays(transport)
        self.merchant_account = MerchantAccount(transport)
        self.orders = Orders(transport)
        self.payment_orders = PaymentOrders(transport)
        self.payout_periods = PayoutPeriods(transport)
        self.payout_rates = PayoutRates(transport)
        self.payout_statements = PayoutStatements(transport)
        self.pictures = Pictures(transport)
        self.product_differences = ProductDifferences(transport)
        self.product_imports = ProductImports(transport)
        self.products = Products(transport)
        self.promoters = Promoters(transport)
        self.reconciliation = Reconciliation(transport)
        self.sales = Sales(transport)
        self.scene_check = SceneCheck(transport)
        self.scene_groups = SceneGroups(transport)
        self.service_settings = ServiceSettings(transport)
        self.settlements = Settlements(transport)
        self.sharers = Sharers(transport)
        self.stock = Stock(transport)
        self.user_coupons = UserCoupons(transport)
        self.webhooks = Webhooks(transport)
        self.withdrawals = Withdrawals(transport)
