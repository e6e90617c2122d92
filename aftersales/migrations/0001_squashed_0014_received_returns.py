import django.db.models.deletion
import wechat.sealed
import wechat.values
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('aftersales', '0001_initial'), ('aftersales', '0002_initial'), ('aftersales', '0003_refund_index'), ('aftersales', '0004_words'), ('aftersales', '0005_ids'), ('aftersales', '0006_charts'), ('aftersales', '0007_lists'), ('aftersales', '0008_refunds_before_shipping'), ('aftersales', '0009_agreed'), ('aftersales', '0010_approvals'), ('aftersales', '0011_no_approval_columns'), ('aftersales', '0012_complaint_answers'), ('aftersales', '0013_complaint_deadlines'), ('aftersales', '0014_received_returns')]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('console', '0008_approvals'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('orders', '0011_money_filters'),
        ('wechat', '0012_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('title', models.CharField(max_length=60, unique=True, verbose_name='title')),
                ('text', models.TextField(help_text='At most 300 characters, so that it fits every box.', max_length=300, verbose_name='text')),
                ('used_for', models.CharField(choices=[('any', 'everywhere'), ('complaint', 'answers to complaints'), ('aftersale', 'refusals of after-sales'), ('dispute', 'evidence in disputes')], default='any', max_length=10, verbose_name='offered for')),
            ],
            options={
                'verbose_name': 'saved reply',
                'verbose_name_plural': 'saved replies',
                'ordering': ['title'],
            },
        ),
        migrations.CreateModel(
            name='Aftersale',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('family', models.IntegerField(choices=[(0, 'Kept by us'), (1, 'Kept by WeChat')], verbose_name='its state')),
                ('out_aftersale_id', models.CharField(blank=True, max_length=100, null=True, unique=True, validators=[wechat.values.out_id], verbose_name='after-sale number')),
                ('type', models.IntegerField(choices=[(1, 'Refund only'), (2, 'Return and refund'), (3, 'Exchange')], verbose_name='kind')),
                ('product_cnt', models.PositiveIntegerField(default=1, verbose_name='pieces')),
                ('orderamt', models.PositiveIntegerField(verbose_name='amount')),
                ('refund_reason_type', models.IntegerField(default=12, verbose_name='reason')),
                ('refund_reason', models.CharField(blank=True, max_length=500, verbose_name="buyer's words")),
                ('media_list', models.JSONField(default=list, verbose_name="buyer's pictures")),
                ('return_info', models.JSONField(default=dict)),
                ('return_address', wechat.sealed.SealedJSONField(null=True, verbose_name='return address')),
                ('received_at', models.DateTimeField(null=True, verbose_name='received at')),
                ('reject_reason', models.CharField(blank=True, max_length=300, verbose_name='our reason')),
                ('refund_desc', models.CharField(blank=True, max_length=300, verbose_name='how it was refunded')),
                ('aftersale_id', models.BigIntegerField(null=True, unique=True, verbose_name='aftersale_id')),
                ('status', models.IntegerField(null=True, verbose_name='state')),
                ('refund_id', models.CharField(blank=True, max_length=64, verbose_name='refund_id')),
                ('opened_at', models.DateTimeField(null=True, verbose_name='opened at')),
                ('moved_at', models.DateTimeField(null=True, verbose_name='last moved')),
                ('deadline_at', models.DateTimeField(null=True, verbose_name='until')),
                ('warned', models.PositiveSmallIntegerField(default=0)),
                ('read_at', models.DateTimeField(null=True, verbose_name='last read')),
                ('refusal', models.JSONField(default=dict)),
                ('agreed_at', models.DateTimeField(null=True)),
                ('recorded_cnt', models.PositiveIntegerField(default=0)),
                ('recorded_fen', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('certificates', models.ManyToManyField(blank=True, related_name='+', to='wechat.image', verbose_name='proof of the refund')),
                ('line', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.orderline', verbose_name='goods')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='aftersales', to='orders.order', verbose_name='order')),
                ('received_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='received by')),
            ],
            options={
                'verbose_name': 'after-sale',
                'verbose_name_plural': 'after-sales',
                'ordering': ['-id'],
                'permissions': [('approve_refund', 'Can approve large refunds that somebody else asked for'), ('receive_return', 'Can mark goods that buyers sent back as received')],
                'indexes': [models.Index(fields=['family', 'status', 'deadline_at'], name='claim_desk'), models.Index(condition=models.Q(('deadline_at__isnull', False)), fields=['deadline_at', 'id'], name='claim_deadline'), models.Index(fields=['created_at'], name='claim_created'), models.Index(condition=models.Q(('received_at__isnull', False)), fields=['deadline_at', 'id'], name='claim_received'), models.Index(fields=['read_at'], name='claim_to_read'), models.Index(condition=models.Q(('refund_id', ''), _negated=True), fields=['refund_id'], name='claim_refund')],
            },
        ),
        migrations.CreateModel(
            name='ClaimChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('was', models.IntegerField(null=True)),
                ('status', models.IntegerField()),
                ('note', models.CharField(blank=True, max_length=300)),
                ('door', models.CharField(max_length=10)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('aftersale', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='aftersales.aftersale')),
            ],
            options={
                'verbose_name': 'change of an after-sale',
                'verbose_name_plural': 'changes of after-sales',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ClaimVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.IntegerField()),
                ('product_cnt', models.PositiveIntegerField()),
                ('orderamt', models.PositiveIntegerField()),
                ('refund_reason_type', models.IntegerField()),
                ('refund_reason', models.CharField(blank=True, max_length=500)),
                ('media_list', models.JSONField(default=list)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('aftersale', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='aftersales.aftersale')),
            ],
            options={
                'verbose_name': 'version of an after-sale',
                'verbose_name_plural': 'versions of after-sales',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Complaint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('complaint_order_id', models.CharField(max_length=64, verbose_name='complaint_order_id')),
                ('option_type', models.CharField(blank=True, max_length=64, verbose_name='what happened')),
                ('type', models.CharField(blank=True, max_length=64, verbose_name='kind')),
                ('status', models.CharField(blank=True, max_length=64, verbose_name='state')),
                ('openid', models.CharField(blank=True, max_length=64, verbose_name='openid')),
                ('phone_number', wechat.sealed.SealedField(null=True, verbose_name="buyer's phone")),
                ('content', models.TextField(blank=True, verbose_name="buyer's words")),
                ('told', models.JSONField(default=dict)),
                ('received_at', models.DateTimeField(auto_now_add=True, db_index=True, verbose_name='received at')),
                ('due_at', models.DateTimeField(null=True, verbose_name='answer due')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='answered at')),
                ('answer', models.TextField(blank=True, max_length=2000, verbose_name='our answer')),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
            ],
            options={
                'verbose_name': 'complaint',
                'verbose_name_plural': 'complaints',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('answered_at', None)), fields=['due_at'], name='complaint_unanswered'), models.Index(fields=['complaint_order_id'], name='complaint_number')],
            },
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('complaint_order_id', models.BigIntegerField(unique=True, verbose_name='complaint_order_id')),
                ('state', models.IntegerField(null=True, verbose_name='state')),
                ('type', models.IntegerField(null=True, verbose_name='kind')),
                ('phone_number', wechat.sealed.SealedField(null=True, verbose_name="buyer's phone")),
                ('judge_result', models.IntegerField(null=True, verbose_name='judgement')),
                ('flow', models.JSONField(default=list, verbose_name='what happened')),
                ('opened_at', models.DateTimeField(db_index=True, null=True, verbose_name='opened at')),
                ('expired_at', models.DateTimeField(db_index=True, null=True, verbose_name='until')),
                ('read_at', models.DateTimeField(null=True, verbose_name='last read')),
                ('evidence_text', models.TextField(blank=True, max_length=500, verbose_name='evidence')),
                ('aftersale', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='disputes', to='aftersales.aftersale', verbose_name='after-sale')),
                ('evidence_images', models.ManyToManyField(blank=True, related_name='+', to='wechat.image', verbose_name='pictures')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='disputes', to='orders.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'dispute',
                'verbose_name_plural': 'disputes',
                'ordering': ['-id'],
                'permissions': [('view_dispute_phone', 'Can see the phones of buyers in disputes')],
            },
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.TextField()),
                ('links', models.JSONField(default=list)),
                ('sent_at', models.DateTimeField(auto_now_add=True)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='aftersales.dispute')),
            ],
            options={
                'verbose_name': 'evidence handed in',
                'verbose_name_plural': 'evidence handed in',
                'ordering': ['-id'],
            },
        ),
    ]
