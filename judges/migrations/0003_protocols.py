import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from domain.triggers import reinstalling
from judges.triggers import INVARIANTS

# A cell's exchange was one row of its own key; now there may be several, one per step.
COPY = """
    INSERT INTO judges_exchange (cell_id, step, purpose, outcome, detail, system, prompt, reply, raw, reading, settings,
                                 usage, model, request_id, prompt_hash, reused)
    SELECT e.cell_id, 0, 'ask', c.outcome, c.detail, e.system, e.prompt, e.reply, e.raw, e.reading, e.settings, e.usage,
           e.model, e.request_id, e.prompt_hash, false
    FROM judges_firstexchange e JOIN judges_cell c ON c.id = e.cell_id ORDER BY e.cell_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('domain', '0002_triggers'),
        ('judges', '0002_triggers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameModel(old_name='Exchange', new_name='FirstExchange'),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vendor_id', models.CharField(blank=True, help_text="The provider's name of the job.", max_length=200)),
                ('state', models.CharField(choices=[('submitting', 'being handed in'), ('waiting', 'with the provider'), ('cancelling', 'being cancelled'), ('ended', 'ended'), ('failed', 'failed')], default='submitting', max_length=10)),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('place', models.PositiveSmallIntegerField(default=0, help_text='Which judge of a panel is asked.')),
                ('size', models.PositiveIntegerField(default=0, help_text='Calls handed in.')),
                ('answered', models.PositiveIntegerField(default=0, help_text='Calls that the provider says it has answered.')),
                ('due_at', models.DateTimeField(blank=True, help_text='When somebody must look at it next.', null=True)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ModelFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=20)),
                ('base_url', models.CharField(blank=True, max_length=400)),
                ('model', models.CharField(max_length=200)),
                ('told', models.JSONField(blank=True, default=dict, help_text='See judges.providers.catalogue.Told.')),
                ('problem', models.CharField(blank=True, help_text='Why the vendor could not be asked.', max_length=300)),
                ('checked_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('provider', 'base_url', 'model'), name='model_fact_once')],
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveSmallIntegerField(help_text='From 0; a cascade asks in this order.')),
            ],
            options={
                'ordering': ['place'],
            },
        ),
        migrations.CreateModel(
            name='PriceRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(max_length=200)),
                ('since', models.DateField()),
                ('up_to', models.PositiveIntegerField(blank=True, help_text='Longest prompt in tokens; empty: any.', null=True)),
                ('input_usd', models.DecimalField(decimal_places=6, help_text='Dollars per million tokens.', max_digits=12)),
                ('output_usd', models.DecimalField(decimal_places=6, help_text='Dollars per million tokens.', max_digits=12)),
                ('cache_read', models.DecimalField(decimal_places=4, default=1, help_text='Share of the input price that a cached token costs.', max_digits=6)),
            ],
            options={
                'ordering': ['model', '-since', 'up_to'],
            },
        ),
        migrations.CreateModel(
            name='StoredKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='As a judge names it: ends in _API_KEY.', max_length=100)),
                ('ciphertext', models.TextField()),
                ('last_four', models.CharField(blank=True, max_length=4)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='TrialCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('content_hash', models.CharField(help_text='Of the version that was described.', max_length=64)),
                ('sent', models.JSONField(blank=True, default=dict, help_text='Settings: asked for, sent and withheld.')),
                ('rubric', models.CharField(max_length=200)),
                ('system', models.TextField(blank=True)),
                ('prompt', models.TextField(blank=True)),
                ('reply', models.TextField(blank=True)),
                ('outcome', models.CharField(blank=True, choices=[('verdict', 'verdict'), ('refused', 'refused'), ('unreadable', 'unreadable'), ('transport', 'no answer')], max_length=10)),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('reading', models.JSONField(blank=True, default=dict, help_text='As in an exchange.')),
                ('state', models.CharField(choices=[('open', 'under way'), ('settled', 'settled'), ('unknown', 'unknown: no answer told us')], default='open', max_length=7)),
                ('reserved_nusd', models.PositiveBigIntegerField(blank=True, help_text='The most it can cost, if known.', null=True)),
                ('cost_nusd', models.PositiveBigIntegerField(blank=True, null=True)),
                ('usage', models.JSONField(blank=True, default=dict)),
                ('model', models.CharField(blank=True, help_text='The model that the provider says it was.', max_length=200)),
                ('request_id', models.CharField(blank=True, max_length=200)),
                ('status', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('price', models.CharField(blank=True, max_length=80)),
                ('latency_ms', models.PositiveIntegerField(blank=True, null=True)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('about', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='domain.prompt')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='judge_trials', to='domain.project')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'settled', 'unknown'])), name='trial_state_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Throttle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identity', models.CharField(help_text='Hash of address and key: never the key.', max_length=64, unique=True)),
                ('requests_per_minute', models.PositiveIntegerField(blank=True, null=True)),
                ('tokens_per_minute', models.PositiveBigIntegerField(blank=True, null=True)),
                ('requests_left', models.FloatField(default=0)),
                ('tokens_left', models.FloatField(default=0)),
                ('counted_at', models.DateTimeField(blank=True, null=True)),
                ('parked_until', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='cell',
            name='cell_has_one_target',
        ),
        migrations.RemoveConstraint(
            model_name='cell',
            name='cell_swaps_a_battle',
        ),
        migrations.RemoveConstraint(
            model_name='judgeversion',
            name='judge_version_protocol_is_known',
        ),
        migrations.AddField(
            model_name='cell',
            name='listed',
            field=models.JSONField(blank=True, help_text='Ids of the responses to rank, in canonical order.', null=True),
        ),
        migrations.AddField(
            model_name='cell',
            name='prompt',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='domain.prompt'),
        ),
        migrations.AddField(
            model_name='cell',
            name='step',
            field=models.PositiveSmallIntegerField(default=0, help_text='Which of its questions is next: see Exchange.'),
        ),
        migrations.AddField(
            model_name='judgeversion',
            name='combination',
            field=models.CharField(blank=True, choices=[('jury', 'all are asked, and their answers are put together'), ('cascade', 'the next is asked only where the one before was not sure')], help_text='Of a panel of judges.', max_length=8),
        ),
        migrations.AddField(
            model_name='judgeversion',
            name='preset',
            field=models.CharField(blank=True, help_text='Which published protocol: judges.presets.', max_length=40),
        ),
        migrations.AddField(
            model_name='run',
            name='mode',
            field=models.CharField(choices=[('calls', 'one call at a time, answered at once'), ('batch', 'in batches, answered within a day at half the price')], default='calls', max_length=5),
        ),
        migrations.AddField(
            model_name='run',
            name='reuse',
            field=models.BooleanField(default=False, help_text='Take answers to the same question from earlier runs.'),
        ),
        migrations.AlterField(
            model_name='cell',
            name='order',
            field=models.PositiveSmallIntegerField(default=0, help_text='1: response_b was shown first. Of a list: which arrangement of it.'),
        ),
        migrations.AlterField(
            model_name='judgeversion',
            name='protocol',
            field=models.CharField(choices=[('direct', 'scores one response'), ('pairwise', 'compares two responses, in both orders'), ('listwise', 'ranks all responses to a prompt')], max_length=8),
        ),
        migrations.AlterField(
            model_name='run',
            name='engine',
            field=models.CharField(choices=[('worker', 'a worker'), ('command', 'the command that started it'), ('celery', 'workers behind a message broker')], default='worker', max_length=7),
        ),
        migrations.AddConstraint(
            model_name='cell',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('battle__isnull', False), ('prompt__isnull', True), ('response__isnull', True)), models.Q(('battle__isnull', True), ('prompt__isnull', True), ('response__isnull', False)), models.Q(('battle__isnull', True), ('prompt__isnull', False), ('response__isnull', True)), _connector='OR'), name='cell_has_one_target'),
        ),
        migrations.AddConstraint(
            model_name='cell',
            constraint=models.UniqueConstraint(condition=models.Q(('prompt__isnull', False)), fields=('run', 'prompt', 'criteria', 'order', 'repeat'), name='cell_once_per_prompt'),
        ),
        migrations.AddConstraint(
            model_name='cell',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('listed__isnull', True), ('prompt__isnull', True)), models.Q(('listed__isnull', False), ('prompt__isnull', False)), _connector='OR'), name='cell_of_a_prompt_lists_responses'),
        ),
        migrations.AddConstraint(
            model_name='cell',
            constraint=models.CheckConstraint(condition=models.Q(('order', 0), models.Q(('battle__isnull', False), ('order', 1)), ('prompt__isnull', False), _connector='OR'), name='cell_swaps_a_battle'),
        ),
        migrations.AddConstraint(
            model_name='judgeversion',
            constraint=models.CheckConstraint(condition=models.Q(('protocol__in', ['direct', 'pairwise', 'listwise'])), name='judge_version_protocol_is_known'),
        ),
        migrations.AddConstraint(
            model_name='judgeversion',
            constraint=models.CheckConstraint(condition=models.Q(('combination__in', ['', 'jury', 'cascade'])), name='judge_version_combination_is_known'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['calls', 'batch'])), name='run_mode_is_known'),
        ),
        migrations.AddField(
            model_name='batch',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='batches', to='judges.run'),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='batch',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='entries', to='judges.batch'),
        ),
        migrations.AddField(
            model_name='member',
            name='judge',
            field=models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='panels', to='judges.judgeversion'),
        ),
        migrations.AddField(
            model_name='member',
            name='panel',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='judges.judgeversion'),
        ),
        migrations.AddField(
            model_name='pricerow',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='judge_prices', to='domain.project'),
        ),
        migrations.AddField(
            model_name='storedkey',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='storedkey',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='judge_keys', to='domain.project'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['submitting', 'waiting', 'cancelling', 'ended', 'failed'])), name='batch_state_is_known'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['run', 'due_at'], name='batch_due'),
        ),
        migrations.AddField(
            model_name='run',
            name='rest_until',
            field=models.DateTimeField(blank=True, help_text='Before then there is nothing to do: its batches are with the provider.', null=True),
        ),
        migrations.RemoveConstraint(model_name='ledgerentry', name='ledger_state_is_known'),
        migrations.AlterField(
            model_name='ledgerentry',
            name='state',
            field=models.CharField(choices=[('booked', 'reserved, not yet sent'), ('open', 'under way'), ('settled', 'settled'), ('unknown', 'unknown: no answer told us'), ('lost', 'unknown: its process died')], default='open', max_length=7),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['booked', 'open', 'settled', 'unknown', 'lost'])), name='ledger_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(fields=('panel', 'place'), name='member_place_once'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(fields=('panel', 'judge'), name='member_judge_once'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('panel', models.F('judge')), _negated=True), name='member_is_not_its_own_panel'),
        ),
        migrations.AddConstraint(
            model_name='pricerow',
            constraint=models.UniqueConstraint(condition=models.Q(('up_to__isnull', False)), fields=('project', 'model', 'since', 'up_to'), name='price_tier_once'),
        ),
        migrations.AddConstraint(
            model_name='pricerow',
            constraint=models.UniqueConstraint(condition=models.Q(('up_to__isnull', True)), fields=('project', 'model', 'since'), name='price_without_tier_once'),
        ),
        migrations.AddConstraint(
            model_name='pricerow',
            constraint=models.CheckConstraint(condition=models.Q(('cache_read__gte', 0), ('input_usd__gte', 0), ('output_usd__gte', 0)), name='price_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='storedkey',
            constraint=models.UniqueConstraint(fields=('project', 'name'), name='stored_key_once'),
        ),
        migrations.CreateModel(
            name='Exchange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.PositiveSmallIntegerField(default=0)),
                ('purpose', models.CharField(choices=[('ask', 'the question'), ('repair', 'the answer, once more in the right shape')], default='ask', max_length=6)),
                ('outcome', models.CharField(blank=True, choices=[('verdict', 'verdict'), ('refused', 'refused'), ('unreadable', 'unreadable'), ('transport', 'no answer')], max_length=10)),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('system', models.TextField(blank=True)),
                ('prompt', models.TextField(blank=True)),
                ('reply', models.TextField(blank=True, help_text="The judge's own words, cut at 64,000 characters.")),
                ('raw', models.JSONField(blank=True, default=dict, help_text="The provider's document with long texts cut.")),
                ('reading', models.JSONField(blank=True, default=dict, help_text='Answer and reason by criterion.')),
                ('chances', models.JSONField(blank=True, help_text='Probability of each answer by criterion, from log-probs.', null=True)),
                ('settings', models.JSONField(blank=True, default=dict, help_text='What was asked for, sent and withheld.')),
                ('usage', models.JSONField(blank=True, default=dict)),
                ('model', models.CharField(blank=True, help_text='The model that the provider says it was.', max_length=200)),
                ('request_id', models.CharField(blank=True, max_length=200)),
                ('prompt_hash', models.CharField(blank=True, max_length=64)),
                ('reused', models.BooleanField(default=False, help_text='The reply is that of an earlier run.')),
                ('cell', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exchanges', to='judges.cell')),
                ('member', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='judges.judgeversion')),
            ],
            options={
                'ordering': ['cell', 'step'],
                'indexes': [models.Index(fields=['prompt_hash'], name='exchange_by_question')],
                'constraints': [models.UniqueConstraint(fields=('cell', 'step'), name='exchange_once_per_step')],
            },
        ),
        migrations.AddField(
            model_name='worker',
            name='engine',
            field=models.CharField(choices=[('worker', 'a worker'), ('command', 'the command that started it'), ('celery', 'workers behind a message broker')], default='worker', max_length=7),
        ),
        migrations.CreateModel(
            name='Hand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.CharField(max_length=100, unique=True)),
                ('seen_at', models.DateTimeField()),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hands', to='judges.run')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='cell',
            name='flags',
            field=models.CharField(blank=True, db_default='', help_text='What was odd about the responses: judges.probes.scanner.', max_length=80),
        ),
        migrations.AddIndex(
            model_name='cell',
            index=models.Index(condition=models.Q(('flags', ''), _negated=True), fields=['run', 'id'], name='cell_flagged'),
        ),
        migrations.AlterField(
            model_name='cell',
            name='repeat',
            field=models.PositiveSmallIntegerField(default=0, help_text='In a run of probes: which of them; 0 is none.'),
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.DeleteModel('FirstExchange'),
        reinstalling(INVARIANTS),
    ]
