"""How the time of a search grows with the archive, up to a million articles of made-up words."""
