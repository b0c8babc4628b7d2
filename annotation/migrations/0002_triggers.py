"""Install the invariants that constraints cannot say."""

from django.db import migrations

from annotation import triggers


class Migration(migrations.Migration):
    dependencies = [("annotation", "0001_initial"), ("domain", "0002_triggers")]
    operations = [migrations.RunPython(triggers.install, triggers.remove)]
