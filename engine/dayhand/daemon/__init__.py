"""The daemon: runs a practice's routines on time and can say why something ran or did not."""
