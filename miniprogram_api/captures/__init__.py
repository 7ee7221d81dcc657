"""What a desk captures of a person: pictures, readings of cards, comparisons of faces."""
