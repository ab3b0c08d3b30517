"""The composition root: it builds the application out of its rooms. It knows everyone, nobody knows it."""
