"""Scheduled tasks of the sales figures."""

from datetime import date

from celery import shared_task

from .changed import note_categories, note_coupons, refresh


@shared_task
def refresh_sales() -> int:
    """Count the days that changed since the last time."""
    return refresh()


@shared_task
def compare_sales() -> int:
    """Each night: find coupons that were used long before we heard of it, and products that changed their category."""
    note_coupons(date.min)
    note_categories()
    return refresh()
