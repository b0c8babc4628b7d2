"""Who is asked about what: campaigns, their items, people, and one person's turn on one item."""

from annotation.models.campaigns import MAX_OVERLAP, Campaign, GuidelineVersion
from annotation.models.items import ROLES, Assignment, Item
from annotation.models.people import AnnotatorGroup, CampaignGroup, Invite, Participant
from annotation.models.review import Comment, Review
from annotation.models.revision import RevisedAnswer

__all__ = [
    "MAX_OVERLAP",
    "ROLES",
    "AnnotatorGroup",
    "Assignment",
    "Campaign",
    "CampaignGroup",
    "Comment",
    "GuidelineVersion",
    "Invite",
    "Item",
    "Participant",
    "Review",
    "RevisedAnswer",
]
