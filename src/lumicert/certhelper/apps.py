from django.apps import AppConfig


class CertHelperConfig(AppConfig):
    name = "lumicert.certhelper"
    label = "certhelper"
