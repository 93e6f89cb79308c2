"""A ridge-point sweep for people and programs: text, markdown, JSON, CSV, and a picture."""
