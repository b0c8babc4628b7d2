"""Probes: real items, changed so that an honest judge's answer is known, and what a judge makes of them."""
