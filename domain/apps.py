from django.apps import AppConfig


class DomainConfig(AppConfig):
    name = "domain"

    def ready(self) -> None:
        from domain.facts import register
        from domain.material_facts import material_facts

        register(material_facts)
