"""How good are answers that nobody rated? A judge grades a part of them."""
