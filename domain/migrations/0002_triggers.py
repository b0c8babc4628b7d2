"""Install the invariants that constraints cannot say."""

from django.db import migrations

from domain.triggers import INVARIANTS, installing


class Migration(migrations.Migration):
    dependencies = [("domain", "0001_initial")]
    operations = [installing(INVARIANTS)]
