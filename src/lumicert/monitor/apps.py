from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "lumicert.monitor"
    label = "monitor"

    def ready(self) -> None:
        from lumicert.monitor.selectors import standing
        from lumicert.shell import health

        health.register(standing, url_name="monitor:sources")
