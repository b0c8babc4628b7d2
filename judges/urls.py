"""Pages of judges and their runs."""

from django.urls import path, re_path

from judges.views import access, cells, compare, judges, launches, runs

app_name = "judges"
urlpatterns = [
    path("p/<slug:slug>/judges/", judges.judges, name="judges"),
    path("p/<slug:slug>/judges/new/", judges.new_judge, name="new_judge"),
    path("p/<slug:slug>/judges/new-panel/", judges.new_panel, name="new_panel"),
    path("p/<slug:slug>/judges/trials/", judges.trials, name="trials"),
    path("p/<slug:slug>/judges/trials/<int:pk>/", judges.trial, name="trial"),
    path("p/<slug:slug>/judges/compare/", compare.compare, name="compare"),
    path("p/<slug:slug>/judges/access/", access.access, name="access"),
    path("p/<slug:slug>/judges/access/keys/", access.keep_key, name="keep_key"),
    path("p/<slug:slug>/judges/access/keys/<int:pk>/forget/", access.forget_key, name="forget_key"),
    path("p/<slug:slug>/judges/access/limits/", access.limit_key, name="limit_key"),
    path("p/<slug:slug>/judges/access/prices/", access.set_price, name="set_price"),
    path("p/<slug:slug>/judges/access/prices/<int:pk>/drop/", access.drop_price, name="drop_price"),
    path("p/<slug:slug>/judges/<int:pk>/", judges.judge, name="judge"),
    path("p/<slug:slug>/judges/<int:pk>/probes/new/", launches.new_probes, name="new_probes"),
    path("p/<slug:slug>/runs/", runs.runs, name="runs"),
    path("p/<slug:slug>/runs/new/", launches.new_run, name="new_run"),
    path("p/<slug:slug>/runs/new-metrics/", launches.new_metric_run, name="new_metric_run"),
    path("p/<slug:slug>/runs/<int:pk>/", runs.run, name="run"),
    re_path(r"^p/(?P<slug>[-\w]+)/runs/(?P<pk>\d{1,18})/(?P<action>pause|resume|cancel|retry)/$", runs.act, name="act"),
    path("p/<slug:slug>/runs/<int:pk>/cells/retry/", cells.retry_cells, name="retry_cells"),
    path("p/<slug:slug>/runs/<int:pk>/cells/<int:cell_pk>/", cells.cell, name="cell"),
    path("p/<slug:slug>/runs/<int:pk>/cells/<int:cell_pk>/retry/", cells.retry_cell, name="retry_cell"),
]
