"""Revising guidelines and rubric while people work: which answers still hold, and what becomes of the others."""
