"""What is worked out while recording: alerts. numpy only, so that the overlay never loads scipy."""
