"""Install the invariants that constraints cannot say."""

from django.db import migrations

from domain.triggers import Invariant, installing

_CONTENT = (
    "project_id", "protocol", "prompt_version", "provider", "model", "base_url", "dialect", "rubric_id",
    "schema_hash", "content_hash", "rater_id",
)  # the columns of that time
_KEEPS = " AND ".join(f"NEW.{name} = OLD.{name}" for name in _CONTENT)
FIRST = Invariant(
    name="judge_version_is_frozen",
    table="judges_judgeversion",
    events=("UPDATE",),
    says="a judge version never changes; make a new one",
    sqlite=f"{_KEEPS} AND NEW.parameters = OLD.parameters",
    postgresql=f"{_KEEPS} AND NEW.parameters::text = OLD.parameters::text",
)


class Migration(migrations.Migration):
    dependencies = [("judges", "0001_initial")]
    operations = [installing((FIRST,))]
