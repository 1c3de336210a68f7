"""The GitHub App: webhook in, comments out."""
