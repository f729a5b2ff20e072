"""Intervals that are never too short, what a rule still needs, and corrected claims of failure."""
