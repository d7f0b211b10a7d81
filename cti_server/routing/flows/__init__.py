"""Flows: what happens to a caller, as a document that is drawn, checked, tried, published and followed."""
