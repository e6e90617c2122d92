import catalog.models.spu
import django.core.validators
import django.db.models.deletion
import wechat.values
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('catalog', '0001_initial'), ('catalog', '0002_products'), ('catalog', '0003_labels'), ('catalog', '0004_ids'), ('catalog', '0005_preview'), ('catalog', '0006_mended_imports'), ('catalog', '0007_batch_faults'), ('catalog', '0008_charts'), ('catalog', '0009_lists'), ('catalog', '0010_granted_at'), ('catalog', '0011_kept_back')]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('wechat', '0018_sealing_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='Brand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('brand_id', models.BigIntegerField(unique=True, verbose_name='brand_id')),
                ('brand_wording', models.CharField(db_index=True, max_length=200, verbose_name='brand')),
                ('gone', models.BooleanField(default=False, verbose_name='no longer granted')),
                ('granted_at', models.DateTimeField(editable=False, null=True, verbose_name='granted at')),
            ],
            options={
                'verbose_name': 'granted brand',
                'verbose_name_plural': 'granted brands',
                'ordering': ['brand_wording', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sheet', models.FileField(upload_to='sheets/%Y/%m', verbose_name='sheet')),
                ('name', models.CharField(max_length=200, verbose_name='file')),
                ('pictures', models.FileField(blank=True, upload_to='sheets/%Y/%m', verbose_name='pictures')),
                ('kind', models.CharField(blank=True, choices=[('products', 'Products'), ('prices', 'Prices and stock')], max_length=10, verbose_name='kind')),
                ('state', models.CharField(choices=[('checking', 'Being checked'), ('checked', 'Checked'), ('importing', 'Being imported'), ('imported', 'Imported'), ('undoing', 'Being undone'), ('undone', 'Undone'), ('failed', 'Failed')], default='checking', max_length=10, verbose_name='state')),
                ('paused', models.BooleanField(default=False, verbose_name='paused')),
                ('door', models.CharField(max_length=10, verbose_name='through')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='rows')),
                ('position', models.PositiveIntegerField(default=0)),
                ('good', models.PositiveIntegerField(default=0, verbose_name='good rows')),
                ('bad', models.PositiveIntegerField(default=0, verbose_name='bad rows')),
                ('created', models.PositiveIntegerField(default=0, verbose_name='new products')),
                ('updated', models.PositiveIntegerField(default=0, verbose_name='changed products')),
                ('unchanged', models.PositiveIntegerField(default=0, verbose_name='rows that change nothing')),
                ('unknown', models.JSONField(default=list, verbose_name='columns that are not read')),
                ('warned', models.PositiveIntegerField(default=0, verbose_name='warnings')),
                ('warnings', models.JSONField(default=list)),
                ('message', models.TextField(blank=True, verbose_name='what was said')),
                ('picture_notes', models.JSONField(default=list, editable=False)),
                ('lease_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('faults', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True, verbose_name='uploaded at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('mends', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='catalog.batch', verbose_name='mended import')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='uploaded by')),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('state__in', ['checking', 'importing', 'undoing'])), fields=['id'], name='batch_standing')],
            },
        ),
        migrations.CreateModel(
            name='BatchRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='row')),
                ('cells', models.JSONField(default=dict)),
                ('errors', models.JSONField(default=dict, verbose_name='errors')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='catalog.batch')),
            ],
            options={
                'verbose_name': 'row not imported',
                'verbose_name_plural': 'rows not imported',
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('batch', 'number'), name='one_row_per_number')],
            },
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('third_cat_id', models.IntegerField(unique=True, verbose_name='third_cat_id')),
                ('third_cat_name', models.CharField(max_length=100, verbose_name='third level')),
                ('second_cat_id', models.IntegerField()),
                ('second_cat_name', models.CharField(max_length=100, verbose_name='second level')),
                ('first_cat_id', models.IntegerField()),
                ('first_cat_name', models.CharField(max_length=100, verbose_name='first level')),
                ('qualification', models.TextField(blank=True, verbose_name='category papers')),
                ('qualification_type', models.IntegerField(default=0, verbose_name='category papers needed')),
                ('product_qualification', models.TextField(blank=True, verbose_name='product papers')),
                ('product_qualification_type', models.IntegerField(default=0, verbose_name='product papers needed')),
                ('granted', models.BooleanField(default=False, verbose_name='granted')),
                ('granted_at', models.DateTimeField(editable=False, null=True, verbose_name='granted at')),
                ('gone', models.BooleanField(default=False, verbose_name='no longer listed')),
            ],
            options={
                'verbose_name': 'category',
                'verbose_name_plural': 'categories',
                'ordering': ['first_cat_name', 'second_cat_name', 'third_cat_name', 'id'],
                'indexes': [models.Index(fields=['first_cat_name', 'second_cat_name', 'third_cat_name'], name='category_path'), models.Index(fields=['qualification_type'], name='category_need')],
            },
        ),
        migrations.CreateModel(
            name='SPU',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('out_product_id', models.CharField(error_messages={'unique': 'There is a product with this id already.'}, help_text='Your own id. It cannot be changed once sent, nor ever be used again after a deletion.', max_length=100, unique=True, validators=[wechat.values.out_id], verbose_name='product id')),
                ('title', models.CharField(db_index=True, help_text='Brand, name and what sets it apart. No words such as “test”.', max_length=200, verbose_name='title')),
                ('path', models.CharField(blank=True, help_text="The product's page in the mini program, such as pages/product/detail?id=1001.", max_length=300, verbose_name='page')),
                ('direct_path', models.CharField(blank=True, help_text='Only if the mini program has one.', max_length=300, verbose_name='page for buying at once')),
                ('desc', models.TextField(blank=True, verbose_name='description')),
                ('info_version', models.CharField(blank=True, help_text='Your own; WeChat only keeps it.', max_length=50, verbose_name='version mark')),
                ('scene_group_list', models.JSONField(default=catalog.models.spu.scene_groups, verbose_name='scene groups')),
                ('product_id', models.BigIntegerField(editable=False, null=True, unique=True, verbose_name='product_id')),
                ('edit_status', models.IntegerField(editable=False, null=True, verbose_name='review')),
                ('status', models.IntegerField(editable=False, null=True, verbose_name='on sale')),
                ('draft', models.JSONField(editable=False, null=True, verbose_name="WeChat's draft")),
                ('online', models.JSONField(editable=False, null=True, verbose_name="WeChat's online copy")),
                ('reject_reason', models.TextField(blank=True, editable=False, verbose_name='reason')),
                ('read_at', models.DateTimeField(editable=False, null=True, verbose_name='last read')),
                ('removed_at', models.DateTimeField(editable=False, null=True, verbose_name='deleted at WeChat')),
                ('unsent', models.IntegerField(choices=[(0, 'Nothing'), (1, 'Prices, stock or codes: no review'), (2, 'Needs a review')], default=2, editable=False, verbose_name='not sent yet')),
                ('brand', models.ForeignKey(blank=True, help_text='Leave empty for goods without a brand; then no brand may be seen in the pictures either.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='spus', to='catalog.brand', to_field='brand_id', verbose_name='brand')),
                ('category', models.ForeignKey(blank=True, help_text='Type a few letters of any level.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='spus', to='catalog.category', to_field='third_cat_id', verbose_name='category')),
            ],
            options={
                'verbose_name': 'product',
                'verbose_name_plural': 'products',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['edit_status', '-id'], name='spu_review'), models.Index(fields=['status', '-id'], name='spu_shelf'), models.Index(fields=['unsent', '-id'], name='spu_unsent'), models.Index(fields=['category', '-id'], name='spu_category'), models.Index(fields=['brand', '-id'], name='spu_brand'), models.Index(fields=['-changed_at'], name='spu_changed'), models.Index(condition=models.Q(('edit_status__in', [1, 2])), fields=['read_at'], name='spu_to_read')],
            },
        ),
        migrations.CreateModel(
            name='SKU',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('out_sku_id', models.CharField(db_index=True, max_length=100, validators=[wechat.values.out_id], verbose_name='SKU id')),
                ('sku_attrs', models.JSONField(blank=True, default=list, verbose_name='attributes')),
                ('sale_price', models.PositiveIntegerField(validators=[django.core.validators.MaxValueValidator(2147483647)], verbose_name='price')),
                ('market_price', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(2147483647)], verbose_name='list price')),
                ('stock_num', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(2147483647)], verbose_name='stock')),
                ('kept_back', models.PositiveIntegerField(editable=False, null=True, verbose_name='kept back for the shop')),
                ('sku_code', models.CharField(blank=True, max_length=100, verbose_name='code')),
                ('barcode', models.CharField(blank=True, max_length=100, verbose_name='barcode')),
                ('sku_id', models.BigIntegerField(editable=False, null=True, verbose_name='sku_id')),
                ('thumb_img', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='skus', to='wechat.image', verbose_name='picture')),
                ('spu', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='skus', to='catalog.spu', verbose_name='product')),
            ],
            options={
                'verbose_name': 'SKU',
                'verbose_name_plural': 'SKUs',
                'ordering': ['position', 'id'],
                'indexes': [models.Index(condition=models.Q(('stock_num', 0)), fields=['-id'], name='sku_none_left'), models.Index(condition=models.Q(('kept_back__isnull', False)), fields=['-id'], name='sku_in_evening')],
                'constraints': [models.UniqueConstraint(fields=('spu', 'out_sku_id'), name='one_sku_per_id')],
            },
        ),
        migrations.CreateModel(
            name='Difference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=150, verbose_name='field')),
                ('ours', models.JSONField(null=True, verbose_name='ours')),
                ('theirs', models.JSONField(null=True, verbose_name="WeChat's")),
                ('found_at', models.DateTimeField(auto_now_add=True, db_index=True, verbose_name='found at')),
                ('spu', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='differences', to='catalog.spu', verbose_name='product')),
            ],
            options={
                'verbose_name': 'difference',
                'verbose_name_plural': 'differences',
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('spu', 'field'), name='one_difference_per_field')],
            },
        ),
        migrations.CreateModel(
            name='BatchChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('out_product_id', models.CharField(max_length=100, verbose_name='product id')),
                ('before', models.JSONField(null=True)),
                ('changes', models.JSONField(default=dict)),
                ('changed_at', models.DateTimeField()),
                ('outcome', models.CharField(blank=True, choices=[('restored', 'Restored'), ('deleted', 'Deleted again'), ('edited', 'Kept: changed since'), ('sent', 'Kept: sent to WeChat since')], max_length=10, verbose_name='undone')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='catalog.batch')),
                ('spu', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='catalog.spu')),
            ],
            options={
                'verbose_name': 'change by an import',
                'verbose_name_plural': 'changes by imports',
                'indexes': [models.Index(fields=['batch', 'outcome', 'id'], name='change_of_batch')],
            },
        ),
        migrations.CreateModel(
            name='SPUPicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('head_img', 'Pictures'), ('imgs', 'Detail pictures'), ('qualification_pics', 'Product papers')], max_length=20)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='places', to='wechat.image')),
                ('spu', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='catalog.spu')),
            ],
            options={
                'verbose_name': 'product picture',
                'verbose_name_plural': 'product pictures',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.AddField(
            model_name='spu',
            name='images',
            field=models.ManyToManyField(related_name='spus', through='catalog.SPUPicture', to='wechat.image', verbose_name='pictures'),
        ),
        migrations.CreateModel(
            name='SPURound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('audit_id', models.CharField(blank=True, max_length=64, verbose_name='audit_id')),
                ('status', models.IntegerField(default=2, verbose_name='review')),
                ('reject_reason', models.TextField(blank=True, verbose_name='reason')),
                ('sent', models.JSONField(default=dict, verbose_name='what was sent')),
                ('submitted_at', models.DateTimeField(auto_now_add=True, verbose_name='submitted at')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                ('spu', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rounds', to='catalog.spu', verbose_name='product')),
            ],
            options={
                'verbose_name': 'product review',
                'verbose_name_plural': 'product reviews',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('status', 2)), fields=['spu'], name='spu_round_open'), models.Index(fields=['submitted_at'], name='spu_round_submitted')],
            },
        ),
    ]
