"""Names that are stored, or that others build on: they stay as they are, whatever is renamed around them.

An operation's name is stored on steps and jobs; it is its permission, part of a key's scopes and of API paths. A task's
name waits in the broker while a new version starts. A new name is added here; none is changed or taken away.
"""

from config.celery import app
from wechat.steps import operations

OPERATIONS = {
    "aftersales": """
        accept_refund accept_return cancel_claim change_claim confirm_goods hand_in_evidence open_claim
        record_claim refresh_claim refresh_dispute reject_claim send_return_info tell_claim
        upload_certificates
    """,
    "catalog": """
        delist_spu list_spu refresh_spu remove_spu resubmit_spu send_live_terms submit_spu update_spu_stock
        update_spu_without_audit withdraw_spu
    """,
    "coupons": """
        add_user_coupon confirm_coupons expire_coupon expire_user_coupon publish_coupon pull_user_coupons
        refresh_coupon submit_coupon update_coupon update_coupon_stock use_user_coupon void_coupon
    """,
    "funds": """
        apply_merchant ask_scan check_scan check_withdrawal_scan close_payment find_bank make_payment
        pull_branches pull_flow_day pull_merchant_branches refresh_balance refresh_bank_account
        refresh_merchant refresh_payment refresh_withdrawal refund_trade renew_withdrawal share_trade let_go_withdrawal
        show_known submit_bank_account submit_withdrawal
    """,
    "orders": """
        close_order confirm_payment confirm_receipt get_payment_params place_order refresh_order ship_order
    """,
    "qualifications": """
        refresh_brand refresh_category submit_brand submit_category
    """,
    "scenes": """
        apply_access apply_scene check_scene clear_live_price confirm_released confirm_tested finish_aftersales
        finish_delivery finish_orders finish_products invite_sharer pull_promoter_sales pull_sharer_sales refresh_access
        refresh_scene refresh_sharer send_share_mode unbind_sharer
    """,
    "wechat": """
        pull_aftersales pull_banks pull_categories pull_cities pull_coupons pull_disputes
        pull_express_companies pull_filed_certificates pull_granted_brands pull_granted_categories pull_orders
        pull_payments pull_products pull_promoters pull_sharers pull_withdrawals refresh_account_info
        send_account_info upload_image
    """,
}
TASKS = {
    "aftersales.tasks": """
        pull_all_aftersales refresh_claims warn_of_deadlines
    """,
    "books.sales.tasks": """
        compare_sales refresh_sales
    """,
    "books.closing.tasks": """
        check_days
    """,
    "books.payouts.tasks": """
        make_open_period make_statements ring_periods
    """,
    "catalog.coupons.tasks": """
        expire_user_coupons pull_all_coupons send_stock settle_user_coupons
    """,
    "catalog.tasks": """
        forget_batches pull_all_products pull_lists refresh_products ring_batches work_batch
    """,
    "console.tasks": """
        compare_alerts compare_index compare_yesterday cut_edits deliver_webhooks forget_alerts forget_drafts forget_old
        forget_requests index_new link_edits mail_sign_in_notices prune_feed ring_alerts ring_comparisons ring_exports
        ring_jobs ring_webhooks send_alerts show_sign verify_edits work_comparison work_large_job work_small_job
        write_export
    """,
    "orders.funds.tasks": """
        look_at_scans pull_lists pull_recent_flows reckon refresh_payments refresh_withdrawals watch_merchant
    """,
    "orders.tasks": """
        close_overdue_orders erase_addresses finish_shipping forget_idempotency_keys go_on_with_counts hash_buyers
        work_count pull_all_orders pull_companies push_sold_stock push_unplaced_orders refresh_orders
    """,
    "qualifications.tasks": """
        refresh_audits
    """,
    "scenes.tasks": """
        check_scenes go_on_with_evenings pull_people refresh_sharers watch_access
    """,
    "wechat.tasks": """
        count_calls handle_callbacks prune sweep
    """,
}


def _full_names(table: dict[str, str]) -> set[str]:
    return {f"{place}.{name}" for place, names in table.items() for name in names.split()}


def test_every_operation_keeps_its_name():
    assert {op.full_name for op in operations.registry.values()} == _full_names(OPERATIONS)


def test_every_operation_is_named_after_its_function():
    assert [op.name for op in operations.registry.values() if op.body.__name__ not in (op.name, "declare")] == []


def test_every_task_keeps_its_name_and_says_it():
    app.loader.import_default_modules()
    tasks = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert set(tasks) == _full_names(TASKS)


def test_every_scheduled_and_routed_task_exists():
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert (scheduled | set(app.conf.task_routes)) - _full_names(TASKS) == set()
