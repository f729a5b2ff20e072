"""A model update you can explain, reproduce, deploy, govern and reverse."""
