from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"

    def ready(self) -> None:
        from annotation.facts import annotation_facts
        from domain import facts

        facts.register(annotation_facts)
