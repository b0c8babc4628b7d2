"""A rater's own probability beside its choice, where it gives one."""

from django.db import migrations, models

from domain.triggers import INVARIANTS, installing, suspending


class Migration(migrations.Migration):

    dependencies = [
        ('domain', '0003_remarks'),
    ]

    operations = [
        suspending(INVARIANTS),
        migrations.AddField(
            model_name='score',
            name='chance',
            field=models.FloatField(blank=True, help_text="The rater's own probability that A is better.", null=True),
        ),
        migrations.AddConstraint(
            model_name='score',
            constraint=models.CheckConstraint(condition=models.Q(('chance__isnull', True), models.Q(('chance__gte', 0.5), ('chance__lte', 1), ('outcome', 'A')), models.Q(('chance__gte', 0), ('chance__lte', 0.5), ('outcome', 'B')), models.Q(('chance', 0.5), ('outcome', 'tie')), _connector='OR'), name='score_chance_goes_with_the_outcome'),
        ),
        installing(INVARIANTS),
    ]
