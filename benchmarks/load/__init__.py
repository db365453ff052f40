"""A real mix of requests over minutes, while a writer publishes: errors, times, memory."""
