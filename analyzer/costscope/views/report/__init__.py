"""What the formats show, as plain rows and sentences: made here, only laid out elsewhere.

An `Analysis` enters; a `Report` for readers leaves, and flat records for programs. No
format, colour or width is known here.
"""
