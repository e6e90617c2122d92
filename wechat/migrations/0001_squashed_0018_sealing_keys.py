import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import wechat.sealed
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('wechat', '0001_initial'), ('wechat', '0002_step_payload'), ('wechat', '0003_products'), ('wechat', '0004_alter_pulledlist_name'), ('wechat', '0005_alter_pulledlist_name'), ('wechat', '0006_promoters_and_sharers'), ('wechat', '0007_coupons_and_funds'), ('wechat', '0008_registered_lists'), ('wechat', '0009_state_words'), ('wechat', '0010_picture_sources'), ('wechat', '0011_unread_records'), ('wechat', '0012_lists'), ('wechat', '0013_belonging'), ('wechat', '0014_counts_of_calls'), ('wechat', '0015_request_ids'), ('wechat', '0016_circuits'), ('wechat', '0017_buyer_keys'), ('wechat', '0018_sealing_keys')]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('appid', models.CharField(max_length=64, unique=True)),
                ('value', wechat.sealed.SealedField(null=True)),
                ('fingerprint', models.CharField(blank=True, default='', max_length=16)),
                ('expires_at', models.DateTimeField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='AccountInfo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('official_service', models.BooleanField(default=True, help_text='Must be on: without it WeChat refuses every product (1040042).', verbose_name="WeChat's official customer service")),
                ('service_agent_path', models.CharField(blank=True, help_text='A page of the mini program, such as pages/service/index. Leave empty if there is none.', max_length=200, verbose_name='customer-service page')),
                ('service_agent_phone', models.CharField(blank=True, help_text='Shown to buyers, with area code: 020-888888.', max_length=30, validators=[django.core.validators.RegexValidator('^[0-9+\\- ]{5,30}$', 'Digits, spaces, + and - only.')], verbose_name='customer-service phone')),
                ('receiver_name', models.CharField(blank=True, help_text='Who takes returned goods in.', max_length=50, verbose_name='receiver')),
                ('tel_number', models.CharField(blank=True, max_length=30, verbose_name="receiver's phone")),
                ('country', models.CharField(blank=True, default='中国', max_length=50, verbose_name='country')),
                ('province', models.CharField(blank=True, max_length=50, verbose_name='province')),
                ('city', models.CharField(blank=True, max_length=50, verbose_name='city')),
                ('town', models.CharField(blank=True, max_length=50, verbose_name='district')),
                ('detailed_address', models.CharField(blank=True, help_text='Where buyers send goods back when nothing else was agreed.', max_length=200, verbose_name='street address')),
                ('platform', models.JSONField(blank=True, default=dict, editable=False, verbose_name='what WeChat has')),
                ('read_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='read at')),
            ],
            options={
                'verbose_name': 'service settings',
                'verbose_name_plural': 'service settings',
            },
        ),
        migrations.CreateModel(
            name='Belonging',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('appid', models.CharField(blank=True, max_length=64, verbose_name='AppID')),
                ('platform', models.CharField(blank=True, choices=[('wechat', 'at WeChat'), ('sandbox', 'in the sandbox')], max_length=10, verbose_name='platform')),
                ('address', models.CharField(blank=True, max_length=500, verbose_name='address')),
                ('noted_by', models.CharField(max_length=150, verbose_name='noted by')),
                ('noted_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='noted at')),
            ],
            options={
                'verbose_name': 'belonging',
                'verbose_name_plural': 'belongings',
            },
        ),
        migrations.CreateModel(
            name='BuyerKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=16, unique=True)),
                ('key', wechat.sealed.SealedField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'key of a buyer',
                'verbose_name_plural': 'keys of buyers',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ErrorCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('errcode', models.IntegerField(unique=True)),
                ('endpoint', models.CharField(max_length=100, verbose_name='endpoint')),
                ('errmsg', models.TextField(blank=True, verbose_name="WeChat's words")),
                ('seen_at', models.DateTimeField(verbose_name='first seen')),
                ('meaning', models.CharField(blank=True, max_length=500, verbose_name='meaning')),
                ('who', models.CharField(blank=True, max_length=200, verbose_name='who can help')),
                ('written_by', models.CharField(blank=True, max_length=150)),
                ('written_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'unknown error code',
                'verbose_name_plural': 'unknown error codes',
                'default_permissions': ('change',),
            },
        ),
        migrations.CreateModel(
            name='Image',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(editable=False, max_length=64, null=True, unique=True)),
                ('source_sha256', models.CharField(blank=True, db_index=True, editable=False, max_length=64)),
                ('done', models.JSONField(default=list, editable=False)),
                ('file', models.FileField(blank=True, upload_to='images', verbose_name='file')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('content_type', models.CharField(blank=True, max_length=20)),
                ('size', models.PositiveIntegerField(default=0, verbose_name='bytes')),
                ('link', models.CharField(blank=True, db_index=True, max_length=500, verbose_name='address at WeChat')),
                ('media_id', models.CharField(blank=True, max_length=200)),
                ('pay_media_id', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='added at')),
            ],
            options={
                'verbose_name': 'picture',
                'verbose_name_plural': 'pictures',
            },
        ),
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('endpoint', models.CharField(max_length=100, unique=True)),
                ('due', models.BigIntegerField(default=0)),
                ('paused_until', models.BigIntegerField(default=0)),
                ('timeouts', models.PositiveSmallIntegerField(default=0)),
                ('timed_out_at', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='PulledList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True, verbose_name='list')),
                ('pulled_at', models.DateTimeField(blank=True, null=True, verbose_name='pulled at')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='rows')),
                ('note', models.TextField(blank=True, verbose_name='left out')),
            ],
            options={
                'verbose_name': 'list from WeChat',
                'verbose_name_plural': 'lists from WeChat',
            },
        ),
        migrations.CreateModel(
            name='SealingKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=8, unique=True)),
                ('noted_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='CallCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField()),
                ('endpoint', models.CharField(max_length=100)),
                ('answered', models.BooleanField()),
                ('errcode', models.IntegerField(default=0)),
                ('calls', models.PositiveIntegerField()),
                ('milliseconds', models.PositiveBigIntegerField()),
                ('within', models.JSONField()),
            ],
            options={
                'verbose_name': 'count of calls',
                'verbose_name_plural': 'counts of calls',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('hour', 'endpoint', 'answered', 'errcode'), name='one_count_of_an_hour')],
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('operation', models.CharField(max_length=100, verbose_name='operation')),
                ('reads', models.BooleanField(default=False)),
                ('object_id', models.BigIntegerField()),
                ('state', models.CharField(choices=[('wanted', 'Waiting'), ('sent', 'Sent'), ('done', 'Done'), ('refused', 'Refused by WeChat'), ('unknown', 'Outcome unknown'), ('skipped', 'Not sent'), ('failed', 'Failed')], default='wanted', max_length=10, verbose_name='state')),
                ('door', models.CharField(max_length=10, verbose_name='through')),
                ('request_id', models.CharField(blank=True, db_default='', default='', max_length=64, verbose_name='request id')),
                ('payload', models.JSONField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('faults', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(null=True)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('errcode', models.IntegerField(null=True)),
                ('message', models.TextField(blank=True, verbose_name='what was said')),
                ('key', models.CharField(blank=True, max_length=100)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('content_type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='contenttypes.contenttype')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
            ],
            options={
                'verbose_name': 'step',
                'verbose_name_plural': 'steps',
                'permissions': [('settle_step', 'Can settle a step of unknown outcome')],
                'indexes': [models.Index(fields=['content_type', 'object_id', '-id'], name='step_of_record'), models.Index(fields=['created_at'], name='step_created'), models.Index(condition=models.Q(('state__in', ['wanted', 'sent', 'unknown'])), fields=['state', 'next_attempt_at'], name='step_open_due'), models.Index(condition=models.Q(('state', 'refused')), fields=['operation', 'closed_at'], name='step_refused')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('reads', False), ('state__in', ['wanted', 'sent', 'unknown'])), fields=('content_type', 'object_id'), name='one_open_step_per_record'), models.UniqueConstraint(condition=models.Q(('reads', True), ('state__in', ['wanted', 'sent'])), fields=('content_type', 'object_id'), name='one_open_read_per_record')],
            },
        ),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('endpoint', models.CharField(max_length=100, verbose_name='endpoint')),
                ('request', models.JSONField(default=dict, verbose_name='request')),
                ('answer', models.JSONField(default=dict, verbose_name='answer')),
                ('errcode', models.IntegerField(null=True, verbose_name='errcode')),
                ('errmsg', models.TextField(blank=True, verbose_name='errmsg')),
                ('attempt', models.PositiveSmallIntegerField(default=1, verbose_name='attempt')),
                ('duration', models.PositiveIntegerField(default=0, verbose_name='milliseconds')),
                ('asked_by', models.CharField(max_length=150, verbose_name='asked by')),
                ('request_id', models.CharField(blank=True, db_default='', default='', max_length=64, verbose_name='request id')),
                ('created_at', models.DateTimeField(db_index=True, verbose_name='at')),
                ('step', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='calls', to='wechat.step', verbose_name='step')),
            ],
            options={
                'verbose_name': 'call to WeChat',
                'verbose_name_plural': 'calls to WeChat',
            },
        ),
        migrations.CreateModel(
            name='UnreadRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('operation', models.CharField(max_length=100, verbose_name='operation')),
                ('object_id', models.BigIntegerField()),
                ('error', models.TextField(blank=True, verbose_name='last error')),
                ('times', models.PositiveIntegerField(default=1, verbose_name='tries')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('tried_at', models.DateTimeField(db_index=True, verbose_name='last tried')),
                ('content_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='contenttypes.contenttype')),
            ],
            options={
                'verbose_name': 'record that could not be read',
                'verbose_name_plural': 'records that could not be read',
                'ordering': ['-tried_at', '-id'],
                'constraints': [models.UniqueConstraint(fields=('operation', 'object_id'), name='unread_once_per_operation')],
            },
        ),
        migrations.CreateModel(
            name='Callback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('event', models.CharField(blank=True, max_length=100, verbose_name='event')),
                ('state', models.CharField(choices=[('received', 'To be handled'), ('handled', 'Handled'), ('unhandled', 'Nothing listens to it'), ('failed', 'Failed'), ('refused', 'Not accepted')], default='received', max_length=10, verbose_name='state')),
                ('body', models.BinaryField(default=b'')),
                ('sent_at', models.BigIntegerField(default=0, verbose_name='sent at')),
                ('received_at', models.DateTimeField(db_index=True, verbose_name='received at')),
                ('handled_at', models.DateTimeField(null=True, verbose_name='handled at')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('lease_until', models.DateTimeField(null=True)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('error', models.TextField(blank=True, verbose_name='what went wrong')),
                ('object_id', models.BigIntegerField(blank=True, null=True)),
                ('content_type', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='contenttypes.contenttype')),
            ],
            options={
                'verbose_name': 'message from WeChat',
                'verbose_name_plural': 'messages from WeChat',
                'permissions': [('replay_callback', 'Can handle a message again')],
                'indexes': [models.Index(condition=models.Q(('state', 'received')), fields=['next_attempt_at'], name='callback_due'), models.Index(condition=models.Q(('state__in', ['handled', 'received']), _negated=True), fields=['state', '-id'], name='callback_state'), models.Index(fields=['content_type', 'object_id', '-id'], name='callback_of_record')],
            },
        ),
    ]
