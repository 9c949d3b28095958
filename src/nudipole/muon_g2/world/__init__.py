"""The anomaly a_mu: measurements, predictions, and how a frequency ratio becomes one."""
