"""Reviewers at work: where people disagree, what settles it, and whether a sample of answers stands."""
