"""What the company does around calls; each room stands apart from the others."""
