"""Researcher pages of a project. Permission lives in the query: a stranger finds nothing."""
