"""Stories of operators, told to a whole local system; the simulator's record and AWS's own answers are the judges."""
