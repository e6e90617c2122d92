import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('scenes', '0001_initial'), ('scenes', '0002_lists'), ('scenes', '0003_bindings'), ('scenes', '0004_known_bindings'), ('scenes', '0005_labels'), ('scenes', '0006_evenings')]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('catalog', '0011_kept_back'),
        ('orders', '0003_orders_of_scenes'),
    ]

    operations = [
        migrations.CreateModel(
            name='LiveDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('date', models.DateField(db_index=True, verbose_name='day')),
                ('title', models.CharField(help_text="Such as “Singles' Day, main room”.", max_length=100, verbose_name='title')),
                ('started_at', models.DateTimeField(editable=False, null=True, verbose_name='evening began at')),
                ('ended_at', models.DateTimeField(editable=False, null=True, verbose_name='evening ended at')),
                ('products', models.ManyToManyField(help_text='Type a few letters of the title.', related_name='live_days', to='catalog.spu', verbose_name='products')),
            ],
            options={
                'verbose_name': 'live day',
                'verbose_name_plural': 'live days',
                'ordering': ['-date', '-id'],
                'permissions': [('view_board', 'Can see the board of an evening')],
            },
        ),
        migrations.CreateModel(
            name='Scene',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scene', models.IntegerField(unique=True, verbose_name='scene')),
                ('is_matched', models.BooleanField(null=True, verbose_name='verified')),
                ('read_at', models.DateTimeField(null=True, verbose_name='last read')),
            ],
            options={
                'verbose_name': 'entry scene',
                'verbose_name_plural': 'entry scenes',
                'ordering': ['scene'],
            },
        ),
        migrations.CreateModel(
            name='SceneGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group_id', models.IntegerField(unique=True, verbose_name='group')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('status', models.IntegerField(null=True, verbose_name='review')),
                ('reason', models.TextField(blank=True, verbose_name="WeChat's words")),
                ('read_at', models.DateTimeField(null=True, verbose_name='last read')),
                ('applied_at', models.DateTimeField(null=True, verbose_name='applied at')),
                ('passed_at', models.DateTimeField(null=True, verbose_name='passed at')),
            ],
            options={
                'verbose_name': 'scene group',
                'verbose_name_plural': 'scene groups',
                'ordering': ['group_id'],
            },
        ),
        migrations.CreateModel(
            name='SellingSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('promoter_rate', models.DecimalField(decimal_places=2, default=Decimal('0'), help_text="Of what a promoter sold, less what was refunded; a promoter's own rate goes before it.", max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name="promoters' commission in %")),
                ('sharer_rate', models.DecimalField(decimal_places=2, default=Decimal('0'), help_text='The same for sharers.', max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name="sharers' commission in %")),
                ('share_mode', models.PositiveSmallIntegerField(default=0, help_text="A number of WeChat's own, whose values it does not document. Ask WeChat before you change it.", verbose_name='sharing mode')),
                ('mode_sent_at', models.DateTimeField(editable=False, null=True, verbose_name='sharing mode sent')),
            ],
            options={
                'verbose_name': 'selling settings',
                'verbose_name_plural': 'selling settings',
                'permissions': [('view_sales', 'Can see what promoters and sharers sold')],
            },
        ),
        migrations.CreateModel(
            name='Access',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.IntegerField(editable=False, null=True, verbose_name='access')),
                ('info', models.JSONField(default=dict, editable=False, verbose_name='tasks')),
                ('read_at', models.DateTimeField(editable=False, null=True, verbose_name='last read')),
                ('first_seen', models.JSONField(default=dict, editable=False)),
                ('not_open_at', models.DateTimeField(editable=False, null=True)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('applied_at', models.DateTimeField(editable=False, null=True, verbose_name='applied at')),
                ('released_at', models.DateTimeField(blank=True, help_text="When the mini program's code with the component went live. It has to be later than the access.", null=True, verbose_name='released at')),
                ('test_orders', models.ManyToManyField(editable=False, related_name='+', to='orders.order')),
            ],
            options={
                'verbose_name': 'access',
                'verbose_name_plural': 'access',
                'permissions': [('tick_step', 'Can tick the steps of the access that no interface shows'), ('drive_test', 'Can exercise the interfaces with small real calls')],
            },
        ),
        migrations.CreateModel(
            name='LiveBoard',
            fields=[
                ('day', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='board', serialize=False, to='scenes.liveday')),
                ('figures', models.JSONField(default=dict)),
                ('version', models.CharField(blank=True, max_length=20)),
                ('made_at', models.DateTimeField(null=True)),
                ('until', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'board of an evening',
                'verbose_name_plural': 'boards of evenings',
            },
        ),
        migrations.CreateModel(
            name='LiveProduct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='place')),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('running', 'In the evening'), ('ended', 'Ended')], default='planned', max_length=10, verbose_name='state')),
                ('wanted', models.CharField(blank=True, choices=[('', 'Nothing'), ('terms', "Set the evening's price and stock"), ('end', 'End the evening')], default='', max_length=10, verbose_name='asked for')),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('refusal', models.JSONField(default=dict)),
                ('cleared', models.CharField(blank=True, max_length=80)),
                ('began_at', models.DateTimeField(null=True, verbose_name='began at')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                ('day', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='goods', to='scenes.liveday', verbose_name='live day')),
                ('spu', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='live_goods', to='catalog.spu', verbose_name='product')),
            ],
            options={
                'verbose_name': 'product of an evening',
                'verbose_name_plural': 'products of an evening',
                'ordering': ['position', 'id'],
                'indexes': [models.Index(condition=models.Q(('wanted', ''), _negated=True), fields=['id'], name='live_wanted')],
                'constraints': [models.UniqueConstraint(fields=('day', 'spu'), name='one_place_per_product'), models.UniqueConstraint(condition=models.Q(('state', 'running'), models.Q(('wanted', ''), _negated=True), _connector='OR'), fields=('spu',), name='one_evening_per_product')],
            },
        ),
        migrations.CreateModel(
            name='LiveTerm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('out_sku_id', models.CharField(max_length=100, verbose_name='SKU id')),
                ('price', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2147483647)], verbose_name='price of the evening')),
                ('stock', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(2147483647)], verbose_name='stock of the evening')),
                ('set_price', models.PositiveIntegerField(null=True)),
                ('was_price', models.PositiveIntegerField(null=True)),
                ('hold', models.PositiveIntegerField(null=True, verbose_name='held for the evening')),
                ('left', models.PositiveIntegerField(null=True, verbose_name='left of it')),
                ('merged', models.PositiveIntegerField(null=True, verbose_name='stock after the evening')),
                ('price_open', models.BooleanField(default=False)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='terms', to='scenes.liveproduct')),
                ('sku', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='live_terms', to='catalog.sku', verbose_name='SKU')),
            ],
            options={
                'verbose_name': 'terms of an evening',
                'verbose_name_plural': 'terms of an evening',
                'ordering': ['sku__position', 'id'],
                'indexes': [models.Index(condition=models.Q(('price_open', True)), fields=['product'], name='live_price_open')],
                'constraints': [models.UniqueConstraint(fields=('product', 'out_sku_id'), name='one_term_per_sku')],
            },
        ),
        migrations.CreateModel(
            name='Promoter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('promoter_id', models.CharField(editable=False, max_length=64, unique=True, verbose_name='promoter_id')),
                ('promoter_openid', models.CharField(blank=True, editable=False, max_length=64, verbose_name='openid')),
                ('finder_nickname', models.CharField(blank=True, editable=False, max_length=100, verbose_name='Channels account')),
                ('gone', models.BooleanField(default=False, editable=False, verbose_name='no longer bound')),
                ('first_read_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='first read')),
                ('sales_read_at', models.DateTimeField(editable=False, null=True, verbose_name='sales read')),
                ('rate', models.DecimalField(blank=True, decimal_places=2, help_text='Empty is the usual rate of the selling settings.', max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='commission in %')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
            ],
            options={
                'verbose_name': 'promoter',
                'verbose_name_plural': 'promoters',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['gone', '-id'], name='promoter_gone')],
            },
        ),
        migrations.CreateModel(
            name='SceneItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ext_id', models.IntegerField()),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='check')),
                ('status', models.IntegerField(default=3, verbose_name='review')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='scenes.scenegroup')),
            ],
            options={
                'verbose_name': 'check',
                'verbose_name_plural': 'checks',
                'ordering': ['ext_id'],
                'constraints': [models.UniqueConstraint(fields=('group', 'ext_id'), name='one_item_per_check')],
            },
        ),
        migrations.CreateModel(
            name='SceneVerdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.IntegerField()),
                ('reason', models.TextField(blank=True)),
                ('items', models.JSONField(default=list)),
                ('passed', models.BooleanField()),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='verdicts', to='scenes.scenegroup')),
            ],
            options={
                'verbose_name': 'scene review',
                'verbose_name_plural': 'scene reviews',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Sharer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('openid', models.CharField(max_length=64, unique=True, validators=[django.core.validators.RegexValidator('^o[A-Za-z0-9_-]{19,39}\\Z', 'An openid of your mini program begins with o.')], verbose_name='openid')),
                ('name', models.CharField(blank=True, help_text='How you call this person.', max_length=50, verbose_name='name')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('rate', models.DecimalField(blank=True, decimal_places=2, help_text='Empty is the usual rate of the selling settings.', max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='commission in %')),
                ('nickname', models.CharField(blank=True, editable=False, max_length=100, verbose_name='nickname')),
                ('bind_status', models.IntegerField(editable=False, null=True, verbose_name='state')),
                ('invited_at', models.DateTimeField(db_index=True, editable=False, null=True, verbose_name='invited')),
                ('bound_at', models.DateTimeField(editable=False, null=True, verbose_name='bound since')),
                ('read_at', models.DateTimeField(editable=False, null=True, verbose_name='last read')),
                ('reason_code', models.IntegerField(editable=False, null=True, verbose_name='last answer')),
                ('is_final', models.BooleanField(default=False, editable=False)),
                ('gmv', models.BigIntegerField(editable=False, null=True, verbose_name='sold, says WeChat')),
                ('order_cnt', models.PositiveIntegerField(editable=False, null=True, verbose_name='orders, says WeChat')),
                ('user_cnt', models.PositiveIntegerField(editable=False, null=True, verbose_name='buyers, says WeChat')),
                ('sales_read_at', models.DateTimeField(editable=False, null=True, verbose_name='sales read')),
            ],
            options={
                'verbose_name': 'sharer',
                'verbose_name_plural': 'sharers',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['bind_status', '-id'], name='sharer_state'), models.Index(condition=models.Q(('bind_status', 3)), fields=['read_at'], name='sharer_to_read'), models.Index(condition=models.Q(('bind_status__isnull', False), ('read_at', None)), fields=['id'], name='sharer_unread')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('result_code', models.IntegerField()),
                ('reason_code', models.IntegerField(null=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('sharer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='scenes.sharer')),
            ],
            options={
                'verbose_name': 'invitation',
                'verbose_name_plural': 'invitations',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['sharer', '-at'], name='invitation_of_sharer')],
            },
        ),
        migrations.CreateModel(
            name='Binding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_bound', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('promoter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='scenes.promoter')),
                ('sharer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='scenes.sharer')),
            ],
            options={
                'verbose_name': 'binding',
                'verbose_name_plural': 'bindings',
                'ordering': ['-at', '-id'],
                'constraints': [models.UniqueConstraint(fields=('sharer', 'is_bound', 'at'), name='one_binding_of_sharer')],
            },
        ),
        migrations.CreateModel(
            name='SharerLive',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('live_export_id', models.CharField(max_length=100)),
                ('live_nickname', models.CharField(blank=True, max_length=100, verbose_name='live room')),
                ('started_at', models.DateTimeField(null=True, verbose_name='began')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('live_status', models.IntegerField(null=True)),
                ('gmv', models.BigIntegerField(default=0, verbose_name='sold')),
                ('order_cnt', models.PositiveIntegerField(default=0, verbose_name='orders')),
                ('user_cnt', models.PositiveIntegerField(default=0, verbose_name='buyers')),
                ('sharer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lives', to='scenes.sharer')),
            ],
            options={
                'verbose_name': 'live room of a sharer',
                'verbose_name_plural': 'live rooms of a sharer',
                'ordering': ['-started_at', '-id'],
                'constraints': [models.UniqueConstraint(fields=('sharer', 'live_export_id'), name='one_room_per_sharer')],
            },
        ),
        migrations.CreateModel(
            name='Tick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(unique=True, verbose_name='step')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='ticked at')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ticked by')),
            ],
            options={
                'verbose_name': 'ticked step',
                'verbose_name_plural': 'ticked steps',
            },
        ),
    ]
