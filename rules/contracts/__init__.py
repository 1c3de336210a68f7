"""Contracts: what a team agreed on about who may import whom, and what of it a change breaks."""
