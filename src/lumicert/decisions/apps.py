from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "lumicert.decisions"
    label = "decisions"

    def ready(self) -> None:
        from lumicert.decisions import events  # noqa: F401  (registers its kinds)
