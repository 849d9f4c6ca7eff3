from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "lumicert.registry"
    label = "registry"

    def ready(self) -> None:
        from lumicert.registry import jobs  # noqa: F401  (registers its tasks)
