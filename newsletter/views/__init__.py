"""The pages of the newsletter, one module for each subject."""
