"""This application over HTTP, beside the designs' own stack and beside the least there can be."""
