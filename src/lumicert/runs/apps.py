from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "lumicert.runs"
    label = "runs"

    def ready(self) -> None:
        from lumicert.people import calls
        from lumicert.runs import events, jobs, outside  # noqa: F401  (registers its kinds and its tasks)

        calls.watch(outside.Recorder())
