"""People as judges: a page of blind pairs for them, and what they say read back."""
