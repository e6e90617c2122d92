"""Count the bindings of sharers that were read before: each has WeChat's time of the last one."""

from django.db import migrations

from wechat.chunks import chunks_of


def keep_known(apps, schema_editor):
    using = schema_editor.connection.alias
    binding = apps.get_model("scenes", "Binding")
    bound = apps.get_model("scenes", "Sharer").objects.using(using).exclude(bound_at=None)
    for sharers in chunks_of(bound.only("bound_at"), 1000):
        rows = [binding(sharer_id=sharer.pk, is_bound=True, at=sharer.bound_at) for sharer in sharers]
        binding.objects.using(using).bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("scenes", "0003_bindings")]

    operations = [migrations.RunPython(keep_known, migrations.RunPython.noop)]
