"""Changes about which duplication has nothing to say, in tables by topic; tests/rules/test_no_duplication.py runs them."""
