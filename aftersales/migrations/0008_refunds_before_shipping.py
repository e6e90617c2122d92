from django.db import migrations

REFUND, PAID_BACK, UNSHIPPED = 1, (13, 14), (20, 21)
NEAR = 5  # seconds between a refund and a parcel within which nobody can tell which came first


def split(apps, schema_editor):
    """Tell what was refunded before it was shipped, from after-sales and parcels; mark what cannot be told."""
    OrderLine = apps.get_model("orders", "OrderLine")
    pk = 0
    while lines := list(OrderLine.objects.filter(refunded_cnt__gt=0, pk__gt=pk).select_related("order").order_by("pk")[:500]):
        pk = lines[-1].pk
        for line in lines:
            line.refunded_unshipped_cnt, is_clear = freed(apps, line)
            line.refunds_unclear = not is_clear and line.order.status in UNSHIPPED
        OrderLine.objects.bulk_update(lines, ["refunded_unshipped_cnt", "refunds_unclear"])


def freed(apps, line):
    """(pieces refunded while in no parcel, whether that is certain)."""
    Aftersale, ParcelItem = apps.get_model("aftersales", "Aftersale"), apps.get_model("orders", "ParcelItem")
    claims = list(Aftersale.objects.filter(line=line, recorded_cnt__gt=0).order_by("pk"))
    clear, moments = sum(claim.recorded_cnt for claim in claims) == line.refunded_cnt, []
    for claim in claims:
        change = claim.changes.filter(status__in=PAID_BACK).order_by("pk").first()
        if change:
            moments.append((change.at, claim))
        else:
            clear = False
    packed = [(item.parcel.sent_at, item.product_cnt) for item in ParcelItem.objects.filter(line=line).select_related("parcel")]
    count = 0
    for at, claim in sorted(moments, key=lambda row: row[0]):
        if claim.type != REFUND:
            continue
        shipped = sum(pieces for sent_at, pieces in packed if sent_at and sent_at <= at)
        near = any(sent_at and abs((sent_at - at).total_seconds()) < NEAR for sent_at, _pieces in packed)
        clear = clear and not near
        count += max(0, min(claim.recorded_cnt, line.product_cnt - shipped - count))
    return (count, True) if clear else (0, False)


class Migration(migrations.Migration):
    dependencies = [("aftersales", "0007_lists"), ("orders", "0010_refunds_before_shipping")]

    operations = [migrations.RunPython(split, migrations.RunPython.noop)]
