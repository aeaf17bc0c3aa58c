"""One script a figure, printing ratios: `make bench`."""
