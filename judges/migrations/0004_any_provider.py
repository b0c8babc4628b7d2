"""Any provider: the list had grown beyond what the migrations knew. Nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('judges', '0003_protocols'),
    ]

    operations = [
        migrations.AlterField(
            model_name='judgeversion',
            name='provider',
            field=models.CharField(help_text='One of judges.providers.Vendor, or panel.', max_length=20),
        ),
    ]
