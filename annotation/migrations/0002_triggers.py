"""Install the invariants that constraints cannot say."""

from django.db import migrations

from domain.triggers import installing
from annotation.triggers import FIRST_INVARIANTS


class Migration(migrations.Migration):
    dependencies = [("annotation", "0001_initial"), ("domain", "0002_triggers")]
    operations = [installing(FIRST_INVARIANTS)]
