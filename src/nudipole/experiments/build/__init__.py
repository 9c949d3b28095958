"""From a checked description to objects, part by part as the schema has them."""
