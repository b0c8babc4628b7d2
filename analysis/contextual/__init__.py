"""Bradley-Terry with what surrounds a battle: how responses are written, which stood first, and who judged."""
