import catalog.coupons.models.coupon
import catalog.coupons.models.user_coupon
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('coupons', '0001_initial'), ('coupons', '0002_labels'), ('coupons', '0003_lists')]

    initial = True

    dependencies = [

    ]

    operations = [
        migrations.CreateModel(
            name='CouponSetup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('confirmed_at', models.DateTimeField(editable=False, null=True, verbose_name='confirmed')),
                ('confirmed_url', models.CharField(blank=True, editable=False, max_length=500, verbose_name='confirmed push address')),
                ('heard_at', models.DateTimeField(editable=False, null=True, verbose_name='trial event last heard')),
            ],
            options={
                'verbose_name': 'coupon set-up',
                'verbose_name_plural': 'coupon set-up',
            },
        ),
        migrations.CreateModel(
            name='Coupon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('out_coupon_id', models.CharField(default=catalog.coupons.models.coupon.new_number, help_text='Your own number for it, for ever: it cannot be changed once WeChat has the coupon.', max_length=200, unique=True, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9_-]{1,64}\\Z', 'Letters, digits, - and _, 64 at most.')], verbose_name='out_coupon_id')),
                ('name', models.CharField(help_text='What the buyer reads.', max_length=100, verbose_name='name')),
                ('type', models.IntegerField(choices=[(1, 'Goods: discount on a condition'), (2, 'Goods: full reduction'), (3, 'Goods: discount'), (4, 'Goods: direct reduction'), (5, 'Goods: trade-in'), (6, 'Goods: buy and get'), (101, 'Whole shop: discount on a condition'), (102, 'Whole shop: full reduction'), (103, 'Whole shop: discount'), (104, 'Whole shop: direct reduction')], default=102, verbose_name='type')),
                ('promote_type', models.IntegerField(default=4, help_text='4 is a live room in Channels; WeChat documents no other.', verbose_name='promote_type')),
                ('finder_nickname', models.CharField(blank=True, help_text='The nickname of the account it is given out in.', max_length=100, verbose_name='Channels account')),
                ('discount_num', models.PositiveIntegerField(blank=True, help_text='1000 to 10000: 5100 means that the buyer pays 51 %.', null=True, validators=[django.core.validators.MinValueValidator(1000), django.core.validators.MaxValueValidator(10000)], verbose_name='discount rate')),
                ('discount_fee', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2147483647)], verbose_name='amount off')),
                ('product_price', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2147483647)], verbose_name='from an amount of')),
                ('product_cnt', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2147483647)], verbose_name='from so many pieces')),
                ('out_product_ids', models.JSONField(blank=True, default=list, verbose_name='goods')),
                ('tradein_out_product_id', models.CharField(blank=True, max_length=128, verbose_name='goods to trade in for')),
                ('tradein_price', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2147483647)], verbose_name='trade-in price')),
                ('buy_out_product_id', models.CharField(blank=True, max_length=128, verbose_name='goods to buy')),
                ('buy_product_cnt', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2147483647)], verbose_name='pieces to buy')),
                ('get_out_product_id', models.CharField(blank=True, max_length=128, verbose_name='goods given with it')),
                ('get_product_cnt', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2147483647)], verbose_name='pieces given')),
                ('receive_start_time', models.DateTimeField(blank=True, null=True, verbose_name='may be received from')),
                ('receive_end_time', models.DateTimeField(blank=True, null=True, verbose_name='may be received until')),
                ('limit_num_one_person', models.PositiveIntegerField(blank=True, help_text='Enforced by this console: WeChat asks it each time. Empty means no limit.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2147483647)], verbose_name='limit per person')),
                ('total_num', models.PositiveIntegerField(blank=True, help_text='The stock at the time it is published.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2147483647)], verbose_name='total number')),
                ('valid_type', models.IntegerField(choices=[(1, 'fixed period'), (2, 'days after receiving it'), (3, 'seconds after receiving it')], default=1, verbose_name='is valid')),
                ('valid_start_time', models.DateTimeField(blank=True, null=True, verbose_name='valid from')),
                ('valid_end_time', models.DateTimeField(blank=True, null=True, verbose_name='valid until')),
                ('valid_day_num', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2147483647)], verbose_name='valid days')),
                ('valid_second', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2147483647)], verbose_name='valid seconds')),
                ('status', models.IntegerField(editable=False, null=True, verbose_name='state')),
                ('issued_num', models.IntegerField(editable=False, null=True, verbose_name='left (WeChat)')),
                ('receive_num', models.IntegerField(editable=False, null=True, verbose_name='given out (WeChat)')),
                ('theirs', models.JSONField(default=dict, editable=False)),
                ('read_at', models.DateTimeField(editable=False, null=True, verbose_name='last read')),
                ('left', models.PositiveIntegerField(editable=False, null=True, verbose_name='left')),
                ('given', models.PositiveIntegerField(default=0, editable=False, verbose_name='given out')),
                ('stock_set_at', models.DateTimeField(editable=False, null=True)),
                ('stock_sent_at', models.DateTimeField(editable=False, null=True, verbose_name='stock sent')),
            ],
            options={
                'verbose_name': 'coupon',
                'verbose_name_plural': 'coupons',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['status', '-id'], name='coupon_status')],
            },
        ),
        migrations.CreateModel(
            name='UserCoupon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('out_user_coupon_id', models.CharField(default=catalog.coupons.models.user_coupon.new_number, max_length=200, unique=True)),
                ('openid', models.CharField(db_index=True, max_length=64, verbose_name='openid')),
                ('received_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name='received')),
                ('starts_at', models.DateTimeField(null=True, verbose_name='valid from')),
                ('ends_at', models.DateTimeField(null=True, verbose_name='valid until')),
                ('status', models.IntegerField(null=True, verbose_name='state')),
                ('used_at', models.DateTimeField(null=True, verbose_name='used')),
                ('read_at', models.DateTimeField(null=True, verbose_name='last read')),
                ('coupon', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='user_coupons', to='coupons.coupon', verbose_name='coupon')),
            ],
            options={
                'verbose_name': 'user coupon',
                'verbose_name_plural': 'user coupons',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['coupon', 'openid'], name='user_coupon_of_person'), models.Index(fields=['status', '-id'], name='user_coupon_status'), models.Index(condition=models.Q(('status', None)), fields=['received_at'], name='user_coupon_unseen'), models.Index(condition=models.Q(('status', 100)), fields=['ends_at'], name='user_coupon_valid')],
            },
        ),
        migrations.CreateModel(
            name='CouponRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request_id', models.CharField(max_length=128, unique=True)),
                ('out_coupon_id', models.CharField(max_length=200)),
                ('openid', models.CharField(blank=True, max_length=64, verbose_name='openid')),
                ('ret_code', models.IntegerField()),
                ('ret_msg', models.CharField(max_length=200)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('user_coupon', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='request', to='coupons.usercoupon')),
            ],
            options={
                'verbose_name': 'coupon request',
                'verbose_name_plural': 'coupon requests',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['out_coupon_id', '-id'], name='coupon_request_of')],
            },
        ),
    ]
