from django.db import migrations, models


def keep(apps, schema_editor):
    for access in apps.get_model("scenes", "Access").objects.exclude(test_order=None):
        access.test_orders.add(access.test_order_id)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_sold_by"),
        ("scenes", "0003_access_ended_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="access",
            name="test_orders",
            field=models.ManyToManyField(editable=False, related_name="+", to="orders.order"),
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
        migrations.RemoveField(model_name="access", name="test_order"),
    ]
