from django.apps import AppConfig


class JuryboxConfig(AppConfig):
    name = "jurybox"

    def ready(self) -> None:
        from annotation import agreement_source
        from jurybox import checks  # noqa: F401 - registers the checks
        from jurybox.campaign_agreement import campaign_agreement

        agreement_source.register(campaign_agreement)
