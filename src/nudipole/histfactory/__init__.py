"""Exchange of likelihoods with HistFactory (pyhf): workspaces read, fitted and written."""
