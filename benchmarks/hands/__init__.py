"""What helps a query: keyboard, spelling, spacing, suggestions while typing."""
