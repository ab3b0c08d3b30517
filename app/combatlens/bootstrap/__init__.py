"""The composition root: it builds the application out of its rooms. It knows everyone, nobody knows it.

Qt, cv2 and the heavier adapters are imported inside functions, so that scripts and commands start without them.
"""
