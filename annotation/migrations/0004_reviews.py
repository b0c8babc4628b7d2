"""What adjudication and sample reviews need beyond their rows: a hold, what was shown, what was sent."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0003_campaign_work'),
        ('domain', '0003_remarks'),
    ]

    operations = [
        migrations.AddField(
            model_name='review',
            name='answer',
            field=models.JSONField(blank=True, help_text='What was sent, with the sides as they were seen.', null=True),
        ),
        migrations.AddField(
            model_name='review',
            name='held_until',
            field=models.DateTimeField(blank=True, help_text='Then another reviewer may take it over.', null=True),
        ),
        migrations.AddField(
            model_name='review',
            name='named',
            field=models.BooleanField(default=False, help_text='The page said whose answers they are.'),
        ),
        migrations.AddField(
            model_name='review',
            name='opened_at',
            field=models.DateTimeField(blank=True, help_text='When the answers were opened before deciding.', null=True),
        ),
        migrations.AddField(
            model_name='review',
            name='seed',
            field=models.PositiveIntegerField(default=0, help_text='Of the order of a list, or of the draw of a sample.'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'sample'), ('state', 'open')), fields=('assignment',), name='review_one_open_per_answer'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('decided_at__isnull', True)), _connector='OR'), name='review_decided_by_state'),
        ),
    ]
