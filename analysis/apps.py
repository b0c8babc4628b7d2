from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    name = "analysis"

    def ready(self) -> None:
        from analysis.facts import analysis_facts
        from domain import facts

        facts.register(analysis_facts)
