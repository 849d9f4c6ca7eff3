from django.apps import AppConfig


class ClassificationConfig(AppConfig):
    name = "lumicert.classification"
    label = "classification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lumicert.classification import jobs  # noqa: F401  (registers its tasks)
