"""A report on what lies between two states, in each form that somebody reads."""
