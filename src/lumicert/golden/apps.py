from django.apps import AppConfig


class GoldenConfig(AppConfig):
    name = "lumicert.golden"
    label = "golden"

    def ready(self) -> None:
        from lumicert.golden import events  # noqa: F401  (registers its kinds)
