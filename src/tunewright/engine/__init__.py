"""What turns tokens into tokens or log-probabilities."""
