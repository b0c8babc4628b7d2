"""Install the invariants that constraints cannot say."""

from django.db import migrations

from judges import triggers


class Migration(migrations.Migration):
    dependencies = [("judges", "0001_initial")]
    operations = [migrations.RunPython(triggers.install, triggers.remove)]
