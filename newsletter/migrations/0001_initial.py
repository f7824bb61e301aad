import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import subscribers.models.fields
import subscribers.models.publications
import subscribers.models.texts
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('subscribers', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('by_contributor', models.BooleanField(db_default=False, default=False)),
                ('approved_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='approved')),
                ('approved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
            ],
            options={
                'verbose_name': 'approval',
                'ordering': ('approved_at', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dated', models.DateField(default=django.utils.timezone.localdate, verbose_name='date')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('writers', models.ManyToManyField(related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'correction',
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='DomainGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rate', models.FloatField(blank=True, null=True, verbose_name='messages a second')),
                ('daily_cap', models.PositiveIntegerField(blank=True, null=True, verbose_name='messages a day')),
                ('warm_up_on', models.DateField(blank=True, null=True, verbose_name='first day of the warm-up')),
                ('warm_up_first', models.PositiveIntegerField(blank=True, help_text='Twice as many on each day that follows, up to the messages a day above.', null=True, verbose_name='messages on that day')),
                ('rate_limited_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('spent_on', models.DateField(blank=True, editable=False, null=True)),
                ('spent', models.PositiveIntegerField(default=0, editable=False)),
                ('name', models.CharField(max_length=40, unique=True, verbose_name='name')),
            ],
            options={
                'verbose_name': 'domain group',
                'verbose_name_plural': 'domain groups',
                'ordering': ('name',),
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('rate', None), ('rate__gt', 0), _connector='OR'), name='domaingroup_rate_is_positive'), models.CheckConstraint(condition=models.Q(('daily_cap', None), ('daily_cap__gt', 0), _connector='OR'), name='domaingroup_cap_is_positive'), models.CheckConstraint(condition=models.Q(models.Q(('warm_up_first', None), ('warm_up_on', None)), models.Q(('warm_up_first__gt', 0), ('warm_up_on__isnull', False)), _connector='OR'), name='domaingroup_warm_up_has_a_day_and_a_number', violation_error_message='A warm-up needs its first day, and how many on it.')],
            },
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('key', models.CharField(max_length=64)),
                ('language', subscribers.models.fields.LanguageField(max_length=12)),
                ('mail_format', models.CharField(choices=[('html', 'designed email'), ('text', 'plain text')], max_length=4)),
                ('history', models.TextField(blank=True)),
                ('sections', models.JSONField()),
                ('regions', models.JSONField()),
                ('subject', models.CharField(max_length=200)),
                ('html', models.TextField(blank=True)),
                ('text', models.TextField()),
                ('interest_sets', models.ManyToManyField(related_name='editions', to='subscribers.interestset')),
            ],
            options={
                'verbose_name': 'edition',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveIntegerField(null=True)),
                ('state', models.CharField(choices=[('pending', 'to be claimed'), ('claimed', 'claimed by a worker; nothing is on the wire'), ('handed', 'on the wire, or about to be'), ('settled', 'every result is recorded')], default='pending', max_length=7)),
                ('due_at', models.DateTimeField()),
                ('is_urgent', models.BooleanField(db_default=False, default=False)),
                ('token', models.UUIDField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('claims', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('handed_at', models.DateTimeField(blank=True, null=True)),
                ('transport', models.CharField(blank=True, db_default='', max_length=20)),
                ('first_handed_at', models.DateTimeField(blank=True, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='batches', to='newsletter.domaingroup')),
                ('edition', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='batches', to='newsletter.edition')),
            ],
            options={
                'verbose_name': 'batch',
                'verbose_name_plural': 'batches',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Issue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('regular', 'regular issue'), ('alert', 'alert')], default='regular', help_text='An alert is short, and goes at once to those who want alerts on one of its regions. Nobody else gets it.', max_length=7, verbose_name='kind')),
                ('title', subscribers.models.texts.TextsField(default=subscribers.models.texts.Texts, help_text='Like “Western Mali, September 2023”.', max_length=160, verbose_name='title')),
                ('slug', models.SlugField(max_length=80, verbose_name='short name for web addresses')),
                ('subject', subscribers.models.texts.TextsField(default=subscribers.models.texts.Texts, max_length=120, verbose_name='subject of the email')),
                ('subject_from_regions', models.BooleanField(default=False, help_text='Like “Kayes ↓, Segou ↑ — September 2023”. Readers whose regions have no trend get the subject above.', verbose_name='make the subject from each reader’s regions')),
                ('language', subscribers.models.fields.LanguageField(blank=True, help_text='Empty: the publication’s first language.', max_length=12, verbose_name='written in')),
                ('dated', models.DateField(default=django.utils.timezone.localdate, verbose_name='date')),
                ('cutoff_on', models.DateField(blank=True, help_text='The last day this issue covers.', null=True, verbose_name='information as of')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='issues', to='subscribers.publication', verbose_name='publication')),
            ],
            options={
                'verbose_name': 'issue',
                'ordering': ('-dated', '-pk'),
                'permissions': [('approve_issue', 'may approve')],
            },
        ),
        migrations.CreateModel(
            name='FormerIssueSlug',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=80)),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='subscribers.publication')),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_slugs', to='newsletter.issue')),
            ],
            options={
                'verbose_name': 'former short name of an issue',
                'verbose_name_plural': 'former short names of issues',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='ContentChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='content_changes', to='newsletter.issue')),
            ],
            options={
                'verbose_name': 'change of content',
                'verbose_name_plural': 'changes of content',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trend', models.CharField(choices=[('increased', 'increased'), ('decreased', 'decreased'), ('unchanged', 'unchanged'), ('not_assessed', 'not assessed')], max_length=12, verbose_name='trend')),
                ('reason', subscribers.models.texts.TextsField(blank=True, default=subscribers.models.texts.Texts, max_length=200, verbose_name='reason (one line)')),
                ('count', models.PositiveIntegerField(blank=True, null=True, verbose_name='count')),
                ('previous_count', models.PositiveIntegerField(blank=True, null=True, verbose_name='previous count')),
                ('counted', subscribers.models.texts.TextsField(blank=True, default=subscribers.models.texts.Texts, help_text='Like “security incidents”.', max_length=80, verbose_name='what is counted')),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='subscribers.region', verbose_name='region')),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assessments', to='newsletter.issue')),
            ],
            options={
                'verbose_name': 'assessment',
                'ordering': ('region__names__en',),
            },
        ),
        migrations.CreateModel(
            name='Lane',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rate', models.FloatField(blank=True, null=True, verbose_name='messages a second')),
                ('daily_cap', models.PositiveIntegerField(blank=True, null=True, verbose_name='messages a day')),
                ('warm_up_on', models.DateField(blank=True, null=True, verbose_name='first day of the warm-up')),
                ('warm_up_first', models.PositiveIntegerField(blank=True, help_text='Twice as many on each day that follows, up to the messages a day above.', null=True, verbose_name='messages on that day')),
                ('rate_limited_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('spent_on', models.DateField(blank=True, editable=False, null=True)),
                ('spent', models.PositiveIntegerField(default=0, editable=False)),
                ('name', models.CharField(max_length=40, unique=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('closed_until', models.DateTimeField(blank=True, null=True)),
                ('concurrency', models.FloatField(blank=True, editable=False, null=True)),
            ],
            options={
                'verbose_name': 'lane',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('rate', None), ('rate__gt', 0), _connector='OR'), name='lane_rate_is_positive'), models.CheckConstraint(condition=models.Q(('daily_cap', None), ('daily_cap__gt', 0), _connector='OR'), name='lane_cap_is_positive'), models.CheckConstraint(condition=models.Q(models.Q(('warm_up_first', None), ('warm_up_on', None)), models.Q(('warm_up_first__gt', 0), ('warm_up_on__isnull', False)), _connector='OR'), name='lane_warm_up_has_a_day_and_a_number', violation_error_message='A warm-up needs its first day, and how many on it.')],
            },
        ),
        migrations.CreateModel(
            name='LeakCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_hash', models.CharField(max_length=64)),
                ('found', models.JSONField()),
                ('allowed', models.JSONField()),
                ('problems', models.JSONField(default=list)),
                ('passed', models.BooleanField()),
                ('checked_at', models.DateTimeField()),
                ('edition', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='leak_check', to='newsletter.edition')),
            ],
            options={
                'verbose_name': 'leak check',
                'verbose_name_plural': 'leak checks',
            },
        ),
        migrations.CreateModel(
            name='MailDomain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('domain', models.CharField(help_text='Like gmail.com.', max_length=253, unique=True, verbose_name='domain')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='domains', to='newsletter.domaingroup')),
            ],
            options={
                'verbose_name': 'domain',
                'ordering': ('domain',),
            },
        ),
        migrations.CreateModel(
            name='Mailing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('issue', 'issue'), ('correction', 'correction')], default='issue', max_length=10, verbose_name='kind')),
                ('state', models.CharField(choices=[('scheduled', 'scheduled'), ('overdue', 'late, waiting for someone to start it'), ('held', 'about to go out, can still be undone'), ('freezing', 'working out who gets what'), ('check_failed', 'stopped: its leak check failed'), ('sending', 'being sent'), ('paused', 'paused'), ('finished', 'finished'), ('cancelled', 'cancelled')], default='scheduled', max_length=12, verbose_name='state')),
                ('scheduled_at', models.DateTimeField(verbose_name='scheduled for')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='created')),
                ('unknown_policy', models.CharField(choices=[('resend_once', 'resend once, if nothing is heard for half an hour'), ('leave', 'don’t resend')], default='leave', max_length=11, verbose_name='if we can’t tell whether an email was sent')),
                ('segment_rule', models.JSONField(blank=True, null=True)),
                ('local_day', models.DateField(blank=True, null=True)),
                ('local_time', models.TimeField(blank=True, null=True)),
                ('not_after', models.DateTimeField(verbose_name='not after')),
                ('release_at', models.DateTimeField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('frozen_at', models.DateTimeField(blank=True, null=True, verbose_name='audience fixed')),
                ('reached_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('audience_size', models.PositiveIntegerField(blank=True, null=True)),
                ('passed_over', models.PositiveIntegerField(default=0)),
                ('tallied_at', models.DateTimeField(blank=True, null=True)),
                ('trouble', models.CharField(blank=True, choices=[('missed', 'Its time passed while nothing was running to send it. Start it now?'), ('leak_check', 'It was stopped: its leak check failed.'), ('refused', 'Everyone in a batch was refused: %(words)s'), ('misconfigured', 'No email can be sent: %(words)s'), ('unavailable', 'The mail service can’t be reached: %(words)s'), ('busy', 'The mail service asks for fewer emails at a time: %(words)s'), ('crashes', 'Whatever takes up an email of this mailing stops, and none got through. The log says why.'), ('miscounted', 'The counts do not add up: %(total)s of %(size)s are accounted for. Nothing more is sent; ask the developers.'), ('other_mailing', 'Some emails wait until the other mailing of this issue is over.')], max_length=13)),
                ('trouble_about', models.JSONField(default=dict)),
                ('approval', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mailings', to='newsletter.approval')),
                ('correction', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mailings', to='newsletter.correction', verbose_name='correction')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mailings', to='newsletter.issue', verbose_name='issue')),
            ],
            options={
                'verbose_name': 'mailing',
                'ordering': ('-scheduled_at', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='HistoryEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('transition', models.CharField(choices=[('schedule', 'scheduled'), ('miss', 'its time passed with nothing running to send it'), ('start_late', 'started late'), ('hold', 'about to go out'), ('freeze', 'working out who gets what'), ('start', 'audience fixed, sending started'), ('fail_check', 'stopped: its leak check failed'), ('pause', 'paused'), ('stop', 'paused by the service'), ('resume', 'resumed'), ('hinder', 'a problem came up'), ('recover', 'the problem is over'), ('run_out', 'its time ran out'), ('extend', 'got more time for what was not sent'), ('leave_out', 'the rest is left out'), ('resend', 'what was unknown is resent'), ('finish', 'finished'), ('reopen', 'sending again what turned out not to have left'), ('wait', 'has more to send, and waits'), ('cancel', 'cancelled'), ('recover_batch', 'taken back from a worker that stopped'), ('lose', 'its worker stopped with it on the wire'), ('quarantine', 'set aside: it stopped every worker that took it')], max_length=13)),
                ('before', models.CharField(blank=True, max_length=12)),
                ('after', models.CharField(max_length=12)),
                ('at', models.DateTimeField()),
                ('actor_kind', models.CharField(choices=[('person', 'a person'), ('worker', 'a worker'), ('esp', 'the mail service'), ('schedule', 'the schedule')], max_length=8)),
                ('actor_name', models.CharField(blank=True, max_length=300)),
                ('why', models.CharField(blank=True, choices=[('missed', 'Its time passed while nothing was running to send it. Start it now?'), ('leak_check', 'It was stopped: its leak check failed.'), ('refused', 'Everyone in a batch was refused: %(words)s'), ('misconfigured', 'No email can be sent: %(words)s'), ('unavailable', 'The mail service can’t be reached: %(words)s'), ('busy', 'The mail service asks for fewer emails at a time: %(words)s'), ('crashes', 'Whatever takes up an email of this mailing stops, and none got through. The log says why.'), ('miscounted', 'The counts do not add up: %(total)s of %(size)s are accounted for. Nothing more is sent; ask the developers.'), ('other_mailing', 'Some emails wait until the other mailing of this issue is over.')], max_length=13)),
                ('about', models.JSONField(default=dict)),
                ('batch', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='newsletter.batch')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('mailing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='newsletter.mailing')),
            ],
            options={
                'verbose_name': 'history entry',
                'verbose_name_plural': 'history',
                'ordering': ('pk',),
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='edition',
            name='mailing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='editions', to='newsletter.mailing'),
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mailbox', models.CharField(max_length=254, verbose_name='mailbox')),
                ('state', models.CharField(choices=[('excluded', 'not in the audience'), ('planned', 'to be sent'), ('accepted', 'accepted by the mail service'), ('rejected', 'refused by the mail service'), ('failed', 'given up after several tries'), ('skipped', 'left out at the last moment'), ('unknown', 'may or may not have been accepted')], max_length=8, verbose_name='state')),
                ('reason', models.CharField(blank=True, choices=[('not_confirmed', 'has not confirmed the subscription'), ('unsubscribed', 'is no longer subscribed'), ('suppressed', 'the mailbox is suppressed'), ('paused', 'has paused the subscription'), ('other_kind', 'wants no emails of this kind'), ('already_sent', 'got it in an earlier mailing'), ('not_sent', 'was not sent what was wrong'), ('unsure', 'may not have got what was wrong'), ('outside_segment', 'not in the segment'), ('unchanged', 'no trend of their regions changed'), ('no_matching_content', 'nothing in this issue for the chosen regions'), ('refused', 'the mail service refused the address or the message'), ('too_many_tries', 'the mail service put it off too often'), ('no_answer', 'no answer came after it was handed over'), ('worker_lost', 'the sender stopped; this email may have been sent'), ('cancelled', 'the mailing was cancelled'), ('expired', 'it was too late to send it'), ('erased', 'the reader was erased'), ('poison', 'gave up after three crashes while sending it')], max_length=20, verbose_name='reason')),
                ('detail', models.CharField(blank=True, db_default='', max_length=300, verbose_name='detail')),
                ('obstacle', models.CharField(blank=True, choices=[('no_answer', 'no answer came in time'), ('hung_up', 'the mail service hung up'), ('broken', 'the connection broke: %(words)s'), ('tls', 'TLS with the mail service does not work: %(words)s'), ('no_starttls', 'the mail service does not offer STARTTLS'), ('no_sign_in', 'the mail service offers no way to sign in that we know'), ('not_let_in', 'the mail service does not let us in: %(words)s'), ('turned_away', 'the mail service turned us away: %(words)s'), ('out_of_turn', 'the mail service spoke out of turn: %(words)s'), ('unreadable', 'the answer of the mail service cannot be read: %(words)s'), ('endless', 'the answer of the mail service does not end'), ('unclear', 'the mail service does not answer clearly: %(words)s'), ('no_fresh_start', 'the mail service does not start afresh: %(words)s'), ('broken_off', 'the mail service broke the message off: %(words)s'), ('would_be_empty', 'the mail service would send an empty message'), ('not_mentioned', 'the mail service did not mention this address'), ('status', 'the mail service says of this address: %(words)s'), ('withheld', 'a receiver of Anymail’s signal pre_send stopped it'), ('unusable', 'the mail service cannot be called: %(words)s'), ('timeout_setting', 'ANYMAIL_REQUESTS_TIMEOUT is %(words)s. It must be seconds, like 30, or like 5,30 to connect and to wait for an answer, and at most 120'), ('ses_setting', 'ANYMAIL_AMAZON_SES_CLIENT_PARAMS is not JSON like {"region_name": "eu-west-3", "config": {}}'), ('shows_addresses', 'ANYMAIL_IGNORE_UNSUPPORTED_FEATURES has to be unset: with it, readers may see each other’s addresses'), ('dkim_domain', 'DKIM_DOMAIN does not go with %(words)s: nobody would believe the signature'), ('unwritable', 'this mail cannot be written: %(words)s'), ('header', 'this cannot stand in a header: %(words)s'), ('lines', 'this is more than one line, and a header has one: %(words)s'), ('address', 'mail cannot be addressed to %(words)s'), ('many_addresses', 'this is more than one address: %(words)s')], db_default='', max_length=15)),
                ('remote_id', models.CharField(blank=True, db_default='', max_length=300, verbose_name='id at the mail service')),
                ('outbox_name', models.CharField(blank=True, db_default='', max_length=255)),
                ('attempts', models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='tries')),
                ('resends', models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='resent')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ('outcome', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'put off by the reader’s mail server'), (2, 'returned, though the mailbox may exist'), (3, 'delivered'), (4, 'returned for good: the mailbox does not exist'), (5, 'reported as spam by the reader')], null=True, verbose_name='outcome')),
                ('outcome_at', models.DateTimeField(blank=True, null=True, verbose_name='time of the outcome')),
                ('batch', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='newsletter.batch')),
                ('interest_set', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='subscribers.interestset')),
                ('subscriber', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='subscribers.subscriber', verbose_name='subscriber')),
                ('subscription', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='subscribers.subscription')),
                ('edition', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='newsletter.edition')),
                ('mailing', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='newsletter.mailing', verbose_name='mailing')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
                'ordering': ('pk',),
                'permissions': [('view_outbox', 'may read the outbox')],
            },
        ),
        migrations.AddField(
            model_name='batch',
            name='mailing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='batches', to='newsletter.mailing'),
        ),
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('alt', subscribers.models.fields.LineField(help_text='For readers who do not see the picture. Say what it tells them.', max_length=300, verbose_name='what it shows, in words')),
                ('content_hash', models.CharField(editable=False, max_length=64)),
                ('kind', models.CharField(choices=[('jpg', 'JPEG'), ('png', 'PNG')], editable=False, max_length=4)),
                ('width', models.PositiveSmallIntegerField(editable=False)),
                ('height', models.PositiveSmallIntegerField(editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='uploaded')),
                ('created_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'picture',
                'verbose_name_plural': 'pictures',
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='RetentionRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'round of deletion',
                'verbose_name_plural': 'rounds of deletion',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_retention_run')],
            },
        ),
        migrations.CreateModel(
            name='Section',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=10, verbose_name='position')),
                ('kind', models.CharField(choices=[('bottom_line', 'bottom line'), ('letter', 'letter'), ('developments', 'strategic developments'), ('regions', 'region section'), ('takeaways', 'takeaways'), ('outlook', 'outlook')], default='regions', max_length=12, verbose_name='kind')),
                ('title', subscribers.models.texts.TextsField(default=subscribers.models.texts.Texts, max_length=160, verbose_name='title')),
                ('body', subscribers.models.texts.TextsField(default=subscribers.models.texts.Texts, help_text='Markdown: **bold**, *italic*, [link](https://…), - list. For a picture, paste the line that its own page gives.', lines=False, max_length=60000, verbose_name='text')),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='newsletter.issue', verbose_name='issue')),
                ('regions', models.ManyToManyField(blank=True, help_text='Leave empty for a part that everyone gets.', related_name='sections', to='subscribers.region', verbose_name='regions')),
            ],
            options={
                'verbose_name': 'section',
                'ordering': ('position', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date_start', models.DateField(blank=True, null=True, verbose_name='date')),
                ('date_end', models.DateField(blank=True, null=True, verbose_name='until')),
                ('date_precision', models.CharField(choices=[('day', 'on that day'), ('month', 'in that month'), ('start', 'since that day'), ('before', 'before that day')], default='day', max_length=6, verbose_name='precision')),
                ('place', subscribers.models.texts.TextsField(blank=True, default=subscribers.models.texts.Texts, max_length=120, verbose_name='place')),
                ('event_type', subscribers.models.texts.TextsField(default=subscribers.models.texts.Texts, max_length=60, verbose_name='event type')),
                ('actor1', subscribers.models.texts.TextsField(blank=True, default=subscribers.models.texts.Texts, max_length=120, verbose_name='attacker')),
                ('actor2', subscribers.models.texts.TextsField(blank=True, default=subscribers.models.texts.Texts, max_length=120, verbose_name='target')),
                ('toll_low', models.PositiveIntegerField(blank=True, null=True, verbose_name='killed (at least)')),
                ('toll_high', models.PositiveIntegerField(blank=True, null=True, verbose_name='killed (at most)')),
                ('summary', subscribers.models.texts.TextsField(default=subscribers.models.texts.Texts, max_length=300, verbose_name='what happened')),
                ('source_url', models.URLField(blank=True, max_length=400, verbose_name='source')),
                ('as_of', models.DateField(blank=True, help_text='The day that the source’s figures date from.', null=True, verbose_name='source date')),
                ('regions', models.ManyToManyField(related_name='incidents', to='subscribers.region', verbose_name='regions')),
                ('section', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='incidents', to='newsletter.section')),
            ],
            options={
                'verbose_name': 'incident',
                'ordering': ('date_start', 'date_end', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='Segment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', subscribers.models.fields.LineField(max_length=80, verbose_name='name')),
                ('languages', models.JSONField(blank=True, default=list, help_text='Such as en, fr. Readers whose subscription is in one of them.', validators=[subscribers.models.publications.known_languages], verbose_name='languages')),
                ('joined_from', models.DateField(blank=True, help_text='The day they confirmed, by the publication’s clock.', null=True, verbose_name='joined on or after')),
                ('joined_until', models.DateField(blank=True, null=True, verbose_name='joined on or before')),
                ('size', models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name='readers')),
                ('counted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='counted')),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='segments', to='subscribers.publication', verbose_name='publication')),
                ('regions', models.ManyToManyField(blank=True, help_text='Readers who chose one of them, a region inside it, or one around it.', related_name='+', to='subscribers.region', verbose_name='regions')),
            ],
            options={
                'verbose_name': 'segment',
                'ordering': ('publication', 'name'),
            },
        ),
        migrations.AddField(
            model_name='mailing',
            name='segment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='mailings', to='newsletter.segment', verbose_name='segment'),
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('excluded', 'not in the audience'), ('planned', 'to be sent'), ('accepted', 'accepted by the mail service'), ('rejected', 'refused by the mail service'), ('failed', 'given up after several tries'), ('skipped', 'left out at the last moment'), ('unknown', 'may or may not have been accepted')], max_length=8)),
                ('reason', models.CharField(blank=True, choices=[('not_confirmed', 'has not confirmed the subscription'), ('unsubscribed', 'is no longer subscribed'), ('suppressed', 'the mailbox is suppressed'), ('paused', 'has paused the subscription'), ('other_kind', 'wants no emails of this kind'), ('already_sent', 'got it in an earlier mailing'), ('not_sent', 'was not sent what was wrong'), ('unsure', 'may not have got what was wrong'), ('outside_segment', 'not in the segment'), ('unchanged', 'no trend of their regions changed'), ('no_matching_content', 'nothing in this issue for the chosen regions'), ('refused', 'the mail service refused the address or the message'), ('too_many_tries', 'the mail service put it off too often'), ('no_answer', 'no answer came after it was handed over'), ('worker_lost', 'the sender stopped; this email may have been sent'), ('cancelled', 'the mailing was cancelled'), ('expired', 'it was too late to send it'), ('erased', 'the reader was erased'), ('poison', 'gave up after three crashes while sending it')], max_length=20)),
                ('outcome', models.PositiveSmallIntegerField(choices=[(1, 'put off by the reader’s mail server'), (2, 'returned, though the mailbox may exist'), (3, 'delivered'), (4, 'returned for good: the mailbox does not exist'), (5, 'reported as spam by the reader')], null=True)),
                ('resends', models.PositiveSmallIntegerField()),
                ('number', models.PositiveIntegerField()),
                ('edition', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='newsletter.edition')),
                ('interest_set', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscribers.interestset')),
                ('mailing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tallies', to='newsletter.mailing')),
            ],
            options={
                'verbose_name': 'tally',
            },
        ),
        migrations.CreateModel(
            name='Version',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('content', models.JSONField()),
                ('content_hash', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='newsletter.issue')),
            ],
            options={
                'verbose_name': 'version',
                'ordering': ('issue', 'number'),
            },
        ),
        migrations.CreateModel(
            name='PictureUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('picture', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='newsletter.picture')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='newsletter.version')),
            ],
            options={
                'verbose_name': 'use of a picture',
                'verbose_name_plural': 'uses of a picture',
            },
        ),
        migrations.AddField(
            model_name='mailing',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mailings', to='newsletter.version'),
        ),
        migrations.AddField(
            model_name='correction',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='newsletter.version', verbose_name='version'),
        ),
        migrations.AddField(
            model_name='approval',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='newsletter.version'),
        ),
        migrations.CreateModel(
            name='Worker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('host', models.CharField(max_length=253)),
                ('pid', models.PositiveIntegerField()),
                ('started_at', models.DateTimeField()),
                ('beat_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'worker',
                'verbose_name_plural': 'workers',
                'ordering': ('pk',),
                'constraints': [models.CheckConstraint(condition=models.Q(('beat_at__gte', models.F('started_at'))), name='a_worker_beats_after_it_starts')],
            },
        ),
        migrations.AddField(
            model_name='mailing',
            name='worker',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='newsletter.worker'),
        ),
        migrations.AddField(
            model_name='batch',
            name='worker',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='newsletter.worker'),
        ),
        migrations.CreateModel(
            name='CorrectedPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('section', models.PositiveBigIntegerField(blank=True, null=True)),
                ('region', models.CharField(blank=True, max_length=16)),
                ('wrong', subscribers.models.texts.TextsField(default=subscribers.models.texts.Texts, lines=False, max_length=1000, verbose_name='what was wrong')),
                ('right', subscribers.models.texts.TextsField(default=subscribers.models.texts.Texts, lines=False, max_length=1000, verbose_name='what is right')),
                ('correction', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='newsletter.correction')),
            ],
            options={
                'verbose_name': 'corrected part',
                'verbose_name_plural': 'corrected parts',
                'ordering': ('position', 'pk'),
                'constraints': [models.CheckConstraint(condition=models.Q(('section', None), ('region', ''), _connector='XOR'), name='a_corrected_part_is_a_section_or_an_assessment'), models.UniqueConstraint(fields=('correction', 'section'), name='a_section_is_corrected_once'), models.UniqueConstraint(condition=models.Q(('region', ''), _negated=True), fields=('correction', 'region'), name='an_assessment_is_corrected_once'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('wrong'), models.TextField()), '^\\[\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\]*(\\\\.[^"\\\\]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\]*(\\\\.[^"\\\\]*)*"\\])*\\]\\Z'), name='newsletter_correctedpart_wrong_in_languages', violation_error_message='Nothing of this can be seen. Type it again by hand.'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('right'), models.TextField()), '^\\[\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\]*(\\\\.[^"\\\\]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\]*(\\\\.[^"\\\\]*)*"\\])*\\]\\Z'), name='newsletter_correctedpart_right_in_languages', violation_error_message='Nothing of this can be seen. Type it again by hand.')],
            },
        ),
        migrations.CreateModel(
            name='DeliveryEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('esp', models.CharField(max_length=20, verbose_name='mail service')),
                ('event_id', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('queued', 'taken'), ('sent', 'sent on'), ('rejected', 'refused'), ('failed', 'not sent, because of an error'), ('deferred', 'put off'), ('bounced', 'returned'), ('delivered', 'delivered'), ('complained', 'reported as spam'), ('unsubscribed', 'unsubscribed there'), ('noted', 'remarked on by somebody else than the reader')], max_length=12, verbose_name='what happened')),
                ('outcome', models.PositiveSmallIntegerField(choices=[(1, 'put off by the reader’s mail server'), (2, 'returned, though the mailbox may exist'), (3, 'delivered'), (4, 'returned for good: the mailbox does not exist'), (5, 'reported as spam by the reader')], null=True)),
                ('delivery_key', models.BigIntegerField(null=True)),
                ('mailbox', models.CharField(max_length=254, verbose_name='mailbox')),
                ('message_id', models.CharField(blank=True, max_length=300)),
                ('detail', models.CharField(blank=True, max_length=300, verbose_name='detail')),
                ('happened_at', models.DateTimeField(verbose_name='moment')),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('due_at', models.DateTimeField(null=True)),
                ('delivery', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='newsletter.delivery', verbose_name='delivery')),
            ],
            options={
                'verbose_name': 'delivery event',
                'verbose_name_plural': 'delivery events',
                'ordering': ('happened_at', 'pk'),
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='event_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['queued', 'sent', 'rejected', 'failed', 'deferred', 'bounced', 'delivered', 'complained', 'unsubscribed', 'noted'])), name='newsletter_deliveryevent_kind_known', violation_error_message='This is not a known kind.'), models.UniqueConstraint(fields=('esp', 'event_id'), name='an_event_counts_once'), models.CheckConstraint(condition=models.Q(('outcome', None), ('outcome__in', [1, 2, 3, 4, 5]), _connector='OR'), name='an_event_has_a_known_outcome'), models.CheckConstraint(condition=models.Q(('delivery', None), ('due_at', None), _connector='OR'), name='an_event_is_matched_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.UniqueConstraint(fields=('publication', 'slug'), name='issue_slug_once_a_publication'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['regular', 'alert'])), name='newsletter_issue_kind_known', violation_error_message='This is not a known kind.'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('title'), models.TextField()), '^\\[\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*\\]\\Z'), name='newsletter_issue_title_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('subject'), models.TextField()), '^\\[\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*\\]\\Z'), name='newsletter_issue_subject_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='issue',
            constraint=models.CheckConstraint(condition=models.Q(('language__regex', '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\\Z')), name='newsletter_issue_language_is_a_language', violation_error_message='This is not a language.'),
        ),
        migrations.AddConstraint(
            model_name='formerissueslug',
            constraint=models.UniqueConstraint(fields=('publication', 'slug'), name='former_slug_leads_to_one_issue'),
        ),
        migrations.AddConstraint(
            model_name='contentchange',
            constraint=models.UniqueConstraint(fields=('issue', 'user'), name='content_change_once_each'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(('trend__in', ['increased', 'decreased', 'unchanged', 'not_assessed'])), name='newsletter_assessment_trend_known', violation_error_message='This is not a known trend.'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.UniqueConstraint(fields=('issue', 'region'), name='one_assessment_of_a_region_an_issue'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(('count', None), django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('counted'), models.TextField()), '^\\[\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*\\]\\Z'), _connector='OR'), name='a_count_says_what_it_counts', violation_error_message='Say what is counted.'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(('previous_count', None), ('count__isnull', False), _connector='OR'), name='a_count_before_needs_a_count', violation_error_message='A previous count needs a count now.'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('reason'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*)?\\]\\Z'), name='newsletter_assessment_reason_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('counted'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*)?\\]\\Z'), name='newsletter_assessment_counted_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='maildomain',
            constraint=models.CheckConstraint(condition=models.Q(('domain', django.db.models.functions.text.Lower('domain'))), name='domain_is_in_lower_case'),
        ),
        migrations.AddConstraint(
            model_name='historyentry',
            constraint=models.CheckConstraint(condition=models.Q(('actor_kind__in', ['person', 'worker', 'esp', 'schedule'])), name='newsletter_historyentry_actor_kind_known', violation_error_message='This is not a known actor_kind.'),
        ),
        migrations.AddConstraint(
            model_name='historyentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('batch', None), ('transition__in', ['schedule', 'miss', 'start_late', 'hold', 'freeze', 'start', 'fail_check', 'pause', 'stop', 'resume', 'hinder', 'recover', 'run_out', 'extend', 'leave_out', 'resend', 'finish', 'reopen', 'wait', 'cancel'])), models.Q(('batch__isnull', False), ('transition__in', ('recover_batch', 'lose', 'quarantine'))), _connector='OR'), name='history_is_of_a_mailing_or_of_its_batch'),
        ),
        migrations.AddConstraint(
            model_name='historyentry',
            constraint=models.CheckConstraint(condition=models.Q(('transition', 'schedule'), ('before', ''), _connector='XOR', _negated=True), name='only_what_begins_has_nothing_before'),
        ),
        migrations.AddConstraint(
            model_name='historyentry',
            constraint=models.CheckConstraint(condition=models.Q(('why__in', ['', 'missed', 'leak_check', 'refused', 'misconfigured', 'unavailable', 'busy', 'crashes', 'miscounted', 'other_mailing'])), name='history_why_known'),
        ),
        migrations.AddConstraint(
            model_name='historyentry',
            constraint=models.CheckConstraint(condition=models.Q(('user', None), ('actor_kind', 'person'), _connector='OR'), name='only_a_person_is_a_user'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.UniqueConstraint(fields=('mailing', 'key'), name='edition_key_once'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(('language__regex', '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\\Z')), name='newsletter_edition_language_is_a_language', violation_error_message='This is not a language.'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(('mail_format__in', ['html', 'text'])), name='newsletter_edition_mail_format_known', violation_error_message='This is not a known mail_format.'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('reason__in', ('no_answer', 'worker_lost'))), fields=['mailing'], name='delivery_doubtful'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['excluded', 'planned', 'accepted', 'rejected', 'failed', 'skipped', 'unknown'])), name='newsletter_delivery_state_known', violation_error_message='This is not a known state.'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('resends__lte', 1)), name='sent_again_once'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('subscriber', 'mailing'), name='one_delivery_a_subscriber'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('planned', 'accepted')), models.Q(('reason', ''), _negated=True), _connector='XOR'), name='what_did_not_arrive_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'unknown'), ('reason__in', ('no_answer', 'worker_lost')), _connector='XOR', _negated=True), name='what_is_unknown_says_why'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'accepted'), _negated=True), ('edition__isnull', False), _connector='OR'), name='what_was_accepted_has_an_edition'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', None), ('outcome_at', None)), models.Q(('outcome__in', [1, 2, 3, 4, 5]), ('outcome_at__isnull', False)), _connector='OR'), name='a_known_outcome_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='picture',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['jpg', 'png'])), name='newsletter_picture_kind_known', violation_error_message='This is not a known kind.'),
        ),
        migrations.AddConstraint(
            model_name='picture',
            constraint=models.CheckConstraint(condition=models.Q(('alt', ''), _negated=True), name='picture_says_what_it_shows', violation_error_message='Say in words what the picture shows.'),
        ),
        migrations.AddConstraint(
            model_name='picture',
            constraint=models.CheckConstraint(condition=models.Q(('height__gt', 0), ('width__gt', 0)), name='picture_has_a_size'),
        ),
        migrations.AddConstraint(
            model_name='section',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['bottom_line', 'letter', 'developments', 'regions', 'takeaways', 'outlook'])), name='newsletter_section_kind_known', violation_error_message='This is not a known kind.'),
        ),
        migrations.AddConstraint(
            model_name='section',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('title'), models.TextField()), '^\\[\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*\\]\\Z'), name='newsletter_section_title_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='section',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('body'), models.TextField()), '^\\[\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\]*(\\\\.[^"\\\\]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\]*(\\\\.[^"\\\\]*)*"\\])*\\]\\Z'), name='newsletter_section_body_in_languages', violation_error_message='Nothing of this can be seen. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='section',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length(django.db.models.functions.comparison.Cast('body', models.TextField())), 1200000), name='section_body_is_not_endless', violation_error_message='This text is too long for an email.'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('date_precision__in', ['day', 'month', 'start', 'before'])), name='newsletter_incident_date_precision_known', violation_error_message='This is not a known date_precision.'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('date_end__isnull', False), ('date_precision', 'before')), models.Q(models.Q(('date_precision', 'before'), _negated=True), ('date_start__isnull', False)), _connector='OR'), name='incident_has_a_date', violation_error_message='Give the date, or the day it lies before.'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('date_start', None), ('date_end', None), ('date_end__gte', models.F('date_start')), _connector='OR'), name='incident_ends_after_it_begins', violation_error_message='It cannot end before it begins.'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('toll_low', None), ('toll_high', None), ('toll_high__gte', models.F('toll_low')), _connector='OR'), name='toll_is_a_range', violation_error_message='The higher toll is below the lower one.'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('event_type'), models.TextField()), '^\\[\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*\\]\\Z'), name='newsletter_incident_event_type_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('summary'), models.TextField()), '^\\[\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*\\]\\Z'), name='newsletter_incident_summary_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('place'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*)?\\]\\Z'), name='newsletter_incident_place_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('actor1'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*)?\\]\\Z'), name='newsletter_incident_actor1_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('actor2'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*)?\\]\\Z'), name='newsletter_incident_actor2_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='segment',
            constraint=models.UniqueConstraint(fields=('publication', 'name'), name='segment_name_once_a_publication'),
        ),
        migrations.AddConstraint(
            model_name='segment',
            constraint=models.CheckConstraint(condition=models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='newsletter_segment_name_is_one_line', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'),
        ),
        migrations.AddConstraint(
            model_name='segment',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('languages'), models.TextField()), '^\\[("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"(, "[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")*)?\\]\\Z'), name='segment_lists_languages', violation_error_message='List each language once, such as en, fr.'),
        ),
        migrations.AddConstraint(
            model_name='segment',
            constraint=models.CheckConstraint(condition=models.Q(('joined_from', None), ('joined_until', None), ('joined_from__lte', models.F('joined_until')), _connector='OR'), name='segment_begins_before_it_ends', violation_error_message='The first day comes after the last one.'),
        ),
        migrations.AddConstraint(
            model_name='segment',
            constraint=models.CheckConstraint(condition=models.Q(('size', None), ('counted_at__isnull', False), _connector='XOR'), name='segment_size_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['excluded', 'planned', 'accepted', 'rejected', 'failed', 'skipped', 'unknown'])), name='newsletter_tally_state_known', violation_error_message='This is not a known state.'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.CheckConstraint(condition=models.Q(('number__gt', 0)), name='a_tally_counts'),
        ),
        migrations.AddConstraint(
            model_name='version',
            constraint=models.UniqueConstraint(fields=('issue', 'number'), name='version_number_once'),
        ),
        migrations.AddConstraint(
            model_name='version',
            constraint=models.UniqueConstraint(fields=('issue', 'content_hash'), name='version_content_once'),
        ),
        migrations.AddConstraint(
            model_name='pictureuse',
            constraint=models.UniqueConstraint(fields=('version', 'picture'), name='picture_use_once'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.UniqueConstraint(fields=('version', 'approved_by', 'by_contributor'), name='approved_once_each'),
        ),
        migrations.AddIndex(
            model_name='mailing',
            index=models.Index(condition=models.Q(('state__in', ('scheduled', 'held', 'freezing'))), fields=['scheduled_at'], name='mailing_due'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['issue', 'correction'])), name='newsletter_mailing_kind_known', violation_error_message='This is not a known kind.'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['scheduled', 'overdue', 'held', 'freezing', 'check_failed', 'sending', 'paused', 'finished', 'cancelled'])), name='newsletter_mailing_state_known', violation_error_message='This is not a known state.'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'correction'), ('correction', None), _connector='XOR'), name='a_correction_is_what_a_mailing_of_that_kind_sends'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('scheduled', 'overdue', 'held', 'freezing', 'check_failed', 'sending', 'paused'))), fields=('issue',), name='one_mailing_of_an_issue_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('sending', 'finished')), _negated=True), models.Q(('audience_size__isnull', False), ('frozen_at__isnull', False)), _connector='OR'), name='a_mailing_is_frozen_before_it_is_sent'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('unknown_policy__in', ['resend_once', 'leave'])), name='newsletter_mailing_unknown_policy_known', violation_error_message='This is not a known unknown_policy.'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('trouble__in', ['', 'missed', 'leak_check', 'refused', 'misconfigured', 'unavailable', 'busy', 'crashes', 'miscounted', 'other_mailing'])), name='mailing_trouble_known'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('local_day', None), ('local_time__isnull', False), _connector='XOR'), name='a_local_moment_has_a_day_and_a_time'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('segment', None), ('segment_rule__isnull', False), _connector='OR'), name='a_mailing_to_a_segment_keeps_its_rule'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('not_after__gt', models.F('scheduled_at'))), name='a_mailing_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'finished'), ('finished_at', None), _connector='XOR'), name='finished_has_a_time'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(condition=models.Q(('group', None), ('state', 'pending')), fields=['due_at', 'id'], name='batch_due'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(condition=models.Q(('group__isnull', False), ('state', 'pending')), fields=['group', 'due_at', 'id'], name='batch_due_in_group'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(condition=models.Q(('is_urgent', True), ('state', 'pending')), fields=['due_at', 'id'], name='batch_urgent'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['mailing'], name='batch_pending'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(condition=models.Q(('state__in', ('claimed', 'handed'))), fields=['lease_until'], name='batch_lease'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'claimed', 'handed', 'settled'])), name='newsletter_batch_state_known', violation_error_message='This is not a known state.'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(fields=('edition', 'ordinal'), name='batch_ordinal_once'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('claimed', 'handed')), _negated=True), models.Q(('lease_until__isnull', False), ('token__isnull', False), ('worker__isnull', False)), _connector='OR'), name='a_claimed_batch_is_held_by_a_worker'),
        ),
    ]
