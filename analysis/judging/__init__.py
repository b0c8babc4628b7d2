"""A judge against people: how often it is right, what it prefers, and whether it may stand in for a person."""
