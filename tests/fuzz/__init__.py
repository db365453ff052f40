"""Made-up requests and texts, for as long as is wanted: ``make fuzz``."""
