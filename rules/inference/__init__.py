"""From what a repository is and was to the walls it seems to want: proposals of contracts, each with its evidence."""
