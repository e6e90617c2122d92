from django.db import migrations, models
from django.db.models import Count, Max, Sum


def add_up(apps, schema_editor):
    rows = apps.get_model("console", "RequestCount").objects.order_by()
    sums = rows.values("key", "day").annotate(
        rows=Count("id"), kept=Max("id"), all=Sum("total"), all_refused=Sum("refused"), all_failed=Sum("failed")
    )
    for row in list(sums.filter(rows__gt=1)):
        day = rows.filter(key=row["key"], day=row["day"])
        day.exclude(pk=row["kept"]).delete()
        day.update(total=row["all"], refused=row["all_refused"], failed=row["all_failed"])


class Migration(migrations.Migration):

    dependencies = [("console", "0017_edit_chain")]

    operations = [
        migrations.RunPython(add_up, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint("requestcount", "one_count_of_a_shard"),
        # Backwards, the rows that there are need a value.
        migrations.AlterField("requestcount", "shard", models.PositiveSmallIntegerField(default=0)),
        migrations.RemoveField("requestcount", "shard"),
        migrations.AddConstraint(
            "requestcount", models.UniqueConstraint(fields=["key", "day"], name="one_count_of_a_day")
        ),
    ]
