"""Dataset → model: one visible loop, methods and objectives."""
