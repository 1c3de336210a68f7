"""`partywall doctor`: whether a set-up works, and what to do where it does not."""
