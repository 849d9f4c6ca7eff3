from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "lumicert.registry"
    label = "registry"
