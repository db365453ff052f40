"""The whole answer over HTTP: gunicorn as it is served, and clients that keep connections."""
