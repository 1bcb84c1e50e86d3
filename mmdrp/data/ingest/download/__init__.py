"""Release files from the portals that publish them: downloaded, resumed, checked, noted."""
