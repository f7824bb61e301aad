"""The outlines that staff give to regions: read, checked, and made as light as the world's."""
