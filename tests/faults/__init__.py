"""What the money core must survive: lost replies, kills at every statement, flips under load, and faults in its own code.

`make test` runs a small, seeded part of each; `python -m tests.faults` runs as many as it is told, resumes where it stopped and
gives the same run for the same seed. `HOLDFAST_FAULTS_SCALE` multiplies what `make test` runs, `HOLDFAST_FAULTS_SEED` moves it.
"""
