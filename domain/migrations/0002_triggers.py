"""Install the invariants that constraints cannot say."""

from django.db import migrations

from domain import triggers


class Migration(migrations.Migration):
    dependencies = [("domain", "0001_initial")]
    operations = [migrations.RunPython(triggers.install, triggers.remove)]
