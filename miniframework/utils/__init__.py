"""Small tools that have no step of their own: escaping, time, text, signing's primitives."""
