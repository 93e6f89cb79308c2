"""What a view may see: one analysis of one model, on no, one or several machines."""
