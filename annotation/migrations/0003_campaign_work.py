"""Everything a campaign needs beyond claim and submit."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from annotation.triggers import FIRST_INVARIANTS, INVARIANTS
from domain.triggers import installing, suspending

# Until now the rubric alone said what a campaign asks for.
RATES_SINGLE_RESPONSES = """
    UPDATE annotation_campaign SET task = 'direct'
    WHERE rubric_id IN (SELECT id FROM domain_rubric WHERE kind = 'score')
"""

# Until now there was one queue, and what a campaign wanted included its checks.
SORTS_INTO_LANES = [
    """
    UPDATE annotation_assignment SET lane = CASE
        WHEN EXISTS (SELECT 1 FROM annotation_item i WHERE i.id = item_id AND i.role = 'training') THEN 2 ELSE 1 END
    WHERE EXISTS (SELECT 1 FROM annotation_item i WHERE i.id = item_id AND i.role <> 'live')
    """,
    """
    UPDATE annotation_campaign SET
        live_count = (SELECT count(*) FROM annotation_item i
                      WHERE i.campaign_id = annotation_campaign.id AND i.role = 'live'),
        slot_count = (SELECT COALESCE(sum(i.overlap), 0) FROM annotation_item i
                      WHERE i.campaign_id = annotation_campaign.id AND i.role = 'live')
    """,
    """
    UPDATE annotation_participant SET checked = (
        SELECT count(*) FROM annotation_assignment a
        WHERE a.campaign_id = annotation_participant.campaign_id AND a.annotator_id = annotation_participant.user_id
            AND a.lane <> 0 AND a.state IN ('done', 'reopened'))
    """,
]


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0002_triggers'),
        ('domain', '0003_remarks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        suspending(FIRST_INVARIANTS),
        migrations.CreateModel(
            name='AnnotatorGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='CampaignGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quota', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('taken', models.PositiveIntegerField(default=0)),
            ],
            options={
                'ordering': ['campaign', 'group'],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_reviewer', models.BooleanField()),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='GuidelineVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('text', models.TextField(blank=True)),
                ('note', models.CharField(blank=True, help_text='What changed, and why.', max_length=1000)),
                ('scope', models.JSONField(blank=True, default=dict, help_text='Which earlier answers are asked again.')),
                ('reopened', models.PositiveIntegerField(default=0, help_text='How many answers that were.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['campaign', '-number'],
            },
        ),
        migrations.CreateModel(
            name='Invite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret_hash', models.CharField(max_length=64, unique=True)),
                ('hint', models.CharField(help_text='The first characters of the secret, to tell links apart.', max_length=8)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('is_study_link', models.BooleanField(default=False, help_text="For the recruiter's workers: one account per worker.")),
                ('max_uses', models.PositiveIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)])),
                ('uses', models.PositiveIntegerField(default=0)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('adjudication', 'adjudication'), ('sample', 'sample')], max_length=12)),
                ('state', models.CharField(choices=[('open', 'open'), ('done', 'done'), ('passed', 'left to another reviewer')], default='open', max_length=6)),
                ('agrees', models.BooleanField(blank=True, help_text='Of a sample: whether the answer stands.', null=True)),
                ('swapped', models.BooleanField(default=False, help_text='response_b was shown first to the reviewer.')),
                ('note', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='item',
            name='item_has_one_target',
        ),
        migrations.RemoveConstraint(
            model_name='item',
            name='item_role_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='item',
            name='item_expects_answers_by_role',
        ),
        migrations.RemoveIndex(
            model_name='assignment',
            name='assignment_queue',
        ),
        migrations.AddField(
            model_name='assignment',
            name='guidelines',
            field=models.PositiveIntegerField(default=0, help_text='The version of the guidelines then in force.'),
        ),
        migrations.AddField(
            model_name='assignment',
            name='idle_ms',
            field=models.PositiveIntegerField(blank=True, help_text='Of that, without a sign of life.', null=True),
        ),
        migrations.AddField(
            model_name='assignment',
            name='lane',
            field=models.PositiveSmallIntegerField(choices=[(0, 'work'), (1, 'checks'), (2, 'training')], default=0),
        ),
        migrations.AddField(
            model_name='assignment',
            name='not_before',
            field=models.PositiveIntegerField(default=0, help_text="Offered after so many of its person's answers."),
        ),
        migrations.AddField(
            model_name='assignment',
            name='passed',
            field=models.BooleanField(blank=True, help_text='Whether a check was met; empty for what is none.', null=True),
        ),
        migrations.AddField(
            model_name='assignment',
            name='reserved_for',
            field=models.ForeignKey(blank=True, help_text='While the place is open, only this person is offered it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='assignment',
            name='reserved_until',
            field=models.DateTimeField(blank=True, help_text='Then anybody; empty: for good.', null=True),
        ),
        migrations.AddField(
            model_name='assignment',
            name='shown_at',
            field=models.DateTimeField(blank=True, help_text='When the person first saw it.', null=True),
        ),
        migrations.AddField(
            model_name='assignment',
            name='visible_ms',
            field=models.PositiveIntegerField(blank=True, help_text='Time the page was in view.', null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='break_after_minutes',
            field=models.PositiveSmallIntegerField(blank=True, default=45, help_text='After so long without one, a break is offered.', null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='closes_at',
            field=models.DateTimeField(blank=True, help_text='No task is handed out after it.', null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='completion_code',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name='campaign',
            name='currency',
            field=models.CharField(blank=True, default='USD', max_length=3),
        ),
        migrations.AddField(
            model_name='campaign',
            name='design',
            field=models.CharField(choices=[('items', 'each item to anybody'), ('blocks', 'all items of a prompt to the same person')], default='items', max_length=6),
        ),
        migrations.AddField(
            model_name='campaign',
            name='confidence',
            field=models.CharField(choices=[('hidden', 'not asked'), ('optional', 'optional'), ('required', 'required')], default='optional', help_text='How sure people are, from 1 to 5.', max_length=8),
        ),
        migrations.AddField(
            model_name='campaign',
            name='rationale',
            field=models.CharField(choices=[('hidden', 'not asked'), ('optional', 'optional'), ('required', 'required')], default='optional', help_text='Why, in their words.', max_length=8),
        ),
        migrations.AddField(
            model_name='campaign',
            name='mask_identity',
            field=models.BooleanField(default=False, help_text='Hide where a response says which system it is.'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='pay_per_answer',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=8, null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='pay_per_hour',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True),
        ),
        migrations.AddField(
            model_name='campaign',
            name='quality',
            field=models.JSONField(blank=True, default=dict, help_text='See annotation.quality.policy.'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='recruiter',
            field=models.CharField(blank=True, choices=[('', 'nowhere else'), ('prolific', 'Prolific'), ('mturk', 'Mechanical Turk')], default='', max_length=8),
        ),
        migrations.AddField(
            model_name='campaign',
            name='screened_code',
            field=models.CharField(blank=True, help_text='For who does not pass the qualification.', max_length=60),
        ),
        migrations.AddField(
            model_name='campaign',
            name='task',
            field=models.CharField(choices=[('direct', 'rate one response'), ('pairwise', 'compare two responses'), ('ranking', 'rank up to eight responses'), ('best_worst', 'choose the best and the worst response')], default='pairwise', max_length=10),
        ),
        migrations.AddField(
            model_name='item',
            name='altered',
            field=models.JSONField(blank=True, help_text='Texts shown in place of those on record: {"a" | "b" | "response": text}.', null=True),
        ),
        migrations.AddField(
            model_name='item',
            name='block',
            field=models.BigIntegerField(blank=True, help_text='Items of one block go to the same person.', null=True),
        ),
        migrations.AddField(
            model_name='item',
            name='identifies',
            field=models.JSONField(blank=True, default=list, help_text='Where a text says which system it is: [{"side", "start", "end"}].'),
        ),
        migrations.AddField(
            model_name='item',
            name='listed',
            field=models.JSONField(blank=True, help_text="Ids of the prompt's responses that are ranked.", null=True),
        ),
        migrations.AddField(
            model_name='item',
            name='original',
            field=models.ForeignKey(blank=True, help_text='What a repeat repeats, or a twin is the damaged copy of.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='copies', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='item',
            name='priority',
            field=models.SmallIntegerField(default=0, help_text='Higher is asked sooner.'),
        ),
        migrations.AddField(
            model_name='item',
            name='prompt',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='domain.prompt'),
        ),
        migrations.AddField(
            model_name='assignment',
            name='set_aside',
            field=models.BooleanField(default=False, help_text='It would count, were its person not excluded.'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='live_count',
            field=models.PositiveIntegerField(default=0, help_text='Items that are no checks and no training.'),
        ),
        migrations.AlterField(
            model_name='campaign',
            name='item_count',
            field=models.PositiveIntegerField(default=0, help_text='Items of every role.'),
        ),
        migrations.AlterField(
            model_name='campaign',
            name='slot_count',
            field=models.PositiveIntegerField(default=0, help_text='Answers wanted about live items.'),
        ),
        migrations.AlterField(
            model_name='participant',
            name='cursor',
            field=models.BigIntegerField(default=-4611686018427387904, help_text='Open turns before it have been offered to this person.'),
        ),
        migrations.AddField(
            model_name='participant',
            name='check_cursor',
            field=models.BigIntegerField(default=0, help_text='The same in the queue of checks.'),
        ),
        migrations.AddField(
            model_name='participant',
            name='checked',
            field=models.PositiveIntegerField(default=0, help_text='Of those, answers to checks and in training.'),
        ),
        migrations.AddField(
            model_name='participant',
            name='completed_at',
            field=models.DateTimeField(blank=True, help_text='When the completion code was shown.', null=True),
        ),
        migrations.AddField(
            model_name='participant',
            name='external',
            field=models.JSONField(blank=True, default=dict, help_text="What a recruiter's link said: ids, no names."),
        ),
        migrations.AddField(
            model_name='participant',
            name='last_answer_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='participant',
            name='qualified_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='participant',
            name='quality',
            field=models.JSONField(blank=True, default=dict, help_text='Running counts of the checks on this person.'),
        ),
        migrations.AddField(
            model_name='participant',
            name='seen_guidelines',
            field=models.PositiveIntegerField(default=0, help_text='The latest version that was opened.'),
        ),
        migrations.AddField(
            model_name='participant',
            name='standing',
            field=models.CharField(choices=[('good', 'in good standing'), ('warned', 'warned'), ('paused', 'paused'), ('stopped', 'stopped'), ('excluded', 'excluded: answers do not count'), ('withdrawn', 'withdrawn')], default='good', max_length=9),
        ),
        migrations.AddField(
            model_name='participant',
            name='standing_reason',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='participant',
            name='stretch_began',
            field=models.DateTimeField(blank=True, help_text='Work without a break since then.', null=True),
        ),
        migrations.AddField(
            model_name='participant',
            name='trained_at',
            field=models.DateTimeField(blank=True, help_text='When training was over.', null=True),
        ),
        migrations.AddField(
            model_name='participant',
            name='withdrawn_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='item',
            name='role',
            field=models.CharField(choices=[('live', 'live'), ('calibration', 'calibration'), ('repeat', 'repeat'), ('training', 'training'), ('twin', 'degraded twin'), ('attention', 'attention check'), ('review', 'review')], default='live', max_length=11),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(condition=models.Q(('reserved_for__isnull', False)), fields=['campaign', 'reserved_for', 'state', 'turn'], name='assignment_reserved'),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(fields=['campaign', 'lane', 'state', 'turn'], name='assignment_queue'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('block__isnull', False)), fields=['campaign', 'block'], name='item_of_block'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('task__in', ['direct', 'pairwise', 'ranking', 'best_worst'])), name='campaign_task_is_known'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('design__in', ['items', 'blocks'])), name='campaign_design_is_known'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('confidence__in', ['hidden', 'optional', 'required']), ('rationale__in', ['hidden', 'optional', 'required'])), name='campaign_asks_as_it_may'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('recruiter__in', ['', 'prolific', 'mturk'])), name='campaign_recruiter_is_known'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('pay_per_answer__isnull', True), ('pay_per_answer__gte', 0), _connector='OR'), models.Q(('pay_per_hour__isnull', True), ('pay_per_hour__gte', 0), _connector='OR')), name='campaign_pay_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('battle__isnull', False), ('listed__isnull', True), ('prompt__isnull', True), ('response__isnull', True)), models.Q(('battle__isnull', True), ('listed__isnull', True), ('prompt__isnull', True), ('response__isnull', False)), models.Q(('battle__isnull', True), ('listed__isnull', False), ('prompt__isnull', False), ('response__isnull', True)), _connector='OR'), name='item_has_one_target'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['live', 'calibration', 'repeat', 'training', 'twin', 'attention', 'review'])), name='item_role_is_known'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expected__isnull', True), ('role__in', ['live', 'repeat'])), models.Q(('expected__isnull', False), ('role__in', ['calibration', 'training', 'attention'])), ('role', 'twin'), _connector='OR'), name='item_expects_answers_by_role'),
        ),
        migrations.AddField(
            model_name='annotatorgroup',
            name='members',
            field=models.ManyToManyField(blank=True, related_name='annotator_groups', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='annotatorgroup',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='annotator_groups', to='domain.project'),
        ),
        migrations.AddField(
            model_name='participant',
            name='group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='participants', to='annotation.annotatorgroup'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.CheckConstraint(condition=models.Q(('standing__in', ['good', 'warned', 'paused', 'stopped', 'excluded', 'withdrawn'])), name='participant_standing_is_known'),
        ),
        migrations.AddField(
            model_name='campaigngroup',
            name='campaign',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='campaign_groups', to='annotation.campaign'),
        ),
        migrations.AddField(
            model_name='campaigngroup',
            name='group',
            field=models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='campaign_groups', to='annotation.annotatorgroup'),
        ),
        migrations.AddField(
            model_name='comment',
            name='assignment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='annotation.assignment'),
        ),
        migrations.AddField(
            model_name='comment',
            name='author',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='guidelineversion',
            name='campaign',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='guideline_versions', to='annotation.campaign'),
        ),
        migrations.AddField(
            model_name='guidelineversion',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='invite',
            name='campaign',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invites', to='annotation.campaign'),
        ),
        migrations.AddField(
            model_name='invite',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='invite',
            name='group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='annotation.annotatorgroup'),
        ),
        migrations.AddField(
            model_name='review',
            name='assignment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='annotation.assignment'),
        ),
        migrations.AddField(
            model_name='review',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='annotation.item'),
        ),
        migrations.AddField(
            model_name='review',
            name='reviewer',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='review',
            name='verdict',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='domain.verdict'),
        ),
        migrations.AddConstraint(
            model_name='annotatorgroup',
            constraint=models.UniqueConstraint(fields=('project', 'name'), name='annotator_group_name_once'),
        ),
        migrations.AddConstraint(
            model_name='campaigngroup',
            constraint=models.UniqueConstraint(fields=('campaign', 'group'), name='campaign_group_once'),
        ),
        migrations.AddConstraint(
            model_name='campaigngroup',
            constraint=models.CheckConstraint(condition=models.Q(('quota__isnull', True), ('taken__lte', models.F('quota')), _connector='OR'), name='campaign_group_within_quota'),
        ),
        migrations.AddConstraint(
            model_name='guidelineversion',
            constraint=models.UniqueConstraint(fields=('campaign', 'number'), name='guideline_version_once'),
        ),
        migrations.AddConstraint(
            model_name='invite',
            constraint=models.CheckConstraint(condition=models.Q(('uses__lte', models.F('max_uses'))), name='invite_within_its_uses'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'adjudication'), ('state', 'open')), fields=('item',), name='review_one_open_per_item'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('assignment__isnull', True), ('kind', 'adjudication')), models.Q(('assignment__isnull', False), ('kind', 'sample')), _connector='OR'), name='review_of_an_item_or_an_answer'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'done', 'passed'])), name='review_state_is_known'),
        ),
        migrations.RunSQL(RATES_SINGLE_RESPONSES, migrations.RunSQL.noop),
        migrations.RunSQL(SORTS_INTO_LANES, migrations.RunSQL.noop),
        installing(INVARIANTS),
    ]
