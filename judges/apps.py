from django.apps import AppConfig


class JudgesConfig(AppConfig):
    name = "judges"

    def ready(self) -> None:
        from domain import facts, probing
        from judges.facts import judge_facts
        from judges.probes.runs import Asking

        facts.register(judge_facts)
        probing.register(Asking())
