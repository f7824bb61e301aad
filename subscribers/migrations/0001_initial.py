import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import subscribers.models.faces
import subscribers.models.fields
import subscribers.models.people
import subscribers.models.publications
import subscribers.models.regions
import subscribers.models.texts
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='InterestSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
            ],
            options={
                'verbose_name': 'interest set',
                'verbose_name_plural': 'interest sets',
            },
        ),
        migrations.CreateModel(
            name='UsedStamp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('content_key', models.CharField(max_length=64)),
                ('expires_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'verbose_name': 'used form stamp',
                'verbose_name_plural': 'used form stamps',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4)),
                ('place', models.CharField(max_length=300)),
                ('generation', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'installation',
                'verbose_name_plural': 'installations',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_installation')],
            },
        ),
        migrations.CreateModel(
            name='ChosenRegion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('all', 'everything'), ('issues', 'issues only'), ('alerts', 'alerts only')], default='all', max_length=6)),
                ('interest_set', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chosen', to='subscribers.interestset')),
            ],
            options={
                'verbose_name': 'chosen region',
                'verbose_name_plural': 'chosen regions',
                'constraints': [models.CheckConstraint(condition=models.Q(('level__in', ['all', 'issues', 'alerts'])), name='subscribers_chosenregion_level_known', violation_error_message='This is not a known level.')],
            },
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='moment')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone')),
                ('was_active', models.BooleanField(verbose_name='was active')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('ended_reason', models.CharField(blank=True, choices=[('unsubscribed', 'the reader unsubscribed'), ('removed', 'removed by staff'), ('bounced', 'the mailbox does not exist'), ('returned', 'emails to it keep coming back'), ('complained', 'the reader reported it as spam'), ('unconfirmed', 'it was never confirmed'), ('erased', 'the reader was erased')], max_length=12, verbose_name='reason ended')),
                ('language', subscribers.models.fields.LanguageField(max_length=12, verbose_name='language')),
                ('mail_format', models.CharField(choices=[('html', 'designed email'), ('text', 'plain text')], max_length=4, verbose_name='format')),
                ('time_zone', models.CharField(blank=True, max_length=64, verbose_name='time zone')),
                ('only_on_change', models.BooleanField(default=False, verbose_name='only when a trend of their regions changed')),
                ('paused_until', models.DateField(blank=True, null=True, verbose_name='paused until')),
                ('interest_set', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscribers.interestset', verbose_name='interests')),
            ],
            options={
                'verbose_name': 'change by a link',
                'verbose_name_plural': 'changes by links',
                'ordering': ('pk',),
                'indexes': [models.Index(fields=['made_at'], name='change_by_age')],
                'constraints': [models.CheckConstraint(condition=models.Q(('language__regex', '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\\Z')), name='subscribers_change_language_is_a_language', violation_error_message='This is not a language.'), models.CheckConstraint(condition=models.Q(('mail_format__in', ['html', 'text'])), name='subscribers_change_mail_format_known', violation_error_message='This is not a known mail_format.'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_reason', '')), models.Q(('ended_at__isnull', False), ('ended_reason__gt', ''), ('was_active', False)), _connector='OR'), name='change_knows_when_and_why_it_had_ended')],
            },
        ),
        migrations.CreateModel(
            name='KillSwitch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_on', models.BooleanField(default=False)),
                ('why', models.CharField(blank=True, max_length=200)),
                ('found', models.CharField(blank=True, choices=[('copied', 'This database was copied or restored from another place.'), ('moved', 'This database was put into a folder that is not its own.'), ('older', 'This database is older than emails already sent: a backup was restored.')], db_default='', default='', max_length=6)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('changed_by', models.CharField(blank=True, max_length=150)),
            ],
            options={
                'verbose_name': 'kill switch',
                'verbose_name_plural': 'kill switch',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_kill_switch'), models.CheckConstraint(condition=models.Q(('found__in', ['', 'copied', 'moved', 'older'])), name='what_is_strange_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Region',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9]+(-[A-Za-z0-9]+)*\\Z', 'A code has letters, digits and hyphens, like ML-1.')], verbose_name='code')),
                ('kind', models.CharField(choices=[('world', 'world'), ('subregion', 'subregion'), ('country', 'country'), ('admin1', 'first-level division'), ('admin2', 'second-level division'), ('group', 'named group')], max_length=10, verbose_name='kind')),
                ('names', models.JSONField(validators=[subscribers.models.regions.names_by_language], verbose_name='names')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ('origin', models.CharField(choices=[('shipped', 'comes with the service'), ('staff', 'added here')], default='staff', editable=False, max_length=7, verbose_name='origin')),
                ('mended', models.JSONField(blank=True, default=list, editable=False, validators=[subscribers.models.regions.mendable_fields])),
                ('members', models.ManyToManyField(blank=True, related_name='groups', to='subscribers.region', verbose_name='members')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='subscribers.region', verbose_name='lies in')),
                ('successors', models.ManyToManyField(blank=True, related_name='predecessors', to='subscribers.region', verbose_name='succeeded by')),
            ],
            options={
                'verbose_name': 'region',
                'ordering': ('names__en', 'code'),
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['world', 'subregion', 'country', 'admin1', 'admin2', 'group'])), name='subscribers_region_kind_known', violation_error_message='This is not a known kind.'), models.CheckConstraint(condition=models.Q(('origin__in', ['shipped', 'staff'])), name='subscribers_region_origin_known', violation_error_message='This is not a known origin.'), models.CheckConstraint(condition=models.Q(('code__regex', '^[A-Za-z0-9]+(-[A-Za-z0-9]+)*\\Z')), name='region_code_is_shaped', violation_error_message='A code has letters, digits and hyphens, like ML-1.'), models.CheckConstraint(condition=models.Q(('names__has_key', 'en'), models.Q(('names__en', ''), _negated=True)), name='region_has_an_english_name', violation_error_message='Write the name in English: it stands in for other languages.'), models.UniqueConstraint(condition=models.Q(('kind', 'world')), fields=('kind',), name='one_world'), models.CheckConstraint(condition=models.Q(('kind', 'world'), ('parent__isnull', False), _connector='XOR'), name='only_the_world_has_no_parent'), models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='region_lies_in_another'), models.CheckConstraint(condition=models.Q(('valid_to__gt', models.F('valid_from')), ('valid_to', None), ('valid_from', None), _connector='OR'), name='region_ends_after_it_begins', violation_error_message='It ends before it begins.')],
            },
        ),
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('accent', subscribers.models.faces.ColourField(blank=True, help_text='Like #0b4f6c, for links, lines and buttons. Empty: the usual blue.', max_length=7, validators=[subscribers.models.faces.on_light], verbose_name='accent colour')),
                ('accent_dark', subscribers.models.faces.ColourField(blank=True, help_text='Empty: the accent colour, as much lighter as dark mode needs.', max_length=7, validators=[subscribers.models.faces.on_dark], verbose_name='accent colour in dark mode')),
                ('logo_hash', models.CharField(blank=True, editable=False, max_length=64)),
                ('logo_kind', models.CharField(blank=True, editable=False, max_length=4)),
                ('logo_width', models.PositiveSmallIntegerField(default=0, editable=False, validators=[django.core.validators.MaxValueValidator(240)])),
                ('logo_height', models.PositiveSmallIntegerField(default=0, editable=False, validators=[django.core.validators.MaxValueValidator(56)])),
                ('logo_alt', subscribers.models.texts.TextsField(blank=True, default=subscribers.models.texts.Texts, help_text='For readers who do not see it. Empty: the name of the publication.', max_length=120, verbose_name='the logo in words')),
                ('masthead', subscribers.models.texts.TextsField(blank=True, default=subscribers.models.texts.Texts, help_text='Like “Security, region by region” or the name of your organisation.', max_length=120, verbose_name='line with the name')),
                ('masthead_place', models.CharField(choices=[('above', 'above the name'), ('below', 'below the name')], default='below', max_length=5, verbose_name='where that line stands')),
                ('contact', subscribers.models.texts.TextsField(blank=True, default=subscribers.models.texts.Texts, help_text='In every footer, like “Questions? Write to editors@example.org.”', max_length=200, verbose_name='contact line')),
                ('footer', subscribers.models.texts.TextsField(blank=True, default=subscribers.models.texts.Texts, help_text='At the end of every email and page. An empty line starts a paragraph.', lines=False, max_length=600, verbose_name='footer text')),
                ('measured', subscribers.models.texts.TextsField(blank=True, default=subscribers.models.texts.Texts, help_text='In the singular, as it starts the sentence “… is up in Kayes, down in Segou”: “Jihadist activity”.', max_length=60, verbose_name='what its trends measure')),
                ('section_order', models.JSONField(blank=True, default=list, help_text='The bottom line and the trends always come first.', verbose_name='order of an issue’s parts')),
                ('slug', models.SlugField(unique=True, verbose_name='short name for web addresses')),
                ('name', subscribers.models.texts.TextsField(default=subscribers.models.texts.Texts, max_length=120, verbose_name='name')),
                ('description', subscribers.models.texts.TextsField(blank=True, default=subscribers.models.texts.Texts, lines=False, verbose_name='what a reader gets')),
                ('from_name', subscribers.models.fields.LineField(max_length=80, verbose_name='sender’s name')),
                ('from_address', subscribers.models.fields.SenderField(max_length=254, verbose_name='sender’s address')),
                ('reply_to', subscribers.models.fields.SenderField(help_text='A person must read this mailbox: unsubscribe requests arrive here too.', max_length=254, verbose_name='address for replies')),
                ('postal_address', subscribers.models.fields.LineField(max_length=200, verbose_name='postal address')),
                ('privacy_url', subscribers.models.texts.AddressesField(blank=True, default=subscribers.models.texts.Texts, help_text='Linked in every footer.', verbose_name='page about privacy')),
                ('list_id', models.CharField(help_text='Like dispatch.news.example.org. Mail programs sort by it: never change it.', max_length=200, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+\\Z', 'Write it like dispatch.news.example.org: letters, digits and hyphens, with dots between.')], verbose_name='List-Id')),
                ('languages', models.JSONField(default=subscribers.models.publications.default_languages, help_text='In order, such as en, fr, ar. Issues are written in the first, and may be translated into the others. Once saved, this page has fields for each.', validators=[subscribers.models.publications.known_languages], verbose_name='languages')),
                ('time_zone', models.CharField(default='UTC', max_length=64, validators=[subscribers.models.publications.known_time_zone], verbose_name='time zone')),
                ('mail_when_nothing', models.BooleanField(default=True, help_text='They get the parts for everyone, with a line that says so. Otherwise they get nothing.', verbose_name='also email readers with no matching section')),
                ('approval', models.CharField(choices=[('none', 'nobody'), ('anyone', 'anyone who may approve'), ('another', 'someone who didn’t edit it')], default='none', help_text='Needed before scheduling. Any change to the issue needs a new approval.', max_length=7, verbose_name='who has to approve an issue')),
                ('undo_seconds', models.PositiveSmallIntegerField(default=0, help_text='How long a mailing can still be undone once its time has come.', verbose_name='undo time (seconds)')),
                ('alert_undo_seconds', models.PositiveSmallIntegerField(default=0, help_text='The same for alerts, which readers are waiting for.', verbose_name='undo time of alerts (seconds)')),
                ('channel', models.CharField(db_default='main', default='main', help_text='The way out of all its emails. A mailing that is being sent goes on by the one that it began with.', max_length=20, verbose_name='channel')),
                ('archive_open', models.BooleanField(default=False, help_text='On this site, in full, once they are sent.', verbose_name='anyone may read past issues')),
                ('regions', models.ManyToManyField(related_name='publications', to='subscribers.region', verbose_name='regions covered')),
            ],
            options={
                'verbose_name': 'publication',
                'ordering': ('slug',),
                'constraints': [models.CheckConstraint(condition=models.Q(('accent', ''), ('accent__regex', '^#[0-9a-f]{6}\\Z'), _connector='OR'), name='publication_accent_is_a_colour', violation_error_message='Write the colour like #0b4f6c.'), models.CheckConstraint(condition=models.Q(('accent_dark', ''), ('accent_dark__regex', '^#[0-9a-f]{6}\\Z'), _connector='OR'), name='publication_accent_dark_is_a_colour', violation_error_message='Write the colour like #0b4f6c.'), models.CheckConstraint(condition=models.Q(('masthead_place__in', ['above', 'below'])), name='subscribers_publication_masthead_place_known', violation_error_message='This is not a known masthead_place.'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('logo_alt'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*)?\\]\\Z'), name='subscribers_publication_logo_alt_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('masthead'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*)?\\]\\Z'), name='subscribers_publication_masthead_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('contact'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*)?\\]\\Z'), name='subscribers_publication_contact_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('measured'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*)?\\]\\Z'), name='subscribers_publication_measured_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('footer'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\]*(\\\\.[^"\\\\]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\]*(\\\\.[^"\\\\]*)*"\\])*)?\\]\\Z'), name='subscribers_publication_footer_in_languages', violation_error_message='Nothing of this can be seen. Type it again by hand.'), models.CheckConstraint(condition=models.Q(models.Q(('logo_hash', ''), ('logo_height', 0), ('logo_width', 0)), models.Q(('logo_hash__regex', '^[0-9a-f]{64}\\Z'), ('logo_height__gt', 0), ('logo_kind__in', ('png', 'jpg')), ('logo_width__gt', 0)), _connector='OR'), name='publication_logo_is_whole'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('section_order'), models.TextField()), '^\\[("[a-z_]+"(, "[a-z_]+")*)?\\]\\Z'), name='publication_section_order_is_a_list'), models.CheckConstraint(condition=models.Q(('approval__in', ['none', 'anyone', 'another'])), name='subscribers_publication_approval_known', violation_error_message='This is not a known approval.'), models.CheckConstraint(condition=models.Q(('channel__regex', '^[a-z0-9]+(-[a-z0-9]+)*\\Z')), name='subscribers_publication_channel_is_a_name', violation_error_message='This is not the name of a channel.'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('name'), models.TextField()), '^\\[\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*\\]\\Z'), name='subscribers_publication_name_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('description'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\]*(\\\\.[^"\\\\]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\]*(\\\\.[^"\\\\]*)*"\\])*)?\\]\\Z'), name='subscribers_publication_description_in_languages', violation_error_message='Nothing of this can be seen. Type it again by hand.'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('privacy_url'), models.TextField()), '^\\[(\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\](, \\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", "(?!")[^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*(\\\\["\\\\][^"\\\\\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]*)*"\\])*)?\\]\\Z'), name='subscribers_publication_privacy_url_in_languages', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'), models.CheckConstraint(condition=models.Q(('from_name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='subscribers_publication_from_name_is_one_line', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'), models.CheckConstraint(condition=models.Q(('postal_address__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='subscribers_publication_postal_address_is_one_line', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'), models.CheckConstraint(condition=models.Q(('from_address__regex', "^[A-Za-z0-9_.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+\\Z")), name='subscribers_publication_from_address_is_mailable', violation_error_message='Enter an address like name@example.com.'), models.CheckConstraint(condition=models.Q(('reply_to__regex', "^[A-Za-z0-9_.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+\\Z")), name='subscribers_publication_reply_to_is_mailable', violation_error_message='Enter an address like name@example.com.'), models.CheckConstraint(condition=django.db.models.lookups.Regex(django.db.models.functions.comparison.Cast(models.F('languages'), models.TextField()), '^\\["[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"(, "[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")*\\]\\Z'), name='publication_has_languages', violation_error_message='List each language once, such as en, fr.'), models.CheckConstraint(condition=models.Q(('list_id__regex', '^[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+\\Z')), name='publication_has_a_list_id', violation_error_message='Write it like dispatch.news.example.org: letters, digits and hyphens, with dots between.')],
            },
        ),
        migrations.AddField(
            model_name='interestset',
            name='regions',
            field=models.ManyToManyField(related_name='interest_sets', through='subscribers.ChosenRegion', to='subscribers.region'),
        ),
        migrations.AddField(
            model_name='chosenregion',
            name='region',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscribers.region'),
        ),
        migrations.CreateModel(
            name='RegionOutline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pieces', models.JSONField(verbose_name='pieces')),
                ('label', models.JSONField(verbose_name='place of the name')),
                ('digest', models.CharField(editable=False, max_length=12)),
                ('region', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='outline', to='subscribers.region', verbose_name='region')),
            ],
            options={
                'verbose_name': 'outline',
                'verbose_name_plural': 'outlines',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('digest', ''), _negated=True), name='outline_has_a_digest')],
            },
        ),
        migrations.CreateModel(
            name='RegionSpelling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=120, validators=[subscribers.models.regions.name_to_find])),
                ('folded', models.CharField(db_index=True, max_length=120)),
                ('origin', models.CharField(choices=[('derived', 'a name or the code'), ('shipped', 'comes with the service'), ('staff', 'added here')], default='staff', editable=False, max_length=7)),
                ('region', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spellings', to='subscribers.region')),
            ],
            options={
                'verbose_name': 'other spelling',
                'verbose_name_plural': 'other spellings',
                'constraints': [models.CheckConstraint(condition=models.Q(('origin__in', ['derived', 'shipped', 'staff'])), name='subscribers_regionspelling_origin_known', violation_error_message='This is not a known origin.'), models.CheckConstraint(condition=models.Q(('text__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]'), _negated=True), name='subscribers_regionspelling_text_is_one_line', violation_error_message='Write it on one line, without invisible control characters. Type it again by hand.'), models.CheckConstraint(condition=models.Q(('folded', ''), _negated=True), name='spelling_is_folded'), models.UniqueConstraint(fields=('region', 'folded', 'origin'), name='one_spelling_once_a_region')],
            },
        ),
        migrations.CreateModel(
            name='SignInTry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('network', models.CharField(blank=True, max_length=50)),
                ('name_key', models.CharField(max_length=64)),
                ('was_right', models.BooleanField(db_default=False, default=False)),
            ],
            options={
                'verbose_name': 'attempt to sign in',
                'verbose_name_plural': 'attempts to sign in',
                'ordering': ('pk',),
                'indexes': [models.Index(fields=['network', 'at'], name='sign_in_tries_from_a_network'), models.Index(fields=['name_key', 'at'], name='sign_in_tries_for_a_name'), models.Index(fields=['at'], name='sign_in_tries_by_age')],
            },
        ),
        migrations.CreateModel(
            name='SignUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='moment')),
                ('network', models.CharField(blank=True, max_length=50, verbose_name='network')),
                ('mailbox_key', models.CharField(max_length=64)),
                ('answered', models.BooleanField(db_default=True, default=True)),
                ('confirmed', models.BooleanField(db_default=False, default=False)),
            ],
            options={
                'verbose_name': 'attempt to sign up',
                'verbose_name_plural': 'attempts to sign up',
                'ordering': ('pk',),
                'indexes': [models.Index(fields=['network', 'at'], name='sign_ups_from_a_network'), models.Index(fields=['mailbox_key', 'at'], name='sign_ups_for_a_mailbox'), models.Index(fields=['at'], name='sign_ups_by_age')],
            },
        ),
        migrations.CreateModel(
            name='Subscriber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.EmailField(max_length=254, verbose_name='address')),
                ('mailbox', models.CharField(editable=False, max_length=254, unique=True)),
                ('mailbox_key', subscribers.models.people.MailboxKeyField(db_default='', editable=False, max_length=32)),
                ('name', models.CharField(blank=True, max_length=80, verbose_name='name')),
                ('time_zone', models.CharField(blank=True, db_default='', default='', help_text='Empty: the publication’s.', max_length=64, validators=[subscribers.models.publications.known_time_zone], verbose_name='time zone')),
                ('link_generation', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
            ],
            options={
                'verbose_name': 'subscriber',
                'ordering': ('mailbox',),
                'permissions': [('export_subscriber', 'may export everything about a person'), ('erase_subscriber', 'may erase a person')],
                'indexes': [models.Index(condition=models.Q(('name__gt', '')), fields=['name'], name='subscriber_with_a_name')],
                'constraints': [models.CheckConstraint(condition=models.Q(('mailbox', django.db.models.functions.text.Lower('address'))), name='mailbox_is_the_lower_address')],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('language', subscribers.models.fields.LanguageField(default='en', max_length=12, verbose_name='language')),
                ('mail_format', models.CharField(choices=[('html', 'designed email'), ('text', 'plain text')], default='html', max_length=4, verbose_name='format')),
                ('status', models.CharField(choices=[('pending', 'waiting for confirmation'), ('active', 'active'), ('ended', 'ended')], default='pending', max_length=8, verbose_name='status')),
                ('ended_reason', models.CharField(blank=True, choices=[('unsubscribed', 'the reader unsubscribed'), ('removed', 'removed by staff'), ('bounced', 'the mailbox does not exist'), ('returned', 'emails to it keep coming back'), ('complained', 'the reader reported it as spam'), ('unconfirmed', 'it was never confirmed'), ('erased', 'the reader was erased')], max_length=12, verbose_name='reason ended')),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='requested')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('only_on_change', models.BooleanField(db_default=False, default=False, verbose_name='only when a trend of their regions changed')),
                ('paused_until', models.DateField(blank=True, null=True, verbose_name='paused until')),
                ('interest_set', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='subscribers.interestset', verbose_name='interests')),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='subscribers.publication', verbose_name='publication')),
                ('subscriber', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='subscribers.subscriber', verbose_name='subscriber')),
            ],
            options={
                'verbose_name': 'subscription',
                'ordering': ('pk',),
                'indexes': [models.Index(fields=['publication', 'status'], name='subscription_audience'), models.Index(condition=models.Q(('status', 'pending')), fields=['requested_at'], name='subscription_unconfirmed')],
                'constraints': [models.UniqueConstraint(fields=('subscriber', 'publication'), name='one_subscription_a_publication'), models.CheckConstraint(condition=models.Q(('language__regex', '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\\Z')), name='subscribers_subscription_language_is_a_language', violation_error_message='This is not a language.'), models.CheckConstraint(condition=models.Q(('mail_format__in', ['html', 'text'])), name='subscribers_subscription_mail_format_known', violation_error_message='This is not a known mail_format.'), models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'active', 'ended'])), name='subscribers_subscription_status_known', violation_error_message='This is not a known status.'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'active'), _negated=True), ('confirmed_at__isnull', False), _connector='OR'), name='active_means_confirmed'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('ended_reason__gt', ''), ('status', 'ended')), models.Q(models.Q(('status', 'ended'), _negated=True), ('ended_at', None), ('ended_reason', '')), _connector='OR'), name='ended_has_a_reason_and_a_time')],
            },
        ),
        migrations.CreateModel(
            name='SignUpRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('address', models.EmailField(blank=True, max_length=254, verbose_name='address')),
                ('language', subscribers.models.fields.LanguageField(max_length=12, verbose_name='language')),
                ('mail_format', models.CharField(choices=[('html', 'designed email'), ('text', 'plain text')], max_length=4, verbose_name='format')),
                ('wording', models.TextField(blank=True, verbose_name='wording shown')),
                ('page', models.CharField(blank=True, max_length=200, verbose_name='page')),
                ('page_language', subscribers.models.fields.LanguageField(blank=True, max_length=12, verbose_name='language of the page')),
                ('network', models.CharField(blank=True, max_length=50, verbose_name='network')),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='requested')),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires')),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed')),
                ('interest_set', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscribers.interestset', verbose_name='interests')),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_up_requests', to='subscribers.publication', verbose_name='publication')),
                ('subscription', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='subscribers.subscription', verbose_name='subscription')),
            ],
            options={
                'verbose_name': 'request to subscribe',
                'verbose_name_plural': 'requests to subscribe',
                'ordering': ('pk',),
                'indexes': [models.Index(condition=models.Q(('subscription', None)), fields=['due_at'], name='sign_up_request_waiting'), models.Index(fields=['requested_at'], name='sign_up_request_by_age')],
                'constraints': [models.CheckConstraint(condition=models.Q(('language__regex', '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\\Z')), name='subscribers_signuprequest_language_is_a_language', violation_error_message='This is not a language.'), models.CheckConstraint(condition=models.Q(('mail_format__in', ['html', 'text'])), name='subscribers_signuprequest_mail_format_known', violation_error_message='This is not a known mail_format.'), models.CheckConstraint(condition=models.Q(models.Q(('address__gt', ''), ('expires_at', None), ('subscription', None)), models.Q(('address', ''), ('expires_at__isnull', False), ('subscription__isnull', False)), _connector='OR'), name='sign_up_request_waits_or_is_answered'), models.CheckConstraint(condition=models.Q(('used_at', None), ('expires_at__isnull', False), _connector='OR'), name='sign_up_request_is_used_when_answered')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('confirm', 'please confirm your subscription'), ('already_active', 'you get this already'), ('new_link', 'here is a fresh link'), ('changed', 'a link changed your subscription'), ('links_ended', 'older links have ended')], max_length=14, verbose_name='kind')),
                ('state', models.CharField(choices=[('owed', 'to be sent'), ('sent', 'handed over'), ('failed', 'given up')], default='owed', max_length=6, verbose_name='state')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='created')),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                ('reason', models.CharField(blank=True, choices=[('ended', 'the subscription ended before it was sent'), ('unchanged', 'everything is as it was before'), ('suppressed', 'the mailbox is suppressed'), ('unwritable', 'no email could be written of it'), ('unreachable', 'the mail service could not be reached'), ('no_channel', 'its channel is not set up here'), ('not_taken', 'the mail service did not take it')], db_default='', max_length=11, verbose_name='reason')),
                ('trouble', models.CharField(blank=True, max_length=300, verbose_name='trouble')),
                ('change', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='subscribers.change')),
                ('request', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='subscribers.signuprequest')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='subscribers.subscription', verbose_name='subscription')),
            ],
            options={
                'verbose_name': 'notice',
                'ordering': ('pk',),
                'indexes': [models.Index(condition=models.Q(('state', 'owed')), fields=['due_at'], name='notice_owed')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['confirm', 'already_active', 'new_link', 'changed', 'links_ended'])), name='subscribers_notice_kind_known', violation_error_message='This is not a known kind.'), models.CheckConstraint(condition=models.Q(('state__in', ['owed', 'sent', 'failed'])), name='subscribers_notice_state_known', violation_error_message='This is not a known state.'), models.CheckConstraint(condition=models.Q(('reason__in', ['', 'ended', 'unchanged', 'suppressed', 'unwritable', 'unreachable', 'no_channel', 'not_taken'])), name='notice_reason_known'), models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), ('state', 'failed'), _negated=True), models.Q(models.Q(('state', 'sent'), _negated=True), ('reason', ''), _connector='OR')), name='notice_that_failed_has_a_reason'), models.CheckConstraint(condition=models.Q(('kind', 'confirm'), ('request', None), _negated=True), name='notice_to_confirm_has_a_request'), models.CheckConstraint(condition=models.Q(('kind', 'changed'), ('change', None), _connector='XOR'), name='notice_of_a_change_knows_it'), models.CheckConstraint(condition=models.Q(('state', 'sent'), ('sent_at', None), _connector='XOR'), name='notice_sent_has_a_time')],
            },
        ),
        migrations.CreateModel(
            name='ConsentEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('requested', 'asked for it on a form'), ('confirmed', 'confirmed from the mailbox'), ('changed', 'changed preferences'), ('ended', 'ended it'), ('restored', 'took a change back')], max_length=9, verbose_name='kind')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='moment')),
                ('source', models.CharField(choices=[('page', 'a page of this site'), ('staff', 'staff'), ('mail_service', 'the mail service')], db_default='page', default='page', max_length=12, verbose_name='came through')),
                ('wording', models.TextField(blank=True, verbose_name='wording shown')),
                ('language', subscribers.models.fields.LanguageField(blank=True, max_length=12, verbose_name='language')),
                ('page', models.CharField(blank=True, max_length=200, verbose_name='page')),
                ('interests', models.JSONField(default=dict, verbose_name='interests')),
                ('reason', models.CharField(blank=True, choices=[('unsubscribed', 'the reader unsubscribed'), ('removed', 'removed by staff'), ('bounced', 'the mailbox does not exist'), ('returned', 'emails to it keep coming back'), ('complained', 'the reader reported it as spam'), ('unconfirmed', 'it was never confirmed'), ('erased', 'the reader was erased')], db_default='', max_length=12, verbose_name='reason ended')),
                ('network', models.CharField(blank=True, max_length=50, verbose_name='network')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consent_events', to='subscribers.subscription')),
            ],
            options={
                'verbose_name': 'consent event',
                'ordering': ('pk',),
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['requested', 'confirmed', 'changed', 'ended', 'restored'])), name='subscribers_consentevent_kind_known', violation_error_message='This is not a known kind.'), models.CheckConstraint(condition=models.Q(('source__in', ['page', 'staff', 'mail_service'])), name='subscribers_consentevent_source_known', violation_error_message='This is not a known source.'), models.CheckConstraint(condition=models.Q(('kind', 'ended'), ('reason', ''), _connector='XOR'), name='consent_event_has_a_reason_to_end')],
            },
        ),
        migrations.AddField(
            model_name='change',
            name='subscription',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='subscribers.subscription', verbose_name='subscription'),
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mailbox', models.CharField(max_length=254, null=True, unique=True, verbose_name='mailbox')),
                ('mailbox_key', subscribers.models.people.MailboxKeyField(editable=False, max_length=32, unique=True)),
                ('reason', models.CharField(choices=[('bounced', 'the mailbox does not exist'), ('returned', 'emails to it keep coming back'), ('complained', 'the reader reported our mail as spam'), ('asked', 'the person asked never to be mailed')], max_length=10, verbose_name='reason')),
                ('detail', models.CharField(blank=True, max_length=200, verbose_name='detail')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('asked_again_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='asked again')),
            ],
            options={
                'verbose_name': 'suppression',
                'ordering': ('mailbox',),
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', ['bounced', 'returned', 'complained', 'asked'])), name='subscribers_suppression_reason_known', violation_error_message='This is not a known reason.'), models.CheckConstraint(condition=models.Q(('mailbox', None), ('mailbox', django.db.models.functions.text.Lower('mailbox')), _connector='OR'), name='suppression_is_in_lower_case'), models.CheckConstraint(condition=models.Q(('mailbox_key', ''), _negated=True), name='suppression_has_a_key')],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='moment')),
                ('actor_name', models.CharField(max_length=150, verbose_name='who')),
                ('action', models.CharField(choices=[('created', 'added'), ('changed', 'changed'), ('deleted', 'deleted'), ('viewed', 'looked at'), ('exported', 'exported'), ('erased', 'erased'), ('signed_in', 'signed in'), ('sign_in_failed', 'failed to sign in'), ('deactivated', 'deactivated'), ('approved', 'gave approval'), ('scheduled', 'scheduled')], max_length=14, verbose_name='action')),
                ('about_kind', models.CharField(blank=True, max_length=100, verbose_name='kind')),
                ('about_id', models.CharField(blank=True, max_length=64, verbose_name='number')),
                ('about_label', models.CharField(blank=True, max_length=200, verbose_name='name')),
                ('changes', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='changes')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('actor', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit log',
                'ordering': ('-pk',),
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['about_kind', 'about_id'], name='audit_entries_about'), models.Index(fields=['actor'], name='audit_entries_by')],
                'constraints': [models.CheckConstraint(condition=models.Q(('action__in', ['created', 'changed', 'deleted', 'viewed', 'exported', 'erased', 'signed_in', 'sign_in_failed', 'deactivated', 'approved', 'scheduled'])), name='subscribers_auditentry_action_known', violation_error_message='This is not a known action.'), models.CheckConstraint(condition=models.Q(('actor_name', ''), _negated=True), name='audit_entry_names_its_actor'), models.CheckConstraint(condition=models.Q(models.Q(('about_id', ''), ('about_label', '')), models.Q(('about_kind', ''), _negated=True), _connector='OR'), name='audit_entry_says_the_kind')],
            },
        ),
        migrations.CreateModel(
            name='FormerPublicationSlug',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=80)),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_slugs', to='subscribers.publication')),
            ],
            options={
                'verbose_name': 'former short name of a publication',
                'verbose_name_plural': 'former short names of publications',
                'ordering': ('pk',),
                'constraints': [models.UniqueConstraint(fields=('slug',), name='former_slug_leads_to_one_publication')],
            },
        ),
        migrations.AddConstraint(
            model_name='chosenregion',
            constraint=models.UniqueConstraint(fields=('interest_set', 'region'), name='region_chosen_once'),
        ),
    ]
