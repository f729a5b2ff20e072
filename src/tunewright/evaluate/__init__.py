"""Model → report: every arm answers the same items."""
