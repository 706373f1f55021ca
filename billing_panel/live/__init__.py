"""What happens, as it happens: who is told of which event, at once."""
