"""Coupling: a change closes a cycle, hides one, turns a direction round, ties two parts together, or makes a hub."""
