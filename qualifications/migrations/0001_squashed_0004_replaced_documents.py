import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('qualifications', '0001_initial'), ('qualifications', '0002_initial'), ('qualifications', '0003_labels'), ('qualifications', '0004_replaced_documents')]

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('wechat', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BrandQualification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('brand_wording', models.CharField(db_index=True, help_text='Exactly as on the trademark certificate.', max_length=100, verbose_name='brand')),
                ('brand_audit_type', models.IntegerField(choices=[(1, 'Domestic, registered (R)'), (2, 'Domestic, applied for (TM)'), (3, 'Overseas, registered (R)'), (4, 'Overseas, applied for (TM)')], default=1, help_text='® on the certificate is registered; an acceptance notice alone is TM.', verbose_name='trademark')),
                ('trademark_type', models.CharField(choices=[('1', '1'), ('2', '2'), ('3', '3'), ('4', '4'), ('5', '5'), ('6', '6'), ('7', '7'), ('8', '8'), ('9', '9'), ('10', '10'), ('11', '11'), ('12', '12'), ('13', '13'), ('14', '14'), ('15', '15'), ('16', '16'), ('17', '17'), ('18', '18'), ('19', '19'), ('20', '20'), ('21', '21'), ('22', '22'), ('23', '23'), ('24', '24'), ('25', '25'), ('26', '26'), ('27', '27'), ('28', '28'), ('29', '29'), ('30', '30'), ('31', '31'), ('32', '32'), ('33', '33'), ('34', '34'), ('35', '35'), ('36', '36'), ('37', '37'), ('38', '38'), ('39', '39'), ('40', '40'), ('41', '41'), ('42', '42'), ('43', '43'), ('44', '44'), ('45', '45')], help_text='The international class on the certificate, 1 to 45; food is 29 or 30, cosmetics 3, clothes 25.', max_length=2, verbose_name='class of goods')),
                ('brand_management_type', models.IntegerField(choices=[(1, 'Own brand'), (2, 'Agent of the brand'), (3, 'No brand')], default=1, help_text='An agent needs a sales authorisation.', verbose_name='you are')),
                ('commodity_origin_type', models.IntegerField(choices=[(1, 'Imported goods'), (2, 'Not imported')], default=2, help_text='Imported goods need a customs form.', verbose_name='origin of the goods')),
                ('trademark_registrant_nu', models.CharField(blank=True, help_text='Digits as on the certificate.', max_length=60, verbose_name='registration or application number')),
                ('trademark_registrant', models.CharField(blank=True, max_length=100, verbose_name='registrant')),
                ('trademark_authorization_period', models.DateField(blank=True, help_text='The last day on the certificate.', null=True, verbose_name='trademark valid until')),
                ('trademark_applicant', models.CharField(blank=True, max_length=100, verbose_name='applicant')),
                ('trademark_application_time', models.DateField(blank=True, null=True, verbose_name='applied on')),
                ('brand_id', models.BigIntegerField(blank=True, editable=False, null=True, verbose_name='brand_id')),
            ],
            options={
                'verbose_name': 'brand application',
                'verbose_name_plural': 'brand applications',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='UnclaimedAudit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('audit_id', models.CharField(max_length=64, unique=True)),
                ('kind', models.CharField(max_length=10)),
                ('status', models.CharField(blank=True, max_length=10)),
                ('heard_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='BrandRound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('audit_id', models.CharField(max_length=64, unique=True, verbose_name='audit_id')),
                ('status', models.IntegerField(default=0, verbose_name='review')),
                ('reject_reason', models.TextField(blank=True, verbose_name='reason')),
                ('sent', models.JSONField(default=dict, verbose_name='what was sent')),
                ('submitted_at', models.DateTimeField(auto_now_add=True, verbose_name='submitted at')),
                ('read_at', models.DateTimeField(null=True, verbose_name='last read')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                ('brand_id', models.BigIntegerField(null=True, verbose_name='brand_id')),
                ('qualification', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rounds', to='qualifications.brandqualification')),
            ],
            options={
                'verbose_name': 'brand review',
                'ordering': ['-id'],
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('status', 0)), fields=['submitted_at'], name='brand_round_pending')],
            },
        ),
        migrations.AddField(
            model_name='brandqualification',
            name='last_round',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='qualifications.brandround'),
        ),
        migrations.CreateModel(
            name='CategoryQualification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('category', models.OneToOneField(help_text='Type a few letters of any level. Categories that need no papers are yours already.', on_delete=django.db.models.deletion.PROTECT, to='catalog.category', verbose_name='category')),
            ],
            options={
                'verbose_name': 'category application',
                'verbose_name_plural': 'category applications',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='CategoryRound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('audit_id', models.CharField(max_length=64, unique=True, verbose_name='audit_id')),
                ('status', models.IntegerField(default=0, verbose_name='review')),
                ('reject_reason', models.TextField(blank=True, verbose_name='reason')),
                ('sent', models.JSONField(default=dict, verbose_name='what was sent')),
                ('submitted_at', models.DateTimeField(auto_now_add=True, verbose_name='submitted at')),
                ('read_at', models.DateTimeField(null=True, verbose_name='last read')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                ('qualification', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rounds', to='qualifications.categoryqualification')),
            ],
            options={
                'verbose_name': 'category review',
                'ordering': ['-id'],
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('status', 0)), fields=['submitted_at'], name='category_round_pending')],
            },
        ),
        migrations.AddField(
            model_name='categoryqualification',
            name='last_round',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='qualifications.categoryround'),
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                ('kind', models.CharField(choices=[('licence', 'Business licence'), ('certificate', 'Category certificate'), ('authorization', 'Sales authorisation'), ('identity', 'Identity card, signed'), ('trademark', 'Trademark registration certificate'), ('trademark_change', 'Trademark change certificate'), ('application', 'Trademark acceptance notice'), ('customs', 'Customs declaration'), ('other', 'Other paper')], db_index=True, max_length=20, verbose_name='kind')),
                ('title', models.CharField(help_text='How you find it again, such as “Licence of the company, 2026”.', max_length=100, verbose_name='title')),
                ('expires_on', models.DateField(blank=True, db_index=True, help_text='The console reminds you before this day. Leave empty if it does not expire.', null=True, verbose_name='valid until')),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='wechat.image', verbose_name='picture')),
                ('replaced_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='qualifications.document', verbose_name='replaced by')),
            ],
            options={
                'verbose_name': 'document',
                'verbose_name_plural': 'documents',
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('image', 'kind'), name='one_document_per_picture_and_kind')],
            },
        ),
        migrations.AddField(
            model_name='categoryqualification',
            name='certificate',
            field=models.ManyToManyField(blank=True, help_text='What this category asks for; it is written beside the category.', related_name='+', to='qualifications.document', verbose_name='certificates'),
        ),
        migrations.AddField(
            model_name='categoryqualification',
            name='license',
            field=models.ManyToManyField(blank=True, help_text='The whole page, readable, not cropped.', related_name='+', to='qualifications.document', verbose_name='business licence'),
        ),
        migrations.AddField(
            model_name='brandqualification',
            name='imported_goods_form',
            field=models.ManyToManyField(blank=True, help_text='For imported goods.', related_name='+', to='qualifications.document', verbose_name='customs declaration'),
        ),
        migrations.AddField(
            model_name='brandqualification',
            name='license',
            field=models.ManyToManyField(blank=True, help_text='The whole page, readable, not cropped.', related_name='+', to='qualifications.document', verbose_name='business licence'),
        ),
        migrations.AddField(
            model_name='brandqualification',
            name='sale_authorization',
            field=models.ManyToManyField(blank=True, help_text="For agents: the whole chain. If the trademark's holder is a person, add both sides of the identity card, signed.", related_name='+', to='qualifications.document', verbose_name='sales authorisation'),
        ),
        migrations.AddField(
            model_name='brandqualification',
            name='trademark_change_certificate',
            field=models.ManyToManyField(blank=True, help_text='If name, address or holder were changed.', related_name='+', to='qualifications.document', verbose_name='change certificate'),
        ),
        migrations.AddField(
            model_name='brandqualification',
            name='trademark_registration_application',
            field=models.ManyToManyField(blank=True, help_text='For trademarks applied for (TM).', related_name='+', to='qualifications.document', verbose_name='acceptance notice'),
        ),
        migrations.AddField(
            model_name='brandqualification',
            name='trademark_registration_certificate',
            field=models.ManyToManyField(blank=True, help_text='For registered trademarks.', related_name='+', to='qualifications.document', verbose_name='registration certificate'),
        ),
    ]
