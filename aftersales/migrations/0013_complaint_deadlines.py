"""Set when the answer is due, for complaints that were stored before: their messages say it."""

from datetime import UTC, datetime

from django.db import migrations

from wechat.chunks import in_chunks


def set_due(apps, schema_editor):
    complaints = apps.get_model("aftersales", "Complaint").objects.using(schema_editor.connection.alias)
    for complaint in in_chunks(complaints.only("told")):
        seconds = str(complaint.told.get("expire_time") or "")
        if seconds.isdecimal() and len(seconds) == 10:
            complaints.filter(pk=complaint.pk).update(due_at=datetime.fromtimestamp(int(seconds), UTC))


class Migration(migrations.Migration):
    dependencies = [("aftersales", "0012_complaint_answers")]

    operations = [migrations.RunPython(set_due, migrations.RunPython.noop)]
