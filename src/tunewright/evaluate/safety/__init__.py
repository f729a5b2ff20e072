"""What a model refuses, obeys, gives away, makes up or says to hurt, by detectors whose own errors are measured."""
