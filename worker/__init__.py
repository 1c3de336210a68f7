"""The work: git, cache, pipeline, command line. Knows no GitHub interface."""
