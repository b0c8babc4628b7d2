"""Pages of analysis."""

from django.urls import URLPattern, URLResolver, path

from analysis import board_views, hybrid_views, judge_card_views, rating_views, views

app_name = "analysis"
urlpatterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/leaderboard/", board_views.leaderboard_page, name="leaderboard"),
    path("p/<slug:slug>/leaderboard.<slug:kind>", board_views.leaderboard_file, name="leaderboard_file"),
    path("p/<slug:slug>/leaderboard/<slug:picture>.<slug:kind>", board_views.leaderboard_plot, name="leaderboard_plot"),
    path("p/<slug:slug>/hybrid/", hybrid_views.hybrid, name="hybrid"),
    path("p/<slug:slug>/hybrid.<slug:kind>", hybrid_views.hybrid_file, name="hybrid_file"),
    path("p/<slug:slug>/hybrid/intervals.<slug:kind>", hybrid_views.hybrid_plot, name="hybrid_plot"),
    path("p/<slug:slug>/ratings/", rating_views.ratings_page, name="ratings"),
    path("p/<slug:slug>/ratings.<slug:kind>", rating_views.ratings_file, name="ratings_file"),
    path("p/<slug:slug>/ratings/spread.<slug:kind>", rating_views.ratings_plot, name="ratings_plot"),
    path("p/<slug:slug>/judge-card/", judge_card_views.judge_cards, name="judge_cards"),
    path("p/<slug:slug>/judge-card/<int:rater>/", judge_card_views.judge_card, name="judge_card"),
    path("p/<slug:slug>/judge-card/<int:rater>.<slug:kind>", judge_card_views.judge_card_file, name="judge_card_file"),
    path(
        "p/<slug:slug>/judge-card/<int:rater>/<slug:picture>.<slug:kind>",
        judge_card_views.judge_card_plot,
        name="judge_card_plot",
    ),
    path("p/<slug:slug>/agreement/", views.agreement_page, name="agreement"),
    path("p/<slug:slug>/agreement.<slug:kind>", views.agreement_file, name="agreement_file"),
    path("p/<slug:slug>/agreement/forest.<slug:kind>", views.agreement_plot, name="agreement_plot"),
    path("p/<slug:slug>/agreement/raters.<slug:kind>", views.agreement_matrix, name="agreement_matrix"),
]
