"""One file that holds the whole database: made, checked, tried out and put back."""
