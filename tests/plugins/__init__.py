"""What makes a test run dependable: signals, time limits, order, and nothing left running."""
