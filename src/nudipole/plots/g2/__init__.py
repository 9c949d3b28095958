"""Pictures of the muon g-2."""
