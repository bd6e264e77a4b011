"""How does the installation watch itself? Metrics for Prometheus."""

from upspiral.telemetry.exposition import Telemetry

__all__ = ["Telemetry"]
