"""Direct ratings: how each system's values are spread, how severe each rater is, and what they say about pairs."""
