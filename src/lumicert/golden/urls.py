from django.urls import path

from lumicert.golden import views

app_name = "golden"

urlpatterns = [
    path("", views.portal, name="portal"),
    path("map.json", views.map_data, name="map"),
    path("runs", views.runs, name="runs"),
    path("costs", views.costs, name="costs"),
    path("explain", views.explain, name="explain"),
    path("download", views.download, name="download"),
    path("policies", views.save, name="save-policy"),
]
