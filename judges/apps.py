from django.apps import AppConfig


class JudgesConfig(AppConfig):
    name = "judges"

    def ready(self) -> None:
        from domain import facts
        from judges.facts import judge_facts

        facts.register(judge_facts)
