"""Report → verdict: pure rules."""
