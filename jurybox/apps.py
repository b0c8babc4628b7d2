from django.apps import AppConfig


class JuryboxConfig(AppConfig):
    name = "jurybox"

    def ready(self) -> None:
        from jurybox import checks  # noqa: F401 - registers the checks
