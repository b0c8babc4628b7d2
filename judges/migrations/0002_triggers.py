"""Install the invariants that constraints cannot say."""

from django.db import migrations

from domain.triggers import installing
from judges.triggers import INVARIANTS


class Migration(migrations.Migration):
    dependencies = [("judges", "0001_initial")]
    operations = [installing(INVARIANTS)]
