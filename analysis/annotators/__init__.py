"""Raters one by one: who is right how often, who agrees with whom, who repeats themselves."""
