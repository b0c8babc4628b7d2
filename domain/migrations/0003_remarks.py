"""What raters say beside their scores, and three more roles of a verdict."""

import django.db.models.deletion
from django.db import migrations, models

from domain.triggers import INVARIANTS, REMARK_INVARIANTS, installing, suspending


class Migration(migrations.Migration):

    dependencies = [
        ('domain', '0002_triggers'),
    ]

    operations = [
        # Formulas are MathML from here on; what is missing is rendered anew, by whichever rules are in force.
        migrations.RunSQL("DELETE FROM domain_rendered", "DELETE FROM domain_rendered"),
        suspending(INVARIANTS),
        migrations.CreateModel(
            name='Remark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('data', models.JSONField()),
            ],
            options={
                'ordering': ['verdict', 'field'],
            },
        ),
        migrations.CreateModel(
            name='RemarkField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('key', models.SlugField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('meaning', models.TextField(blank=True)),
                ('form', models.CharField(choices=[('text', 'text'), ('tags', 'tags'), ('spans', 'spans')], max_length=5)),
                ('options', models.JSONField(blank=True, default=list)),
                ('severities', models.JSONField(blank=True, default=dict, help_text='Weights by severity, of spans.')),
                ('required', models.BooleanField(default=False)),
                ('asked_first', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['rubric', 'position', 'id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='verdict',
            name='verdict_role_is_known',
        ),
        migrations.AlterField(
            model_name='verdict',
            name='role',
            field=models.CharField(choices=[('live', 'live'), ('calibration', 'calibration'), ('repeat', 'repeat'), ('training', 'training'), ('twin', 'degraded twin'), ('attention', 'attention check'), ('review', 'review')], default='live', max_length=11),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['live', 'calibration', 'repeat', 'training', 'twin', 'attention', 'review'])), name='verdict_role_is_known'),
        ),
        migrations.AddField(
            model_name='remark',
            name='verdict',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='remarks', to='domain.verdict'),
        ),
        migrations.AddField(
            model_name='remarkfield',
            name='rubric',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='remark_fields', to='domain.rubric'),
        ),
        migrations.AddField(
            model_name='remark',
            name='field',
            field=models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='remarks', to='domain.remarkfield'),
        ),
        migrations.AddConstraint(
            model_name='remarkfield',
            constraint=models.UniqueConstraint(fields=('rubric', 'key'), name='remark_field_key_once'),
        ),
        migrations.AddConstraint(
            model_name='remarkfield',
            constraint=models.CheckConstraint(condition=models.Q(('form__in', ['text', 'tags', 'spans'])), name='remark_field_form_is_known'),
        ),
        migrations.AddConstraint(
            model_name='remark',
            constraint=models.UniqueConstraint(fields=('verdict', 'field'), name='remark_once_per_field'),
        ),
        installing(INVARIANTS),
        installing(REMARK_INVARIANTS),
    ]
