"""Writes migrations, SQL included: `make migrations APP=catalog NAME="add publications"`."""
