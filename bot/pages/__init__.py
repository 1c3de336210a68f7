"""The operator's pages: recent reviews, one review, the queue and what was given up. Rendered here, without scripts."""
