"""The pages that readers see, one module for each thing they do."""
