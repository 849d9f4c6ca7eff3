from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "lumicert.people"
    label = "people"

    def ready(self) -> None:
        from lumicert.people import events  # noqa: F401  (registers its kinds)
