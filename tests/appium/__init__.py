"""Real Appium servers, webviews, a Grid and an Android double. Set up by `make appium-parts`, run by `make appium`."""
