"""Count the bindings of sharers that were read before: each has WeChat's time of the last one."""

from django.db import migrations


def keep_known(apps, schema_editor):
    using = schema_editor.connection.alias
    binding = apps.get_model("scenes", "Binding")
    bound = apps.get_model("scenes", "Sharer").objects.using(using).exclude(bound_at=None)
    rows = []
    for pk, at in bound.values_list("pk", "bound_at").iterator(1000):
        rows.append(binding(sharer_id=pk, is_bound=True, at=at))
        if len(rows) == 1000:
            binding.objects.using(using).bulk_create(rows, ignore_conflicts=True)
            rows = []
    binding.objects.using(using).bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("scenes", "0003_bindings")]

    operations = [migrations.RunPython(keep_known, migrations.RunPython.noop)]
